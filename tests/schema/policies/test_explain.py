"""`explainAccess` says of each cell what a query shows of it, and of a hidden row what it says of none."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from permissions.policy import default_document
from schema.columns import cells_of
from schema.engine.fields import NOUNS, Money
from tests.schema.policies.desk import ROLES, Desk
from tests.schema.serving import Server

EXPLAIN = """query ($id: ID!, $field: String!) { explainAccess(id: $id, field: $field) {
    type field level category mask isRevealable
    rowReason { role scope isDenial } decidedBy { role scope level isDenial } wouldGiveMore { scope level } } }"""
PAGES = {"Customer": "customers", "Opportunity": "opportunities", "Contract": "contracts", "User": "users"}
POOLED = "SELECT id FROM crm_customer WHERE pool_status = 'in_pool' AND owner_id IS NULL ORDER BY id LIMIT 1"
PARTS = "level rowReason { scope } decidedBy { scope level isDenial } wouldGiveMore { scope level } isRevealable"
ROWS = 40


def explained(server: Server, role: str, nodes: list[dict[str, Any]], fields: list[str]) -> list[dict[str, Any]]:
    """Return, for each row, the explanation of each field."""
    found = []
    for start in range(0, len(nodes), 10):
        aliases = [
            f'n{place}_{field}: explainAccess(id: "{node["id"]}", field: "{field}") {{ {PARTS} }}'
            for place, node in enumerate(nodes[start : start + 10])
            for field in fields
        ]
        answer = server.ask(f"{{ {' '.join(aliases)} }}", role=role)
        assert answer.errors == []
        found += [
            {field: answer.data[f"n{place}_{field}"] for field in fields}
            for place in range(len(nodes[start : start + 10]))
        ]
    return found


def told_fields(server: Server, role: str) -> dict[str, list[str]]:
    """Return the value fields a role sees, by type."""
    answer = server.ask("{ viewer { access { type fields { field } } } }", role=role)
    return {each["type"]: [field["field"] for field in each["fields"]] for each in answer.data["viewer"]["access"]}


@pytest.mark.parametrize("role", ROLES)
def test_each_cell_is_explained_as_it_is_shown(server: Server, role: str) -> None:
    for type_name, names in told_fields(server, role).items():
        noun = NOUNS.by_type_name(type_name)
        assert noun is not None
        cells = cells_of(noun.resource)
        gated = [name for name in names if cells[name].sensitive] or names[:1]
        if type_name not in PAGES:
            continue
        selection = " ".join(f"{name} {{ amount }}" if isinstance(cells[name], Money) else name for name in gated)
        page = f"{{ {PAGES[type_name]}(first: {ROWS}) {{ nodes {{ id maskedFields {selection} }} }} }}"
        nodes = server.ask(page, role=role).data[PAGES[type_name]]["nodes"]
        for node, cell in zip(nodes, explained(server, role, nodes, gated), strict=True):
            assert {name for name in gated if cell[name]["level"] != "CLEAR"} == set(node["maskedFields"]) & set(gated)
            assert all(node[name] is None for name in gated if cell[name]["level"] == "ABSENT")
            for name in gated:
                told = cell[name]
                assert told["decidedBy"] is None or told["decidedBy"]["level"] == told["level"]
                assert all(more["level"] != told["level"] for more in told["wouldGiveMore"])


@pytest.fixture
def shared(desk: Desk) -> Iterator[uuid.UUID]:
    """Yield the key of a colleague's customer that sales was invited to help with."""
    rows = desk.server.rows
    sales = rows.subject("sales").id
    key = rows.one("SELECT id FROM crm_customer WHERE owner_id <> %s AND deleted_at IS NULL ORDER BY id LIMIT 1", sales)
    link = uuid.uuid4()
    rows.write("INSERT INTO crm_collaboration (id, customer_id, user_id) VALUES (%s, %s, %s)", link, key, sales)
    yield key
    rows.write("DELETE FROM crm_collaboration WHERE id = %s", link)


def test_the_reason_is_the_rows_relation_to_the_caller(desk: Desk, shared: uuid.UUID) -> None:
    rows = desk.server.rows
    owned = "SELECT id FROM crm_customer WHERE deleted_at IS NULL AND owner_id = %s LIMIT 1"
    cases = {
        "own": (rows.one(owned, rows.subject("sales").id), "CLEAR"),
        "collaborator": (shared, "MASKED"),
        "pool": (rows.one(POOLED), "MASKED"),
    }
    for scope, (key, level) in cases.items():
        answer = desk.server.ask(EXPLAIN, role="sales", id=f"Customer_{key}", field="phone").data["explainAccess"]
        assert answer["rowReason"] == {"role": "sales", "scope": scope, "isDenial": False}
        assert answer["decidedBy"] == {"role": "sales", "scope": scope, "level": level, "isDenial": False}
        assert answer["wouldGiveMore"] == ([] if level == "CLEAR" else [{"scope": "own", "level": "CLEAR"}])
        assert (answer["level"], answer["category"], answer["mask"]) == (level, "CONTACT_INFO", "PHONE")


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("type_name", ["Customer", "Contract"])
def test_a_hidden_row_and_a_missing_one_are_the_same(server: Server, role: str, type_name: str) -> None:
    missing = f"{type_name}_{uuid.uuid4()}"
    rows = server.rows.all(f"SELECT id FROM crm_{type_name.lower()} ORDER BY md5(id::text) LIMIT 12")  # noqa: S608  a word above
    ids = [f"{type_name}_{key}" for (key,) in rows]
    found = server.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", role=role, ids=ids).data["nodes"]
    hidden = [each for each, node in zip(ids, found, strict=True) if node is None]
    assert hidden or role in {"director", "finance", "support", "marketing"}
    for field in ("name", "number", "phone", "nothing"):
        expected = server.ask(EXPLAIN, role=role, id=missing, field=field)
        assert expected.errors != []
        for each in hidden:
            assert server.ask(EXPLAIN, role=role, id=each, field=field).response.content == expected.response.content


def test_nobody_in_particular_has_nothing_to_be_explained(server: Server) -> None:
    answer = server.ask(EXPLAIN, role=None, id=f"Customer_{uuid.uuid4()}", field="name")
    assert answer.code == "GRAPHQL_VALIDATION_FAILED"


def test_a_hidden_field_and_no_field_are_the_same(server: Server) -> None:
    key = server.rows.one("SELECT id FROM crm_contract ORDER BY id LIMIT 1")
    answers = {
        server.ask(EXPLAIN, role="finance", id=f"Contract_{key}", field=field).response.content
        for field in ("nothing", "riskNote", "customer", "id", "__typename", "", "x" * 1000)
    }
    (one,) = answers
    assert b"BAD_USER_INPUT" in one
    customer = server.rows.one("SELECT customer_id FROM crm_contract WHERE id = %s", key)
    hidden = server.ask(EXPLAIN, role="finance", id=f"Customer_{customer}", field="riskNote").response.content
    assert hidden == one


@pytest.mark.parametrize("text", ["", "Customer", "Customer_x", "Spaceship_01890000-0000-7000-8000-000000000001"])
def test_what_is_no_id_is_told_so(server: Server, text: str) -> None:
    assert server.ask(EXPLAIN, role="director", id=text, field="name").code == "INVALID_ID"


def test_a_denial_is_named_as_what_took_it_away(desk: Desk, shared: uuid.UUID) -> None:
    denial = (
        '\n[[roles.sales.denials]]\nresources = ["customer"]\nscopes = ["pool"]\ncategories = ["contact_info"]\n'
        '\n[[roles.sales.denials]]\nresources = ["customer"]\nscopes = ["collaborator"]\nactions = ["read"]\n'
    )
    server = desk.server
    ask = {"role": "sales", "id": f"Customer_{server.rows.one(POOLED)}", "field": "phone"}
    assert server.ask(EXPLAIN, **ask).data["explainAccess"]["level"] == "MASKED"
    desk.put_in_force(desk.draft(f"{default_document()}{denial}"))
    desk.until(lambda: server.ask(EXPLAIN, **ask).data["explainAccess"]["level"] == "ABSENT")
    answer = server.ask(EXPLAIN, **ask).data["explainAccess"]
    assert answer["decidedBy"] == {"role": "sales", "scope": "pool", "level": "ABSENT", "isDenial": True}
    assert answer["wouldGiveMore"] == []
    assert answer["rowReason"]["scope"] == "pool"
    assert server.ask(EXPLAIN, role="sales", id=f"Customer_{shared}", field="name").code == "NOT_FOUND"


def test_a_fact_of_the_row_is_told_only_where_it_decides(desk: Desk) -> None:
    contracted = (
        '\n[[roles.marketing.grants]]\nresources = ["customer"]\nscopes = ["contracted"]\nactions = ["read"]\n'
        'levels = { contact_info = "masked" }\n'
    )
    server = desk.server
    desk.put_in_force(desk.draft(f"{default_document()}{contracted}"))
    ask = "{ viewer { access { type scopes { scope } } } }"
    desk.until(lambda: '"contracted"' in server.ask(ask, role="marketing").response.text)
    reasons = {
        server.ask(EXPLAIN, role="marketing", id=f"Customer_{key}", field="phone").data["explainAccess"][part]["scope"]
        for (key,) in server.rows.all("SELECT id FROM crm_customer WHERE deleted_at IS NULL LIMIT 40")
        for part in ("rowReason", "decidedBy")
    }
    assert reasons == {"all"}
