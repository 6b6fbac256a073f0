"""Documents made to be expensive, over a real server: each is refused or answered for little processor time."""

from collections.abc import Iterator

import pytest
from graphql import get_introspection_query

from schema.engine.compiler import MAX_DEPTH
from tests.schema.graph import Answer
from tests.schema.serving import Server

# Of the server's processor time. Measured at most 1.3 on a machine twice as busy as it has processors.
MOST_SECONDS = 2.5
MOST_MEMORY_BYTES = 200_000_000


@pytest.fixture(autouse=True)
def bounded(server: Server) -> Iterator[None]:
    """Hold every test to little processor time and memory, and to leaving the server alive."""
    memory, seconds = server.memory_bytes(), server.cpu_seconds()
    yield
    assert server.cpu_seconds() - seconds < MOST_SECONDS
    assert server.memory_bytes() - memory < MOST_MEMORY_BYTES
    assert server.is_alive()


def many(count: int, pattern: str) -> str:
    """Return `count` copies of a pattern in which N stands for the copy's number."""
    return " ".join(pattern.replace("N", str(number)) for number in range(count))


def doubling(levels: int, body: str) -> str:
    """Return a query of fragments each of which spreads the next one twice. M stands for the next one's number."""
    fragments = [f"fragment F{level} on Customer {{ {body.replace('M', str(level + 1))} }}" for level in range(levels)]
    last = f"fragment F{levels} on Customer {{ id }}"
    return "{ customers(first: 1) { nodes { ...F0 } } } " + " ".join([*fragments, last])


def nested(depth: int, opening: str) -> str:
    """Return a query that opens the same selections again and again."""
    closing = "}" * opening.count("{")
    return "{ customers(first: 1) { nodes { " + opening * depth + "id" + closing * depth + " } } }"


REFUSED = {
    "200 levels": nested(200, "parent {"),
    "2000 levels": nested(2000, "a {"),
    "2000 lists": "{ nodes(ids: " + "[" * 2000 + "]" * 2000 + ") { id } }",
    "2000 objects": "{ customers(orderBy: " + "{a:" * 2000 + "1" + "}" * 2000 + ") { nodes { id } } }",
    "2000 list types": "query($a: " + "[" * 2000 + "Int" + "]" * 2000 + ") { viewer { kind } }",
    "28 doublings by aliases": doubling(28, "a: parent { ...FM } b: parent { ...FM }"),
    "28 doublings by lists": doubling(28, "subsidiaries { nodes { ...FM } } x: subsidiaries { nodes { ...FM } }"),
    "10000 aliases": "{ " + many(10_000, "aN: __typename") + " }",
    "800 relations": "{ customers { nodes { " + many(640, "aN: owner { id }") + " } } }",
    "400 connections": "{ customers { nodes { " + many(440, "aN: tasks { totalCount }") + " } } }",
    "1200 maskedFields": "{ customers { nodes { " + many(1200, "aN: maskedFields") + " } } }",
    "roots of a wide fragment": "{ "
    + many(200, "aN: customers { nodes { ...F } }")
    + " } fragment F on Customer { "
    + many(600, "aN: phone")
    + " }",
    "350 equal roots": "{ " + many(350, "customers { nodes { id name } }") + " }",
    "330 equal relations": "{ customers { nodes { " + many(330, "owner { id name team { id } }") + " } } }",
    "fragments that disagree": "{ customers { nodes { "
    + many(150, "...FN")
    + " } } } "
    + many(150, "fragment FN on Customer { a: name b: id c: region a: id }"),
    "introspection of introspection": "{ __schema { types " + "{ fields { type " * 3 + "{ name" + " } }" * 3 + " } } }",
    "200 introspections": "{ __schema { "
    + many(200, "aN: types { fields { type { ofType { fields { name } } } } }")
    + " } }",
    "wide introspection": "{ __schema { types { fields { " + many(1200, "aN: name") + " } } } }",
    "introspection by fragments": "{ __schema { types { ...F0 } } } "
    + many(10, "fragment FN on __Type { a: fields { type { ...GN } } b: fields { type { ...GN } } }")
    + many(10, " fragment GN on __Type { a: ofType { enumValues { name } } b: ofType { enumValues { name } } }"),
    "900 unused variables": "query(" + many(900, "$aN: Int") + ") { viewer { kind } }",
    "directives": "{ viewer { kind " + "@include(if: true) " * 600 + "} }",
    "unknown fields with long names": "{ " + many(20, f"aN{'a' * 40_000}") + " }",
    "a number of 900,000 digits": "{ customers(first: " + "9" * 900_000 + ") { nodes { id } } }",
    "a string of 900,000 letters": '{ node(id: "' + "x" * 900_000 + '") { id } }',
    "escapes": '{ node(id: "' + "\\u0041" * 130_000 + '") { id } }',
    "300,000 comments": "{ viewer { kind } }" + "\n#" * 300_000,
    "a block string": '{ node(id: """' + "\n  x" * 180_000 + '""") { id } }',
}


@pytest.mark.parametrize("query", REFUSED.values(), ids=REFUSED)
def test_a_document_made_to_be_expensive_is_refused(server: Server, query: str) -> None:
    answer = server.ask(query, role="sales_manager")
    assert set(answer.codes) <= {
        "GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "OPERATION_TOO_COMPLEX", "INVALID_ID", "REQUEST_TOO_LARGE",
    }  # fmt: skip
    assert answer.errors
    assert answer.data in (None, {"node": None})


ANSWERED = {
    "28 flat doublings": doubling(28, "...FM ...FM"),
    "1300 names": "{ " + many(1300, "aN: __typename") + " }",
    "1200 cells": "{ customers(first: 5) { nodes { " + many(1200, "aN: phone") + " } } }",
    "250 roots": "{ " + many(250, "aN: customers(first: 1) { nodes { id } }") + " }",
    "280 connections": "{ customers(first: 1) { nodes { " + many(280, "aN: contacts { nodes { id } }") + " } } }",
    "600 lists of nodes": "{ customers(first: 2) { " + many(600, "aN: nodes { id }") + " } }",
    "300 fragments": "{ customers { nodes { "
    + many(250, "...FN")
    + " } } } "
    + many(250, "fragment FN on Customer { owner { id } }"),
    "lists as deep as allowed": nested((MAX_DEPTH - 2), "subsidiaries(first: 1) { nodes {"),
    "introspection by the usual tools": get_introspection_query(
        specified_by_url=True, directive_is_repeatable=True, schema_description=True, input_value_deprecation=True
    ),
    "commas": "{ viewer { kind } }" + "," * 900_000,
}


@pytest.mark.parametrize("query", ANSWERED.values(), ids=ANSWERED)
def test_a_large_document_within_the_limits_is_answered(server: Server, query: str) -> None:
    answer = server.ask(query, role="sales_manager")
    assert answer.errors == []


def test_a_limit_is_the_same_when_the_plans_are_known(server: Server) -> None:
    query = "{ " + many(3, "aN: customers(first: 1) { nodes { ...F } }") + " } fragment F on Customer { %s }"
    query %= many(700, "aN: phone")
    answers = [server.ask(query) for _ in range(3)]
    assert [answer.code for answer in answers] == ["OPERATION_TOO_COMPLEX"] * 3
    assert len({answer.response.content for answer in answers}) == 1


def test_deeply_nested_variables_are_refused(server: Server) -> None:
    body = b'{"query": "query($v: [ID!]!) { nodes(ids: $v) { id } }", "variables": {"v": %s}}'
    for depth in (900, 100_000):
        answer: Answer = server.post(body % (b"[" * depth + b"]" * depth))
        assert answer.code in {"BAD_USER_INPUT", "BAD_REQUEST"}


def test_many_distinct_large_documents_do_not_pile_up(server: Server) -> None:
    before = server.memory_bytes()
    for number in range(25):
        query = f"{{ customers(first: 1) {{ nodes {{ {many(400, f'a{number}xN: level')} }} }} }}"
        assert server.ask(query).errors == []
    assert server.memory_bytes() - before < 60_000_000
