"""Auditors find reads by whom, of what, when; nobody else finds that there is anything to be found."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

import pytest

from permissions.policy import default_document
from tests.schema.audit.asking import ask_reads, person_id, reads, reads_query
from tests.schema.policies.desk import ROLES, Desk
from tests.schema.register import Asked, Register

PHONES = "query Callback { customers(first: 2, filter: {phone: {isNull: false}}) { nodes { id phone } } }"
ACCOUNTS = "{ payments(first: 2, filter: {bankAccount: {isNull: false}}) { nodes { id bankAccount } } }"
MAILS = "{ contacts(first: 2, filter: {email: {isNull: false}}) { nodes { id email } } }"


@pytest.fixture(scope="module")
def made(register: Register) -> dict[str, Asked]:
    """Return three reads: phones by sales, bank accounts by the director, e-mails by the director."""
    return {
        "phones": register.ask(PHONES, role="sales", purpose="回访"),
        "accounts": register.ask(ACCOUNTS),
        "mails": register.ask(MAILS),
    }


def request_ids(found: list[dict[str, Any]]) -> set[str]:
    """Return which requests are among the reads."""
    return {each["requestId"] for each in found}


def ids(asked: Asked) -> list[str]:
    """Return the ids in an answer of one list."""
    (listed,) = asked.data.values()
    return [node["id"] for node in listed["nodes"]]


def found_among(register: Register, made: dict[str, Asked], **filters: Any) -> set[str]:
    """Return which of the three a filter finds."""
    found = request_ids(reads(register, filters, first=500))
    return {name for name, asked in made.items() if asked.request_id in found}


# ── One read ────────────────────────────────────────────────────────────────
def test_a_read_is_told_whole_and_without_a_value(register: Register, made: dict[str, Asked]) -> None:
    asked = made["phones"]
    (read,) = reads(register, {"requestId": asked.request_id})
    assert read["principal"] == {
        "kind": "USER", "id": person_id(register, "sales"), "username": "sales",
        "name": register.server.rows.one("SELECT name FROM identity_user WHERE username = 'sales'"),
    }  # fmt: skip
    assert read["roles"] == ["sales"]
    assert (read["client"], read["ip"]) == ("prism-tests/1", "127.0.0.1")
    assert (read["operation"], read["purpose"]) == ("", "回访")
    assert read["documentHash"] == hashlib.sha256(PHONES.encode()).hexdigest()
    (entry,) = read["entries"]
    assert sorted(entry.pop("rowIds")) == sorted(ids(asked))
    assert entry == {"type": "Customer", "fields": ["phone"], "categories": ["CONTACT_INFO"], "rowCount": 2}


def test_no_answer_to_an_auditor_holds_a_name_or_a_number_of_a_customer(
    register: Register, made: dict[str, Asked]
) -> None:
    register.settle()
    text = ask_reads(register, {"row": ids(made["phones"])[0]}).answer.response.text
    key = ids(made["phones"])[0].removeprefix("Customer_")
    assert key in text
    assert register.server.rows.one("SELECT name FROM crm_customer WHERE id = %s", key) not in text
    assert made["phones"].data["customers"]["nodes"][0]["phone"].removeprefix("+86") not in text


def test_a_partners_server_is_told_by_its_id(register: Register) -> None:
    asked = register.ask("{ opportunities(first: 50) { nodes { amount { amount } } } }", role="partner")
    (read,) = reads(register, {"requestId": asked.request_id})
    partner = {"kind": "PARTNER", "id": person_id(register, "partner"), "name": None, "username": None}
    assert read["principal"] == partner
    assert asked.request_id in request_ids(reads(register, {"person": partner["id"]}))


def test_of_many_rows_500_are_named_and_all_are_counted(register: Register) -> None:
    query = "{ customers(first: 500) { nodes { payments(first: 500) { nodes { id amount { amount } } } } } }"
    asked = register.ask(query)
    paid = [each for customer in asked.data["customers"]["nodes"] for each in customer["payments"]["nodes"]]
    assert len(paid) > 500
    (read,) = reads(register, {"requestId": asked.request_id})
    (entry,) = read["entries"]
    assert entry["rowCount"] == len(paid)
    assert len(set(entry["rowIds"])) == 500
    assert set(entry["rowIds"]) < {each["id"] for each in paid}


# ── Filters ─────────────────────────────────────────────────────────────────
def test_by_person(register: Register, made: dict[str, Asked]) -> None:
    assert found_among(register, made, person=person_id(register, "sales")) == {"phones"}
    assert found_among(register, made, person=person_id(register, "director")) == {"accounts", "mails"}
    assert found_among(register, made, person=person_id(register, "intern")) == set()


def test_by_row(register: Register, made: dict[str, Asked]) -> None:
    for name, asked in made.items():
        for each in ids(asked):
            assert name in found_among(register, made, row=each)
            assert found_among(register, made, row=each, person=person_id(register, "finance")) == set()


def test_by_type_and_field_and_category(register: Register, made: dict[str, Asked]) -> None:
    assert found_among(register, made, type="Customer") == {"phones"}
    assert found_among(register, made, field="bankAccount") == {"accounts"}
    assert found_among(register, made, category="CONTACT_INFO") == {"phones", "mails"}
    assert found_among(register, made, category="FINANCIAL") == {"accounts"}
    assert found_among(register, made, category="IDENTITY") == set()
    assert found_among(register, made, type="Contact", field="email") == {"mails"}
    # Of one entry all of it must hold.
    assert found_among(register, made, type="Contact", field="phone") == set()


def test_by_time(register: Register, made: dict[str, Asked]) -> None:
    (read,) = reads(register, {"requestId": made["accounts"].request_id})
    at = datetime.fromisoformat(read["at"])
    before, after = ((at + timedelta(microseconds=step)).isoformat() for step in (-1, 1))
    exactly = {"from": read["at"], "to": after}
    assert [each["id"] for each in reads(register, exactly)] == [read["id"]]
    assert reads(register, {"from": before, "to": read["at"]}) == []
    assert found_among(register, made, **{"from": after}) == {"mails"}
    assert found_among(register, made, to=read["at"]) == {"phones"}


def test_conditions_hold_together(register: Register, made: dict[str, Asked]) -> None:
    director = person_id(register, "director")
    assert found_among(register, made, person=director, category="CONTACT_INFO") == {"mails"}
    assert found_among(register, made, person=director, row=ids(made["accounts"])[0], field="bankAccount") == {
        "accounts"
    }


@pytest.mark.parametrize(
    ("filters", "code"),
    [
        ({"person": "somebody"}, "INVALID_ID"),
        ({"row": "Customer_1"}, "INVALID_ID"),
        ({"row": ""}, "INVALID_ID"),
        ({"type": "a b"}, "BAD_USER_INPUT"),
        ({"type": ""}, "BAD_USER_INPUT"),
        ({"field": "x\0y"}, "BAD_USER_INPUT"),
        ({"field": "x" * 101}, "BAD_USER_INPUT"),
        ({"requestId": "a b"}, "BAD_USER_INPUT"),
        ({"category": "SECRET"}, "BAD_USER_INPUT"),
        ({"from": "yesterday"}, "BAD_USER_INPUT"),
        ({"unknown": 1}, "BAD_USER_INPUT"),
    ],
)
def test_what_no_record_can_hold_is_refused(register: Register, filters: dict[str, Any], code: str) -> None:
    answer = ask_reads(register, filters).answer
    assert answer.code == code


def test_a_moment_without_a_zone_is_taken_for_utc(register: Register, made: dict[str, Asked]) -> None:
    (read,) = reads(register, {"requestId": made["mails"].request_id})
    assert read in reads(register, {"from": read["at"].removesuffix("+00:00"), "type": "Contact"}, first=500)


# ── Pages ───────────────────────────────────────────────────────────────────
def test_pages_forward_and_backward_cover_the_list_once(register: Register, made: dict[str, Asked]) -> None:
    for _ in range(4):
        register.ask(PHONES, role="sales")
    filters = {"person": person_id(register, "sales"), "type": "Customer"}
    whole = [each["id"] for each in reads(register, filters, first=500)]
    assert len(whole) >= 5
    assert walked(register, filters, forward=True) == whole
    assert walked(register, filters, forward=False) == whole


def walked(register: Register, filters: dict[str, Any], *, forward: bool) -> list[str]:
    """Return the ids of a list, read two at a time from one of its ends."""
    found: list[str] = []
    size, place, more, cursor = (
        ("first", "after", "hasNextPage", "endCursor")
        if forward
        else ("last", "before", "hasPreviousPage", "startCursor")
    )
    page: dict[str, Any] = {size: 2}
    while True:
        listed = ask_reads(register, filters, **page).data["auditReads"]
        ids = [each["id"] for each in listed["nodes"]]
        assert [edge["node"]["id"] for edge in listed["edges"]] == ids
        assert len(ids) <= 2
        found = [*found, *ids] if forward else [*ids, *found]
        info = listed["pageInfo"]
        assert info["hasPreviousPage" if forward else "hasNextPage"] is (place in page)
        if not info[more]:
            return found
        page[place] = info[cursor]


def test_the_newest_comes_first_and_50_unless_told(register: Register, made: dict[str, Asked]) -> None:
    found = reads(register)
    moments = [datetime.fromisoformat(each["at"]) for each in found]
    assert moments == sorted(moments, reverse=True)
    assert 3 < len(found) <= 50


@pytest.mark.parametrize(
    ("page", "code"),
    [
        ({"first": 501}, "PAGE_TOO_LARGE"),
        ({"last": 501}, "PAGE_TOO_LARGE"),
        ({"first": -1}, "INVALID_PAGE"),
        ({"first": 1, "last": 1}, "INVALID_PAGE"),
        ({"after": "x"}, "INVALID_CURSOR"),
        ({"before": ""}, "INVALID_CURSOR"),
    ],
)
def test_senseless_pages_are_refused_as_everywhere(register: Register, page: dict[str, Any], code: str) -> None:
    assert ask_reads(register, None, **page).answer.code == code


def test_an_empty_page_says_whether_there_are_more(register: Register, made: dict[str, Asked]) -> None:
    register.settle()
    page = ask_reads(register, None, first=0).data["auditReads"]
    assert page["nodes"] == []
    assert page["pageInfo"] == {
        "hasNextPage": True, "hasPreviousPage": False, "startCursor": None, "endCursor": None,
    }  # fmt: skip


def test_a_cursor_of_another_list_is_refused(register: Register, made: dict[str, Asked]) -> None:
    cursor = register.ask("{ users(first: 1) { pageInfo { endCursor } } }", role="auditor").data["users"]["pageInfo"]
    assert ask_reads(register, None, after=cursor["endCursor"]).answer.code == "INVALID_CURSOR"


def test_an_operation_asks_for_at_most_ten_lists(register: Register) -> None:
    lists = " ".join(f"a{number}: auditReads(first: 1) {{ nodes {{ id }} }}" for number in range(11))
    answer = register.ask(f"{{ {lists} }}", role="auditor").answer
    assert answer.code == "OPERATION_TOO_COMPLEX"
    assert sum(each is not None for each in answer.data.values()) == 10


# ── Who may ─────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("role", [*(role for role in ROLES if role != "auditor"), None])
@pytest.mark.parametrize("text", ["{ auditReads { nodes { id } } }", "{ auditChanges { nodes { id } } }"])
def test_for_everybody_else_there_is_no_such_field(register: Register, role: str | None, text: str) -> None:
    answer = register.ask(text, role=role).answer
    assert answer.code == "GRAPHQL_VALIDATION_FAILED"
    assert answer.data is None
    (error,) = answer.errors
    name = text.split()[1]
    assert error["message"] == f"Cannot query field '{name}' on type 'Query'."


@pytest.mark.parametrize("role", ["admin", "director", None])
def test_no_suggestion_names_the_audit_to_whoever_has_none(register: Register, role: str | None) -> None:
    answer = register.ask("{ auditRead { id } }", role=role).answer
    assert "auditReads" not in answer.response.text
    types = register.ask("{ __schema { types { name } } }", role=role).data["__schema"]["types"]
    # Who may see the log of an object meets people in it.
    known = {"AuditPrincipal", "AuditPrincipalKind"} if role == "director" else set()
    assert {each["name"] for each in types if "Audit" in each["name"]} == known


# ── Reading the audit is read, too ──────────────────────────────────────────
def test_a_search_is_on_record_with_what_was_looked_for(register: Register, made: dict[str, Asked]) -> None:
    row, person = ids(made["phones"])[0], person_id(register, "sales")
    asked = ask_reads(register, {"row": row, "person": person, "category": "CONTACT_INFO"}, first=5)
    assert asked.data
    record = register.record(asked)
    assert record.columns["principal_id"] == register.server.rows.subject("auditor").id
    assert record.entries == (
        (
            "AuditRead",
            ("auditReads", "category=CONTACT_INFO", f"person={person}", f"row={row}"),
            (),
            frozenset(),
        ),
        ("Customer", ("auditReads",), (), frozenset({row})),
    )
    assert asked.request_id in request_ids(reads(register, {"person": person_id(register, "auditor")}))
    assert asked.request_id in request_ids(reads(register, {"row": row, "type": "Customer", "field": "auditReads"}))


def test_a_search_for_everything_is_on_record(register: Register) -> None:
    record = register.record(register.ask(reads_query("id"), role="auditor"))
    assert record.entries == (("AuditRead", ("auditReads",), (), frozenset()),)


def test_a_search_that_is_refused_shows_nothing_and_is_not_on_record(register: Register) -> None:
    asked = ask_reads(register, {"row": "nothing"})
    assert asked.answer.code == "INVALID_ID"
    assert register.records(asked) == []


# ── The auditor's own view ──────────────────────────────────────────────────
def test_who_sees_no_colleagues_sees_people_as_ids(register: Register, made: dict[str, Asked]) -> None:
    document = default_document().replace('resources = ["user", "team", "policy", "audit"]', 'resources = ["audit"]')
    desk = Desk(register.server)
    desk.put_in_force(desk.draft(document))
    try:
        desk.until(lambda: bool(register.ask("{ users { nodes { id } } }", role="auditor").answer.errors))
        (read,) = reads(register, {"requestId": made["phones"].request_id})
        sales = person_id(register, "sales")
        assert read["principal"] == {"kind": "USER", "id": sales, "name": None, "username": None}
    finally:
        desk.clear()
        desk.until(lambda: not register.ask("{ users { nodes { id } } }", role="auditor").answer.errors)


@pytest.mark.parametrize("role", ["auditor", "sales"])
@pytest.mark.parametrize("asked", ["auditor", "sales"])
def test_an_operation_on_the_audit_can_be_simulated(register: Register, role: str, asked: str) -> None:
    text = {
        "auditor": "{ auditReads { nodes { id principal { name } } } auditChanges { nodes { rowId } } }",
        "sales": '{ accessLog(id: "Customer_x") { nodes { at } } }',
    }[asked]
    query = f"query ($text: String!) {{ simulateAccess(role: {role!r}, operation: $text) {{ isAccepted }} }}"
    told = register.ask(query.replace("'", '"'), role="admin", text=text)
    assert told.data["simulateAccess"]["isAccepted"] is (role == asked)
