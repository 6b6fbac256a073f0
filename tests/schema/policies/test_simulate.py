"""`simulateAccess` foretells what an operation shows, for every role, without running it."""

import uuid
from typing import Any

import pytest

from permissions.policy import default_document
from tests.schema.policies.desk import ROLES, Desk
from tests.schema.serving import Server

SIMULATE = """query ($role: String, $user: ID, $operation: String!, $version: Int) {
    simulateAccess(role: $role, user: $user, operation: $operation, version: $version) {
        roles isAccepted errors paths { path type level category mask isRevealable } } }"""
WIDE = """query Wide { viewer { kind }
    customers(first: 3) { totalCount nodes {
        ...C owner { name } contacts(first: 2) { nodes { n: name mobile birthday } } } }
    opportunities(first: 2) { nodes { amount { amount currency } cost { amount } margin { amount } discount } }
    teams { nodes { name } } }
    fragment C on Customer { id name tel: phone creditLimit { amount } ... on Customer { riskNote } }"""
NARROW = "{ customers(first: 2) { nodes { name phone owner { name } } } }"


def ask_for(server: Server, operation: str, **variables: Any) -> Any:
    """Return the answer to a simulation asked for by an administrator."""
    body = {"query": SIMULATE, "variables": {"operation": operation} | variables}
    return server.post(body, role="admin")


def simulate(server: Server, operation: str, **variables: Any) -> dict[str, Any]:
    """Return a simulation asked for by an administrator."""
    answer = ask_for(server, operation, **variables)
    assert answer.errors == []
    found: dict[str, Any] = answer.data["simulateAccess"]
    return found


# The simulation is of a role; the credential of the demo's partner is narrower than theirs.
@pytest.mark.parametrize("role", [role for role in ROLES if role != "partner"])
@pytest.mark.parametrize("operation", [WIDE, NARROW])
def test_it_foretells_what_the_role_is_shown(server: Server, role: str, operation: str) -> None:
    told = simulate(server, operation, role=role)
    answer = server.ask(operation, role=role)
    assert told["roles"] == [role]
    assert told["isAccepted"] == (answer.errors == [])
    assert told["errors"] == [error["message"] for error in answer.errors]
    if told["isAccepted"]:
        shown = answer.body.get("extensions", {}).get("access", {})
        assert {each["path"]: each["level"] for each in told["paths"] if each["level"] != "CLEAR"} == {
            path: entry["level"] for path, entry in shown.items()
        }
        assert {each["path"]: each["isRevealable"] for each in told["paths"] if each["path"] in shown} == {
            path: entry["reveal"] for path, entry in shown.items()
        }
    else:
        assert "ABSENT" in {each["level"] for each in told["paths"]}


def test_each_path_is_told_with_its_alias(server: Server) -> None:
    paths = {each["path"]: each for each in simulate(server, WIDE, role="intern")["paths"]}
    assert paths["customers.nodes.tel"] == {
        "path": "customers.nodes.tel", "type": "Customer", "level": "MASKED", "category": "CONTACT_INFO",
        "mask": "PHONE", "isRevealable": False,
    }  # fmt: skip
    assert paths["customers.nodes.contacts.nodes.n"]["level"] == "CLEAR"
    assert paths["customers.nodes.riskNote"]["level"] == "ABSENT"
    assert paths["customers.nodes.creditLimit"]["level"] == "ABSENT"
    assert paths["customers.totalCount"]["level"] == "CLEAR"


def test_what_leads_nowhere_is_absent(server: Server) -> None:
    paths = {each["path"]: each["level"] for each in simulate(server, NARROW, role="admin")["paths"]}
    assert paths == {"customers": "ABSENT"}


def test_a_user_counts_with_all_their_roles(server: Server) -> None:
    sales = server.rows.one("SELECT id FROM identity_user WHERE username = 'sales'")
    assert simulate(server, NARROW, user=f"User_{sales}") == simulate(server, NARROW, role="sales")


def test_it_can_be_asked_of_a_version_not_in_force(desk: Desk) -> None:
    masked = default_document().replace('contact_info = "clear"', 'contact_info = "masked"')
    number = desk.draft(masked)
    now, then = (
        {each["path"]: each["level"] for each in simulate(desk.server, NARROW, role="director", **which)["paths"]}
        for which in ({}, {"version": number})
    )
    assert (now["customers.nodes.phone"], then["customers.nodes.phone"]) == ("CLEAR", "MASKED")
    assert desk.server.ask("{ viewer { access { type } } }", role="director").errors == []


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({}, "BAD_USER_INPUT"),
        ({"role": "sales", "user": "User_x"}, "BAD_USER_INPUT"),
        ({"role": "astronaut"}, "BAD_USER_INPUT"),
        ({"role": ""}, "BAD_USER_INPUT"),
        ({"user": "x"}, "INVALID_ID"),
        ({"user": f"Customer_{uuid.uuid4()}"}, "INVALID_ID"),
        ({"user": f"User_{uuid.uuid4()}"}, "NOT_FOUND"),
        ({"role": "sales", "version": 99}, "NOT_FOUND"),
    ],
)
def test_whom_to_look_as_must_be_said(server: Server, variables: dict[str, Any], code: str) -> None:
    assert ask_for(server, NARROW, **variables).code == code


@pytest.mark.parametrize(
    "operation", ["", "{", "fragment A on Customer { id }", "{ a } { b }", "query A { a } query B { b }"]
)
def test_what_is_no_operation_is_refused(server: Server, operation: str) -> None:
    assert ask_for(server, operation, role="sales").code == "BAD_USER_INPUT"


def test_what_the_graph_never_had_is_an_error_and_no_path(server: Server) -> None:
    told = simulate(server, "{ spaceships { fuel } customers { nodes { fuel } } }", role="sales")
    assert not told["isAccepted"]
    assert told["paths"] == []
    assert len(told["errors"]) == 2


def test_a_mutation_is_looked_at_and_not_run(desk: Desk) -> None:
    before = desk.everything()
    operation = 'mutation { policyDraftCreate(input: {name: "x"}) { policyVersion { number } userErrors { code } } }'
    assert simulate(desk.server, operation, role="admin")["isAccepted"]
    refused = simulate(desk.server, operation, role="sales")
    assert not refused["isAccepted"]
    assert [each["level"] for each in refused["paths"]] == ["ABSENT"]
    assert desk.everything() == before


def bomb(levels: int) -> str:
    """Return a document whose fragments spread into each other."""
    spread = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(levels))
    return f"{{ ...F0 }} {spread} fragment F{levels} on Query {{ viewer {{ kind }} }}"


@pytest.mark.parametrize(
    "operation",
    [
        bomb(28),
        "{ customers { nodes { " + "parent { " * 60 + "id" + " }" * 60 + " } } }",
        "{ " + "... { " * 1500 + "__typename" + " }" * 1500 + " }",
    ],
    ids=["fragments into fragments", "too deep", "deeper than any"],
)
def test_an_operation_without_end_is_refused(server: Server, operation: str) -> None:
    answer = ask_for(server, operation, role="director")
    assert answer.code in {"OPERATION_TOO_COMPLEX", "BAD_USER_INPUT"}
    assert server.is_alive()


def test_a_fragment_inside_itself_is_an_error(server: Server) -> None:
    told = simulate(server, "{ ...A } fragment A on Query { viewer { kind } ...A }", role="sales")
    assert not told["isAccepted"]
    assert [each["path"] for each in told["paths"]] == ["viewer.kind"]
