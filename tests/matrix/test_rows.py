"""Who sees which rows: every role × every noun, as exact sets."""

import pytest

from tests.matrix.api import DEACTIVATED, Api, suggested
from tests.matrix.tables import NOUNS, ROWS, singular_of

pytestmark = pytest.mark.django_db

CASES = [(role, connection, names) for role, rows in ROWS.items() for connection, names in rows.items()]


@pytest.mark.parametrize(("role", "connection", "names"), [case for case in CASES if case[2] != "-"])
def test_a_role_sees_these_rows_and_no_others(api: Api, role: str, connection: str, names: str) -> None:
    data = api.data(role, f"{{ list: {connection} {{ totalCount nodes {{ id }} }} }}")

    seen = [api.world.name(NOUNS[connection], node["id"]) for node in data["list"]["nodes"]]
    assert sorted(seen) == sorted(names.split())
    assert data["list"]["totalCount"] == len(seen)


@pytest.mark.parametrize(("role", "connection", "names"), [case for case in CASES if case[2] == "-"])
def test_a_noun_out_of_a_roles_reach_is_no_part_of_their_graph(
    api: Api, role: str, connection: str, names: str
) -> None:
    message = api.refusal(role, f"{{ {connection} {{ totalCount }} }}")

    hidden = {each for each in NOUNS if ROWS[role][each] == "-"}
    assert message.startswith(f"Cannot query field '{connection}' on type 'Query'.")
    assert not suggested(message) & (hidden | {singular_of(each) for each in hidden})


@pytest.mark.parametrize("role", ROWS)
def test_every_row_answers_to_its_id_exactly_where_it_is_listed(api: Api, role: str) -> None:
    if set(ROWS[role].values()) == {"-"}:
        assert api.refusal(role, '{ node(id: "x") { id } }').startswith("Cannot query field 'node'")
        return
    for connection, noun in NOUNS.items():
        visible = ROWS[role][connection].split()
        for name, global_id in api.world.ids[noun].items():
            answer = api.post(role, "query($id: ID!) { node(id: $id) { id } }", {"id": global_id}).json()
            expected = {"id": global_id} if name in visible else None
            assert answer["data"]["node"] == expected, (noun, name)


@pytest.mark.parametrize("role", ["director", "sales", "sales_manager"])
def test_what_is_deleted_takes_its_parts_along(api: Api, role: str) -> None:
    for noun in ("Customer", "Opportunity", "StageChange"):
        answer = api.post(
            role, "query($id: ID!) { node(id: $id) { id } }", {"id": api.world.id(noun, "deleted")}
        ).json()
        assert answer["data"]["node"] is None, noun
        assert answer["errors"][0]["extensions"]["code"] == "NOT_FOUND"


def test_relations_hold_only_rows_in_scope(api: Api) -> None:
    data = api.data("sales", "{ tags { nodes { customers { totalCount nodes { name } } } } }")

    customers = data["tags"]["nodes"][0]["customers"]
    assert {node["name"] for node in customers["nodes"]} == {"own", "collaborator", "pool"}
    assert customers["totalCount"] == 3


def test_nobody_learns_who_they_are_not(api: Api) -> None:
    data = api.data("anonymous", "{ viewer { isAuthenticated kind roles { name } tokenScopes } }")

    assert data["viewer"] == {"isAuthenticated": False, "kind": "ANONYMOUS", "roles": [], "tokenScopes": None}


def test_a_deactivated_account_is_nobody(api: Api) -> None:
    response = api.post(DEACTIVATED, "{ customers { totalCount } }")

    assert response.status_code == 401
    assert set(response.json()) == {"errors"}
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert api.data("director", "{ customers { totalCount } }")["customers"]["totalCount"] == 8
