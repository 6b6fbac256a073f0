"""Auditors find changes, and see of values no more than they may see elsewhere."""

import uuid
from typing import Any

import orjson
import pytest

from backend.audit.changes import Change
from backend.audit.describing import describe_change
from permissions.categories import Category, Mask, Sensitive
from permissions.policy import default_document
from tests.schema.audit.asking import changes, changes_query, person_id
from tests.schema.policies.desk import Desk
from tests.schema.register import Register

KEY = b"k" * 32
PHONE = "+8613812341234"
NAME = "上海某某有限公司"


def mutation_of(name: str, given: str) -> str:
    """Return a mutation of the policy's version `$n`."""
    return f"mutation ($n: Int!) {{ {name}(input: {{{given}}}) {{ userErrors {{ code }} }} }}"


@pytest.fixture(scope="module")
def draft(register: Register) -> dict[str, Any]:
    """Return a draft of the policy, made by the administrator, and the request that made it."""
    mutation = (
        'mutation Draft { policyDraftCreate(input: {name: "stricter", note: "for the audit"}) '
        "{ policyVersion { number revision } } }"
    )
    asked = register.ask(mutation, role="admin", name="Draft")
    version = asked.data["policyDraftCreate"]["policyVersion"]
    update = mutation_of("policyDraftUpdate", 'number: $n, revision: 1, name: "strictest"')
    again = register.ask(update, role="admin", n=version["number"])
    assert again.data
    return {"asked": asked, "again": again, "number": version["number"]}


@pytest.fixture(scope="module")
def renamed(register: Register) -> Change:
    """Return a change of a customer's name and number as a service would record it."""
    key = register.server.rows.one("SELECT id FROM crm_customer ORDER BY id LIMIT 1")
    described = describe_change(
        {"name": NAME, "phone": PHONE, "version": 1},
        {"name": "北京某某有限公司", "phone": None, "version": 2, "reason": "搬家"},
        {"phone": Sensitive(Category.CONTACT_INFO, Mask.PHONE)},
        key=KEY,
    )
    change = Change(
        principal_kind="user", principal_id=register.server.rows.subject("sales").id, roles=("sales",), client="app",
        ip="192.0.2.1", request_id="r-renamed", operation="Rename", action="update", resource="customer", row_id=key,
        changes=described,
    )  # fmt: skip
    _store(register, change)
    return change


def _store(register: Register, change: Change) -> None:
    columns = {name: getattr(change, name) for name in change.__slots__}
    columns |= {"roles": list(change.roles), "changes": orjson.dumps(dict(change.changes)).decode()}
    names = ", ".join(columns)
    places = ", ".join("%s" for _ in columns)
    register.server.rows.write(f"INSERT INTO audit_auditchange ({names}) VALUES ({places})", *columns.values())  # noqa: S608


def field(change: dict[str, Any], name: str) -> dict[str, Any]:
    """Return what a change says of one field."""
    found: dict[str, Any]
    (found,) = [each for each in change["changes"] if each["field"] == name]
    return found


def test_a_change_of_the_policy_is_told_whole_but_for_the_text(register: Register, draft: dict[str, Any]) -> None:
    (change,) = changes(register, {"requestId": draft["asked"].request_id})
    assert change["principal"]["username"] == "admin"
    assert (change["action"], change["type"], change["operation"]) == ("create", "PolicyVersion", "Draft")
    assert change["rowId"].startswith("PolicyVersion_")
    assert field(change, "name")["after"]["text"] == "stricter"
    assert field(change, "name")["before"] is None
    document = field(change, "document")["after"]
    assert document["text"] is None
    assert document["masked"] is None
    assert document["size"] == len(default_document())
    assert len(document["fingerprint"]) == 64


def test_of_a_customer_values_are_masks_and_fingerprints(register: Register, renamed: Change) -> None:
    (change,) = changes(register, {"requestId": renamed.request_id})
    assert change["rowId"] == f"Customer_{renamed.row_id}"
    name, phone = field(change, "name"), field(change, "phone")
    assert name["before"]["text"] is None
    assert name["before"]["masked"] == "上***"
    assert name["before"]["fingerprint"] != name["after"]["fingerprint"]
    assert phone["before"]["masked"] == "138****1234"
    assert phone["before"]["text"] is phone["after"] is None
    assert field(change, "version")["after"]["text"] is None
    # Why it was done is none of the row's values.
    assert field(change, "reason")["after"]["text"] == "搬家"
    answer = register.ask(changes_query(), role="auditor", name="Search").answer.response.text
    assert NAME not in answer
    assert PHONE not in answer


def test_what_was_done_to_a_row_is_told(register: Register, draft: dict[str, Any]) -> None:
    register.manage("token", "intern")
    (change, *_) = changes(register, {"action": "issue_token"})
    assert change["principal"] == {"kind": "COMMAND", "id": None, "name": None, "username": None}
    assert change["client"].startswith("the command token, by ")
    assert change["rowId"] == person_id(register, "intern")
    assert field(change, "tokenExpiresAt")["after"]["text"].endswith("+00:00")


def test_filters_find_changes(register: Register, draft: dict[str, Any], renamed: Change) -> None:
    made = {"draft": draft["asked"].request_id, "edit": draft["again"].request_id, "rename": renamed.request_id}

    def found(**filters: Any) -> set[str]:
        requests = {each["requestId"] for each in changes(register, filters, first=500)}
        return {name for name, request_id in made.items() if request_id in requests}

    assert found() == {"draft", "edit", "rename"}
    assert found(person=person_id(register, "admin")) == {"draft", "edit"}
    assert found(row=f"Customer_{renamed.row_id}") == {"rename"}
    assert found(row=f"Customer_{uuid.uuid4()}") == set()
    assert found(type="Customer") == {"rename"}
    assert found(type="PolicyVersion") == {"draft", "edit"}
    assert found(action="create") == {"draft"}
    assert found(action="update") == {"edit", "rename"}
    assert found(action="delete") == set()
    assert found(field="phone") == {"rename"}
    assert found(field="document") == {"draft"}
    assert found(field="name", action="update") == {"edit", "rename"}
    assert found(category="CONTACT_INFO") == {"rename"}
    assert found(category="FINANCIAL") == set()
    assert found(requestId=made["edit"]) == {"edit"}


def test_pages_lead_through_changes(register: Register, draft: dict[str, Any], renamed: Change) -> None:
    whole = [each["id"] for each in changes(register, first=500)]
    query = changes_query("id")
    first = register.ask(query, role="auditor", name="Search", first=1).data["auditChanges"]
    assert [each["id"] for each in first["nodes"]] == whole[:1]
    assert first["pageInfo"]["hasNextPage"] is True
    cursor = first["pageInfo"]["endCursor"]
    rest = register.ask(query, role="auditor", name="Search", first=500, after=cursor).data["auditChanges"]
    assert [each["id"] for each in rest["nodes"]] == whole[1:]
    assert rest["pageInfo"]["hasPreviousPage"] is True
    assert rest["pageInfo"]["hasNextPage"] is False


def test_a_cursor_of_reads_leads_to_no_changes(register: Register) -> None:
    register.settle()
    text = "{ auditReads(first: 1) { pageInfo { endCursor } } }"
    cursor = register.ask(text, role="auditor").data["auditReads"]["pageInfo"]["endCursor"]
    answer = register.ask(changes_query("id"), role="auditor", name="Search", after=cursor).answer
    assert answer.code == "INVALID_CURSOR"


def test_looking_for_changes_is_on_record(register: Register) -> None:
    asked = register.ask(changes_query("id"), role="auditor", name="Search", filter={"action": "update"})
    assert register.record(asked).entries == (("AuditChange", ("action=update", "auditChanges"), (), frozenset()),)


def test_mutations_leave_records_with_the_origin_of_their_request(register: Register, draft: dict[str, Any]) -> None:
    number = draft["number"]
    desk = Desk(register.server)
    try:
        for text in (
            mutation_of("policyActivate", 'number: $n, revision: 2, replaces: 1, note: "why"'),
            mutation_of("policyRollback", 'number: 1, replaces: $n, note: "why not"'),
        ):
            asked = register.ask(text, role="admin", n=number)
            (payload,) = asked.data.values()
            assert payload["userErrors"] == []
            made = changes(register, {"requestId": asked.request_id})
            assert {each["ip"] for each in made} == {"127.0.0.1"}
            assert {each["client"] for each in made} == {"prism-tests/1"}
            assert len({each["correlationId"] for each in made}) == 1
            action = "activate" if "policyActivate" in text else "rollback"
            assert {each["action"] for each in made} == {action, "retire"}
    finally:
        desk.clear()
