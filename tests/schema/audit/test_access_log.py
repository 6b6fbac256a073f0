"""Who answers for an object sees who looked at it; to everybody else the log is not there, or the object is not."""

import uuid
from typing import Any

import pytest

from backend.models import new_id
from permissions.policy import default_document
from tests.schema.audit.asking import person_id
from tests.schema.policies.desk import Desk
from tests.schema.register import Asked, Register

ENTRY = "at person { kind id name username } fields purpose operation"
PAGE = "pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
LOG = (
    "query Log($id: ID!, $first: Int, $after: String) { accessLog(id: $id, first: $first, after: $after) "
    f"{{ nodes {{ {ENTRY} }} edges {{ cursor node {{ at }} }} {PAGE} }} }}"
)
MAY = ["sales", "sales_manager", "director"]
MAY_NOT = ["finance", "support", "marketing", "intern", "admin", "auditor", "partner", None]


def customer_of(register: Register, where: str, *params: Any) -> str:
    """Return the id of a live customer with a telephone number."""
    sql = f"SELECT id FROM crm_customer WHERE deleted_at IS NULL AND phone IS NOT NULL AND {where} ORDER BY id LIMIT 1"  # noqa: S608
    return f"Customer_{register.server.rows.one(sql, *params)}"


@pytest.fixture
def own(register: Register) -> str:
    """Return the id of a customer of the salesperson's own."""
    return customer_of(register, "owner_id = %s", register.server.rows.subject("sales").id)


def log(register: Register, customer: str, *, role: str = "sales", **page: Any) -> list[dict[str, Any]]:
    """Return who looked; what was answered before is stored by then."""
    register.settle()
    asked = register.ask(LOG, role=role, name="Log", id=customer, **page)
    nodes: list[dict[str, Any]] = asked.data["accessLog"]["nodes"]
    return nodes


def look(
    register: Register, customer: str, fields: str = "phone", *, role: str = "director", purpose: str = ""
) -> Asked:
    """Look at a customer."""
    query = f"query Look($id: ID!) {{ customer(id: $id) {{ id {fields} }} }}"
    return register.ask(query, role=role, name="Look", purpose=purpose, id=customer)


def test_the_owner_sees_who_looked_when_and_what_for(register: Register, own: str) -> None:
    before = len(log(register, own, first=500))
    assert look(register, own, "phone email creditLimit { amount }", purpose="季度回顾").data
    assert look(register, own, role="sales").data
    latest, earlier, *rest = log(register, own, first=500)
    assert len(rest) == before
    assert earlier["person"]["id"] == person_id(register, "director")
    assert earlier["person"]["username"] == "director"
    assert earlier["fields"] == ["creditLimit", "email", "phone"]
    assert (earlier["purpose"], earlier["operation"]) == ("季度回顾", "Look")
    assert latest["person"]["username"] == "sales"
    assert latest["fields"] == ["phone"]
    assert latest["at"] >= earlier["at"]


def test_a_masked_look_is_no_entry(register: Register, own: str) -> None:
    before = log(register, own, first=500)
    contracted = register.ask("{ customers(first: 500) { nodes { id phone } } }", role="marketing")
    assert own in {node["id"] for node in contracted.data["customers"]["nodes"]}
    assert log(register, own, first=500) == before


def test_looking_at_the_log_is_on_record_for_auditors_and_no_entry(register: Register, own: str) -> None:
    before = log(register, own, first=500)
    asked = register.ask(LOG, role="sales", name="Log", id=own)
    assert register.record(asked).entries == (("Customer", ("accessLog",), (), frozenset({own})),)
    assert log(register, own, first=500) == before


@pytest.mark.parametrize("role", MAY)
def test_those_who_answer_for_it_may(register: Register, role: str) -> None:
    # The director owns none, and answers for all of them.
    owner = register.server.rows.subject("sales" if role == "director" else role).id
    mine = customer_of(register, "owner_id = %s", owner)
    assert look(register, mine).data
    assert log(register, mine, role=role)[0]["person"]["username"] == "director"


def test_a_manager_may_on_their_team(register: Register) -> None:
    rows = register.server.rows
    team = rows.one("SELECT team_id FROM identity_user WHERE username = 'sales_manager'")
    member = customer_of(
        register,
        "team_id IN (SELECT id FROM identity_team WHERE path @> ARRAY[%s]) AND owner_id <> %s",
        team,
        rows.subject("sales_manager").id,
    )
    assert look(register, member).data
    assert log(register, member, role="sales_manager")[0]["person"]["username"] == "director"


@pytest.mark.parametrize("role", MAY_NOT)
def test_for_everybody_else_there_is_no_such_field(register: Register, own: str, role: str | None) -> None:
    answer = register.ask(f'{{ accessLog(id: "{own}") {{ nodes {{ at }} }} }}', role=role).answer
    assert answer.code == "GRAPHQL_VALIDATION_FAILED"
    (error,) = answer.errors
    assert error["message"] == "Cannot query field 'accessLog' on type 'Query'."


IN_THE_POOL = "pool_status = 'in_pool'"
A_COLLEAGUES = "owner_id <> %s AND id NOT IN (SELECT customer_id FROM crm_collaboration WHERE user_id = %s)"


def test_what_they_see_and_do_not_answer_for_is_as_if_it_were_not_there(register: Register) -> None:
    sales = register.server.rows.subject("sales").id
    pooled, colleagues = customer_of(register, IN_THE_POOL), customer_of(register, A_COLLEAGUES, sales, sales)
    assert look(register, pooled, role="sales").answer.errors == []
    assert look(register, colleagues, role="sales").answer.code == "NOT_FOUND"
    assert look(register, pooled).data
    assert look(register, colleagues).data
    register.settle()
    missing = [f"{type_name}_{uuid.uuid4()}" for type_name in ("Customer", "Tag", "User")]
    answers = [
        register.ask(LOG, role="sales", name="Log", id=each).answer
        for each in (pooled, colleagues, *missing, f"User_{sales}")
    ]
    assert {answer.code for answer in answers} == {"NOT_FOUND"}
    assert len({answer.response.content for answer in answers}) == 1


def test_who_only_helps_with_a_customer_may_not(register: Register) -> None:
    rows = register.server.rows
    sales = rows.subject("sales").id
    shared = customer_of(register, A_COLLEAGUES, sales, sales)
    key = shared.removeprefix("Customer_")
    rows.write("INSERT INTO crm_collaboration (id, customer_id, user_id) VALUES (%s, %s, %s)", new_id(), key, sales)
    try:
        assert look(register, shared, role="sales").answer.errors == []
        assert register.ask(LOG, role="sales", name="Log", id=shared).answer.code == "NOT_FOUND"
    finally:
        rows.write("DELETE FROM crm_collaboration WHERE customer_id = %s AND user_id = %s", key, sales)


def test_a_refused_look_at_a_log_is_not_on_record(register: Register) -> None:
    asked = register.ask(LOG, role="sales", name="Log", id=customer_of(register, "pool_status = 'in_pool'"))
    assert asked.answer.code == "NOT_FOUND"
    assert register.records(asked) == []


def test_a_soft_deleted_customer_has_no_log(register: Register, own: str) -> None:
    rows, key = register.server.rows, own.removeprefix("Customer_")
    rows.write("UPDATE crm_customer SET deleted_at = now() WHERE id = %s", key)
    try:
        assert register.ask(LOG, role="director", name="Log", id=own).answer.code == "NOT_FOUND"
    finally:
        rows.write("UPDATE crm_customer SET deleted_at = NULL WHERE id = %s", key)


def test_pages_lead_through_the_log_and_through_no_other(register: Register, own: str) -> None:
    for _ in range(3):
        assert look(register, own).data
    whole = log(register, own, first=500)
    found: list[Any] = []
    page: dict[str, Any] = {"first": 2, "after": None}
    while True:
        listed = register.ask(LOG, role="sales", name="Log", id=own, **page).data["accessLog"]
        found += listed["nodes"]
        assert listed["pageInfo"]["hasPreviousPage"] is (page["after"] is not None)
        page["after"] = listed["pageInfo"]["endCursor"]
        if not listed["pageInfo"]["hasNextPage"]:
            break
    assert found == whole
    other = customer_of(register, "owner_id = %s AND id <> %s", register.server.rows.subject("sales").id, own[9:])
    answer = register.ask(LOG, role="sales", name="Log", id=other, after=listed["edges"][0]["cursor"]).answer
    assert answer.code == "INVALID_CURSOR"


@pytest.mark.parametrize(
    ("page", "code"),
    [({"first": 501}, "PAGE_TOO_LARGE"), ({"first": -1}, "INVALID_PAGE"), ({"after": "x"}, "INVALID_CURSOR")],
)
def test_senseless_pages_are_refused(register: Register, own: str, page: dict[str, Any], code: str) -> None:
    assert register.ask(LOG, role="sales", name="Log", id=own, **page).answer.code == code


@pytest.mark.parametrize("given", ["", "Customer", "Customer_1", "Nothing_01924abd-b680-7d17-a3ae-56f96c237b81"])
def test_what_is_no_id_is_told_so(register: Register, given: str) -> None:
    assert register.ask(LOG, role="sales", name="Log", id=given).answer.code == "INVALID_ID"


@pytest.mark.parametrize(
    ("type_name", "listed", "field"),
    [
        ("Contact", "contacts", "mobile"),
        ("Opportunity", "opportunities", "amount { amount }"),
        ("Contract", "contracts", "amount { amount }"),
        ("Payment", "payments", "bankAccount"),
    ],
)
def test_other_objects_have_a_log_too(register: Register, type_name: str, listed: str, field: str) -> None:
    nodes = register.ask(f"{{ {listed}(first: 50) {{ nodes {{ id {field} }} }} }}").data[listed]["nodes"]
    name = field.split(maxsplit=1)[0]
    seen = next(node["id"] for node in nodes if node[name] is not None)
    assert seen.startswith(type_name)
    assert log(register, seen, role="director")[0]["fields"] == [name]


def test_fields_the_caller_has_not_are_not_told(register: Register, own: str) -> None:
    assert look(register, own, "phone creditLimit { amount }").data
    assert look(register, own, "creditLimit { amount }").data
    assert log(register, own)[0]["fields"] == ["creditLimit"]
    told = {field for entry in log(register, own, first=500) for field in entry["fields"]}
    document = default_document().replace(
        'levels = { contact_info = "clear", identity = "masked", financial = "clear" }',
        'levels = { contact_info = "clear", identity = "masked" }',
    )
    desk = Desk(register.server)
    desk.put_in_force(desk.draft(document))
    try:
        desk.until(lambda: not has_limit(register))
        entries = log(register, own, first=500)
        assert {field for entry in entries for field in entry["fields"]} == told - {"creditLimit"}
        assert all(entry["fields"] for entry in entries)
    finally:
        desk.clear()
        desk.until(lambda: has_limit(register))


def has_limit(register: Register) -> bool:
    """Whether credit limits are part of the salesperson's schema."""
    answer = register.ask("{ customers(first: 1) { nodes { creditLimit { amount } } } }", role="sales").answer
    return answer.errors == []
