"""A reveal shows values and does nothing else: it opens no filter, and the view of the moment still decides."""

import uuid
from collections.abc import Callable

import pytest

from backend.crm.models import Customer
from permissions.policy import Policy
from tests.schema.reveals.desk import APPROVAL, ID_NUMBER, MASKED_MOBILE, MOBILE, WITH_IDENTITY, Desks, policy_with

pytestmark = pytest.mark.django_db

MAKE = Callable[[Policy], Desks]
FIND = "query ($phone: String!) { contacts(filter: {mobile: {eq: $phone}}) { totalCount nodes { id } } }"
EACH = "{ contacts { nodes { id mobile maskedFields } } customers { nodes { contacts { nodes { id mobile } } } } }"
_SUPPORT = 'actions = ["read", "reveal"]\nlevels = { contact_info = "masked" }'


def test_a_revealed_value_cannot_be_found(desks: Desks) -> None:
    desks.give(me="support")
    rows = desks.world.ids["Contact"]
    before = desks.ask("me", FIND, phone=MOBILE)
    for name in ("own", "signed"):
        assert desks.code("me", rows[name], "mobile") == "DONE"
    after = desks.ask("me", FIND, phone=MOBILE)

    assert after.data == {"contacts": {"totalCount": 0, "nodes": []}}
    assert after.response.content == before.response.content
    negated = FIND.replace("{mobile: {eq: $phone}}", "{not: {mobile: {eq: $phone}}}")
    assert desks.ask("me", negated, phone=MOBILE).data["contacts"]["totalCount"] == 0


def test_a_revealed_amount_is_in_no_sum_and_no_order(desks_under: MAKE) -> None:
    masked = _SUPPORT.replace("contact_info", 'financial = "masked", contact_info')
    desks = desks_under(policy_with((_SUPPORT, masked)))
    desks.give(me="support")
    text = "{ customerAggregate { creditLimit { maskedCount sum { amount } } } }"
    order = "{ customers(orderBy: [{creditLimit: ASC}]) { nodes { id } } }"
    before, ordered = desks.ask("me", text), desks.ask("me", order)
    row = desks.world.id("Customer", "own")
    query = "query ($id: ID!) { customer(id: $id) { creditLimit { amount } } }"
    assert desks.ask("me", query, id=row).data["customer"]["creditLimit"] == {"amount": "1000000"}
    assert desks.code("me", row, "creditLimit") == "DONE"

    assert desks.ask("me", query, id=row).data["customer"]["creditLimit"] == {"amount": "1234567.89"}
    assert desks.ask("me", text).response.content == before.response.content
    assert desks.ask("me", order).response.content == ordered.response.content


def test_lists_and_relations_show_it_and_the_level_stays(desks: Desks) -> None:
    desks.give(me="support")
    row = desks.world.id("Contact", "own")
    before = desks.ask("me", EACH).body["extensions"]["access"]
    desks.reveal("me", row, "mobile")
    answer = desks.ask("me", EACH)

    assert answer.body["extensions"]["access"] == before
    nested = [each for customer in answer.data["customers"]["nodes"] for each in customer["contacts"]["nodes"]]
    for nodes in (answer.data["contacts"]["nodes"], nested):
        assert {each["id"]: each["mobile"] for each in nodes if each["mobile"] != MASKED_MOBILE} == {row: MOBILE}
    for each in answer.data["contacts"]["nodes"]:
        assert ("mobile" in each["maskedFields"]) == (each["id"] != row)
    explained = desks.ask("me", f'{{ explainAccess(id: "{row}", field: "mobile") {{ level isRevealable }} }}')
    assert explained.data["explainAccess"] == {"level": "MASKED", "isRevealable": True}


@pytest.mark.parametrize("role", ["sales_manager", "marketing", "finance"])
def test_another_role_ends_it_at_once(desks: Desks, role: str) -> None:
    desks.give(me="support")
    row = desks.world.id("Contact", "sub_team")
    desks.reveal("me", row, "mobile")
    assert desks.read("me", row)["mobile"] == MOBILE
    desks.give(me=role)
    # A manager may reveal this row, and did not as one: what they revealed with it is theirs while they may.
    assert desks.read("me", row)["mobile"] == (MOBILE if role == "sales_manager" else MASKED_MOBILE)
    desks.give(me="support")
    assert desks.read("me", row)["mobile"] == MOBILE


def test_leaving_the_rows_scope_ends_it_at_once(desks: Desks) -> None:
    desks.give(me="sales_manager marketing")
    row, customer = desks.world.id("Contact", "teammate"), desks.world.key("Customer", "teammate")
    desks.reveal("me", row, "mobile")
    assert desks.read("me", row)["mobile"] == MOBILE

    def move(team: str) -> None:
        desks.commit(lambda: Customer.objects.filter(id=customer).update(team=desks.world.teams[team]))

    move("south")
    try:
        assert desks.read("me", row)["mobile"] == MASKED_MOBILE
    finally:
        move("north")
    assert desks.read("me", row)["mobile"] == MOBILE


_DENIED = '\n[[roles.support.denials]]\nresources = ["contact"]\nscopes = ["contracted"]\n'
_LABEL = 'label = "客服"\n'


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ((_SUPPORT, _SUPPORT.replace(', "reveal"', "")), MASKED_MOBILE),
        ((_SUPPORT, f'{_SUPPORT}\napproval = ["contact_info"]'), MASKED_MOBILE),
        ((_LABEL, f'{_LABEL}{_DENIED}actions = ["reveal"]\n'), MASKED_MOBILE),
        ((_LABEL, f'{_LABEL}{_DENIED}categories = ["contact_info"]\n'), None),
        ((_LABEL, _LABEL), MOBILE),
    ],
)
def test_another_policy_ends_it_at_once(
    desks: Desks, desks_under: MAKE, change: tuple[str, str], shown: str | None
) -> None:
    after = desks_under(policy_with(change))
    after.give(me="support")
    desks.give(me="support")
    row = desks.world.id("Contact", "own")
    desks.reveal("me", row, "mobile")
    assert desks.read("me", row)["mobile"] == MOBILE

    answer = after.ask("me", "query ($id: ID!) { node(id: $id) { ... on Contact { name mobile } } }", id=row)
    assert answer.data["node"]["mobile"] == shown


def test_what_a_second_person_approved_stays_when_approval_is_asked_for(desks_under: MAKE) -> None:
    strict = desks_under(policy_with(APPROVAL))
    strict.give(me="director", mate="director")
    row = strict.world.id("Contact", "pool")
    wish = {"id": row, "fields": ["idNumber"], "reason": "r"}
    request = strict.call("me", "revealRequest", **wish)["request"]
    strict.call("mate", "revealApprove", id=request["id"])
    assert strict.read("me", row, WITH_IDENTITY)["idNumber"] == ID_NUMBER


def test_where_nothing_can_be_revealed_statements_are_as_they_were(desks: Desks) -> None:
    view, _ = desks.runner.run(desks.app._schemas.projected(frozenset({"marketing"}), None))
    told, _ = desks.runner.run(desks.app._schemas.projected(frozenset({"support"}), None))
    statements: list[str] = []
    fetch = desks.app._pool.fetch  # type: ignore[union-attr]

    async def watched(sql: str, params: object) -> object:
        statements.append(sql)
        return await fetch(sql, params)  # type: ignore[arg-type]

    desks.app._pool.fetch = watched  # type: ignore[union-attr, method-assign]
    try:
        for role in ("marketing", "support"):
            desks.give(me=role)
            desks.ask("me", EACH)
    finally:
        desks.app._pool.fetch = fetch  # type: ignore[union-attr, method-assign]
    assert (view.may_reveal, told.may_reveal) == (False, True)
    assert ["reveals_revealgrant" in sql for sql in statements] == [False, True]


def test_a_row_that_is_gone_is_not_found(desks: Desks) -> None:
    desks.give(me="director")
    assert desks.code("me", f"Contact_{uuid.uuid4()}", "idNumber") == "NOT_FOUND"
    assert desks.code("me", f"StageChange_{uuid.uuid4()}", "idNumber") == "NOT_FOUND"
