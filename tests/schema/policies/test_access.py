"""`viewer { access }` says what queries show, for every role, and nothing more."""

from typing import Any

import pytest

from schema.columns import cells_of
from schema.engine.fields import NOUNS, Money
from tests.schema.policies.desk import ROLES
from tests.schema.serving import Server

ACCESS = """{ viewer { access { type actions scopes { scope meaning actions }
    fields { field level category mask isFilterable isRevealable
             reasons { role roleLabel scope meaning level isDenial text } } } } }"""
PAGES = {
    "Customer": "customers", "Contact": "contacts", "Opportunity": "opportunities", "Task": "tasks",
    "Contract": "contracts", "FollowUp": "followUps", "Payment": "payments", "User": "users", "Team": "teams",
    "Tag": "tags",
}  # fmt: skip


def access(server: Server, role: str | None) -> dict[str, dict[str, Any]]:
    """Return a role's access by type."""
    answer = server.ask(ACCESS, role=role)
    assert answer.errors == []
    return {each["type"]: each for each in answer.data["viewer"]["access"]}


def selected(type_name: str, names: list[str]) -> str:
    """Return a selection of value fields."""
    noun = NOUNS.by_type_name(type_name)
    assert noun is not None
    cells = cells_of(noun.resource)
    return " ".join(f"{name} {{ amount }}" if isinstance(cells[name], Money) else name for name in names)


@pytest.mark.parametrize("role", ROLES)
def test_levels_are_those_a_query_shows(server: Server, role: str) -> None:
    for type_name, told in access(server, role).items():
        if type_name not in PAGES:
            continue
        fields = {each["field"]: each for each in told["fields"]}
        page = PAGES[type_name]
        answer = server.ask(
            f"{{ {page}(first: 100) {{ nodes {{ {selected(type_name, list(fields))} maskedFields }} }} }}", role=role
        )
        assert answer.errors == []
        shown = {
            path.removeprefix(f"{page}.nodes.").removesuffix(".amount"): entry
            for path, entry in answer.body.get("extensions", {}).get("access", {}).items()
        }
        assert {name: each["level"] for name, each in fields.items() if each["level"] != "CLEAR"} == {
            name: entry["level"] for name, entry in shown.items()
        }
        for name, entry in shown.items():
            each = fields[name]
            assert (each["category"], each["mask"]) == (entry["category"], entry["mask"])
            assert each["isRevealable"] == entry["reveal"]
        for node in answer.data[page]["nodes"]:
            masked = set(node["maskedFields"])
            assert all(fields[name]["level"] != "CLEAR" for name in masked)
            assert masked >= {name for name, each in fields.items() if each["level"] == "MASKED"}


@pytest.mark.parametrize("role", [*ROLES, None])
def test_what_is_told_is_what_the_schema_holds(server: Server, role: str | None) -> None:
    told = access(server, role)
    answer = server.ask("{ __schema { types { name fields { name } inputFields { name } } } }", role=role)
    types = {each["name"]: each for each in answer.data["__schema"]["types"]}
    for noun in NOUNS.all():
        name = noun.type_name
        assert (name in types) == (name in told)
        if name not in told:
            continue
        fields = {each["field"]: each for each in told[name]["fields"]}
        held = {each["name"] for each in types[name]["fields"]}
        assert set(fields) == held & set(cells_of(noun.resource))
        asked = {each["name"] for each in types.get(f"{name}Filter", {"inputFields": []})["inputFields"]}
        if asked:
            assert {field for field, each in fields.items() if each["isFilterable"]} == asked & set(fields)


@pytest.mark.parametrize("role", [*ROLES, None])
def test_nothing_is_told_of_what_is_hidden(server: Server, role: str | None) -> None:
    told = access(server, role)
    hidden = {"riskNote", "cost", "margin", "discount", "creditLimit", "idNumber"} - {
        each["field"] for of in told.values() for each in of["fields"]
    }
    text = server.ask(ACCESS, role=role).response.text
    assert not [name for name in hidden if f'"{name}"' in text]


def test_reasons_are_grants_of_the_callers_roles(server: Server) -> None:
    fields = {each["field"]: each for each in access(server, "sales")["Customer"]["fields"]}
    phone = fields["phone"]
    assert phone["level"] == "VARIES"
    assert [(each["role"], each["scope"], each["level"]) for each in phone["reasons"]] == [
        ("sales", "own", "CLEAR"), ("sales", "collaborator", "MASKED"), ("sales", "pool", "MASKED"),
    ]  # fmt: skip
    assert all(each["meaning"] in each["text"] and not each["isDenial"] for each in phone["reasons"])
    assert fields["name"]["category"] is None
    assert fields["name"]["level"] == "CLEAR"


def test_actions_and_scopes_are_named(server: Server) -> None:
    customer = access(server, "sales")["Customer"]
    assert customer["actions"] == ["claim", "create", "inspect", "read", "release", "update"]
    scopes = {each["scope"]: each for each in customer["scopes"]}
    assert scopes["pool"]["actions"] == ["claim", "read"]
    assert "pool" in scopes["pool"]["meaning"]


def test_a_token_may_do_no_more_than_it_names(server: Server) -> None:
    told = access(server, "partner")
    assert set(told) <= {"Customer", "Opportunity", "StageChange"}
    assert all(each["actions"] == ["read"] for each in told.values())


def test_nobody_in_particular_sees_nothing(server: Server) -> None:
    assert access(server, None) == {}
