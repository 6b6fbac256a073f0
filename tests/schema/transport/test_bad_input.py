"""Values a client should not have sent, over a real server: each is a coded error, and the next request is answered."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.schema.serving import Server

LONG = "x" * 5000


@pytest.fixture(autouse=True)
def alive(server: Server) -> Iterator[None]:
    """Hold every test to leaving the server alive."""
    yield
    assert server.is_alive()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("first: -1", "INVALID_PAGE"),
        ("last: -1", "INVALID_PAGE"),
        ("first: -2147483648", "INVALID_PAGE"),
        ("first: 501", "PAGE_TOO_LARGE"),
        ("last: 501", "PAGE_TOO_LARGE"),
        ("first: 2147483647", "PAGE_TOO_LARGE"),
        ("first: 1, last: 1", "INVALID_PAGE"),
        ("first: 0, last: 0", "INVALID_PAGE"),
        ("first: 2147483648", "GRAPHQL_VALIDATION_FAILED"),
        ("first: 99999999999999999999", "GRAPHQL_VALIDATION_FAILED"),
        (f"first: {'9' * 5000}", "GRAPHQL_VALIDATION_FAILED"),
        (f"first: -{'9' * 5000}", "GRAPHQL_VALIDATION_FAILED"),
        (f"first: {'9' * 5000}.5e9", "GRAPHQL_VALIDATION_FAILED"),
        ("first: 1.5", "GRAPHQL_VALIDATION_FAILED"),
        ('first: "1"', "GRAPHQL_VALIDATION_FAILED"),
        ("first: [1, 2]", "GRAPHQL_VALIDATION_FAILED"),
        ("first: true", "GRAPHQL_VALIDATION_FAILED"),
        ("first: {a: 1}", "GRAPHQL_VALIDATION_FAILED"),
        ("first: ASC", "GRAPHQL_VALIDATION_FAILED"),
        ("after: 1", "GRAPHQL_VALIDATION_FAILED"),
        ("nothing: 1", "GRAPHQL_VALIDATION_FAILED"),
        (f"{LONG}: 1", "GRAPHQL_VALIDATION_FAILED"),
        ('orderBy: "name"', "GRAPHQL_VALIDATION_FAILED"),
        ("orderBy: [{}]", "BAD_USER_INPUT"),
        ("orderBy: [{name: null}]", "BAD_USER_INPUT"),
        ("orderBy: [null]", "GRAPHQL_VALIDATION_FAILED"),
        ("orderBy: [{name: SIDEWAYS}]", "GRAPHQL_VALIDATION_FAILED"),
        (f"orderBy: [{{name: {LONG}}}]", "GRAPHQL_VALIDATION_FAILED"),
        ('orderBy: [{name: "ASC"}]', "GRAPHQL_VALIDATION_FAILED"),
        ("orderBy: [{name: ASC, region: DESC}]", "BAD_USER_INPUT"),
        ("orderBy: [{phone: ASC}]", "GRAPHQL_VALIDATION_FAILED"),
        ("orderBy: [{nothing: ASC}]", "GRAPHQL_VALIDATION_FAILED"),
        (f"orderBy: [{', '.join(['{name: ASC}'] * 6)}]", "BAD_USER_INPUT"),
        (f"orderBy: [{', '.join(['{name: ASC}'] * 500)}]", "BAD_USER_INPUT"),
    ],
    ids=lambda text: text[:40],
)
def test_a_senseless_page_is_refused(server: Server, arguments: str, code: str) -> None:
    answer = server.ask(f"{{ customers({arguments}) {{ nodes {{ id }} }} }}")
    assert (answer.code, answer.data) == (code, None)
    nested = server.ask(f"{{ customers(first: 1) {{ nodes {{ subsidiaries({arguments}) {{ nodes {{ id }} }} }} }} }}")
    assert (nested.code, nested.data) == (code, None)


@pytest.mark.parametrize(
    ("arguments", "rows"),
    [("first: 0", 0), ("last: 0", 0), ("first: null", 50), ("first: null, last: null, after: null, before: null", 50),
     ("first: 1, last: null", 1), ("orderBy: null", 50), ("orderBy: []", 50), ("orderBy: {name: ASC}", 50),
     ("first: 500", 100), ("last: 500", 100), (f"orderBy: [{', '.join(['{name: ASC}'] * 5)}]", 50)],
)  # fmt: skip
def test_a_page_at_the_edge_of_sense_is_answered(server: Server, arguments: str, rows: int) -> None:
    answer = server.ask(f"{{ customers({arguments}) {{ nodes {{ id }} }} }}")
    assert answer.errors == []
    assert len(answer.data["customers"]["nodes"]) == rows


BAD_VARIABLES: list[tuple[str, Any]] = [
    ("Int", "1"), ("Int", 1.5), ("Int", True), ("Int", [1]), ("Int", {}), ("Int", 2**31), ("Int", 2**63), ("Int",
    1e300),
    ("Int", LONG), ("Int!", None), ("Int", "\0"),
]  # fmt: skip


@pytest.mark.parametrize(("declared", "value"), BAD_VARIABLES, ids=lambda value: repr(value)[:20])
def test_a_variable_of_another_type_is_refused(server: Server, declared: str, value: Any) -> None:
    answer = server.ask(f"query($v: {declared}) {{ customers(first: $v) {{ nodes {{ id }} }} }}", v=value)
    assert (answer.code, answer.data) == ("BAD_USER_INPUT", None)


@pytest.mark.parametrize(
    "value",
    [[{}], [{"name": "SIDEWAYS"}], [{"name": LONG}], [{"name": "ASC", "region": "ASC"}], [{"name": None}],
    [{"phone": "ASC"}],
     [{LONG: "ASC"}], [None], "name", 1, [[{"name": "ASC"}]], [{"name": "ASC"}] * 6, [{"name": ["ASC"]}], [{"": "ASC"}],
     [{"name\0": "ASC"}]],
    ids=lambda value: repr(value)[:30],
)  # fmt: skip
def test_a_senseless_order_by_variable_is_refused(server: Server, value: Any) -> None:
    answer = server.ask("query($o: [CustomerOrder!]) { customers(orderBy: $o) { nodes { id } } }", o=value)
    assert (answer.code, answer.data) == ("BAD_USER_INPUT", None)


def test_a_missing_required_variable_is_refused_and_an_extra_one_ignored(server: Server) -> None:
    assert server.ask("query($i: ID!) { node(id: $i) { id } }").code == "BAD_USER_INPUT"
    body = {"query": "{ viewer { kind } }", "variables": {"extra": LONG, "\0": [{}], "": None}}
    assert server.post(body).errors == []


def test_a_message_repeats_only_the_beginning_of_what_was_sent(server: Server) -> None:
    for answer in (
        server.ask(f"{{ {'a' * 100_000} }}"),
        server.ask("query($v: Int) { customers(first: $v) { nodes { id } } }", v="x" * 100_000),
        server.ask(f'{{ customers(first: "{"x" * 100_000}") {{ nodes {{ id }} }} }}'),
    ):
        assert answer.errors
        assert len(answer.response.content) < 2000


def test_an_order_key_that_is_never_shown_to_the_role_does_not_exist(server: Server) -> None:
    for role in ("marketing", "support", "intern"):
        answer = server.ask("{ customers(orderBy: [{creditLimit: ASC}]) { nodes { id } } }", role=role)
        assert answer.code == "GRAPHQL_VALIDATION_FAILED"
        assert "creditLimit" not in str([error.get("extensions") for error in answer.errors])
    for role in ("director", "sales"):
        assert server.ask("{ customers(orderBy: [{creditLimit: ASC}]) { nodes { id } } }", role=role).errors == []
