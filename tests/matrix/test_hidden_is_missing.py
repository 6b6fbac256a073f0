"""What is out of scope is answered like what never was, byte for byte, through every door."""

import json
import uuid

import pytest

from tests.matrix.api import Api
from tests.matrix.tables import NOUNS, ROWS, singular_of

pytestmark = pytest.mark.django_db

ROLES = [role for role in ROWS if role not in {"anonymous", "wizard"}]
BY_ID = ("query($id: ID!) { node(id: $id) { id } }", "query($id: ID!) { nodes(ids: [$id]) { id } }")


def _hidden(api: Api, role: str) -> list[tuple[str, str, str]]:
    """Return (connection, noun, id) of every row the role does not see."""
    return [
        (connection, noun, global_id)
        for connection, noun in NOUNS.items()
        for name, global_id in api.world.ids[noun].items()
        if name not in ROWS[role][connection].split()
    ]


def _answers(api: Api, role: str, query: str, hidden: str) -> tuple[bytes, bytes]:
    """Return the bodies for a hidden row and for one that never was, its id replaced."""
    missing = f"{hidden.rpartition('_')[0]}_{uuid.UUID(int=7)}"
    bodies = [api.post(role, query, {"id": each}).content for each in (hidden, missing)]
    return bodies[0], bodies[1].replace(missing.encode(), hidden.encode())


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("query", BY_ID)
def test_a_hidden_row_is_missing_by_its_id(api: Api, role: str, query: str) -> None:
    for _, noun, hidden in _hidden(api, role):
        found, missing = _answers(api, role, query, hidden)
        assert found == missing, noun
        assert b'"NOT_FOUND"' in found


@pytest.mark.parametrize("role", ["anonymous", "wizard"])
def test_who_sees_nothing_has_only_themselves_to_ask_about(api: Api, role: str) -> None:
    data = api.data(role, '{ __type(name: "Query") { fields { name } } __schema { types { name kind } } }')

    assert [field["name"] for field in data["__type"]["fields"]] == ["viewer"]
    objects = {each["name"] for each in data["__schema"]["types"] if each["kind"] in {"OBJECT", "INTERFACE"}}
    themselves = {"Query", "Viewer", "Role", "TypeAccess", "ScopeAccess", "FieldAccess", "AccessReason"}
    assert {name for name in objects if not name.startswith("__")} == themselves


@pytest.mark.parametrize("role", ROLES)
def test_a_hidden_row_is_missing_by_the_singular_field(api: Api, role: str) -> None:
    for connection, noun, hidden in _hidden(api, role):
        query = f"query($id: ID!) {{ {singular_of(connection)}(id: $id) {{ id }} }}"
        found, missing = _answers(api, role, query, hidden)
        assert found == missing, noun
        assert (b'"NOT_FOUND"' in found) == (ROWS[role][connection] != "-")


@pytest.mark.parametrize("role", ["sales", "intern"])
def test_a_hidden_relation_is_like_none(api: Api, role: str) -> None:
    # `assigned` is about a customer out of scope, `created` about none; so are `my_deal` and `no_customer`.
    task = "query($id: ID!) { task(id: $id) { customer { id } about { id } } }"
    deal = "query($id: ID!) { opportunity(id: $id) { customer { id } } }"
    asked = ((task, "Task", ("assigned", "created")), (deal, "Opportunity", ("my_deal", "no_customer")))
    tasks, deals = (
        [api.post(role, query, {"id": api.world.id(noun, name)}).content for name in names]
        for query, noun, names in asked
    )

    assert tasks[0] == tasks[1]
    assert json.loads(tasks[0]) == {"data": {"task": {"customer": None, "about": None}}}
    assert deals[0] == deals[1]
    assert json.loads(deals[0]) == {"data": {"opportunity": {"customer": None}}}


def test_the_other_end_of_a_payment_is_hidden_with_it(api: Api) -> None:
    # The contract is mine, its customer a stranger's: the contract shows, the customer and their payments do not.
    contract = "query($id: ID!) { contract(id: $id) { customer { id } payments { totalCount } } }"
    data = api.data("sales", contract, {"id": api.world.id("Contract", "my_contract")})

    assert data["contract"] == {"customer": None, "payments": {"totalCount": 0}}


@pytest.mark.parametrize("role", [role for role in ROLES if ROWS[role]["customers"] != "-"])
def test_no_answer_holds_the_id_of_what_is_hidden(api: Api, role: str) -> None:
    body = api.post(role, "{ customers { totalCount nodes { id parent { id } } } }").content
    for name, global_id in api.world.ids["Customer"].items():
        assert (global_id.encode() in body) == (name in ROWS[role]["customers"].split()), name
