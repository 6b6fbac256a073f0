"""Documents and operations that cannot run, over a real server."""

import json
from collections.abc import Iterator

import pytest

from tests.schema.serving import Server

OK = json.dumps({"query": "{ viewer { kind } }"}).encode()


@pytest.fixture(autouse=True)
def alive(server: Server) -> Iterator[None]:
    """Hold every test to leaving the server alive."""
    yield
    assert server.is_alive()


DOCUMENTS = {
    "# nothing": "GRAPHQL_PARSE_FAILED",
    "{": "GRAPHQL_PARSE_FAILED",
    "{ viewer }": "GRAPHQL_VALIDATION_FAILED",
    "{ viewer { kind } } }": "GRAPHQL_PARSE_FAILED",
    "\0": "GRAPHQL_PARSE_FAILED",
    "{ viewer { kind\0 } }": "GRAPHQL_PARSE_FAILED",
    "query": "GRAPHQL_PARSE_FAILED",
    '{ node(id: "\\ud800") { id } }': "GRAPHQL_PARSE_FAILED",
    '{ node(id: "\\u0000") { id } }': "INVALID_ID",
    '{ node(id: """\0""") { id } }': "INVALID_ID",
    '{ node(id: "unterminated) { id } }': "GRAPHQL_PARSE_FAILED",
    "fragment F on Query { __typename }": "OPERATION_NOT_FOUND",
    "fragment F on Customer { id } fragment G on Customer { ...F }": "OPERATION_NOT_FOUND",
    "type A { a: Int }": "OPERATION_NOT_FOUND",
    "{ viewer { kind } } type A { a: Int }": "GRAPHQL_VALIDATION_FAILED",
    "{ viewer { kind } } { viewer { kind } }": "OPERATION_NOT_FOUND",
    "query A { viewer { kind } } query B { viewer { kind } }": "OPERATION_NOT_FOUND",
    "query A { viewer { kind } } query A { viewer { kind } }": "OPERATION_NOT_FOUND",
    "query A { viewer { kind } } { viewer { kind } }": "OPERATION_NOT_FOUND",
    "{ viewer { kind } } fragment Unused on Viewer { kind }": "GRAPHQL_VALIDATION_FAILED",
    "{ viewer { ...A } } fragment A on Viewer { kind ...A }": "GRAPHQL_VALIDATION_FAILED",
    "{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...A }": "GRAPHQL_VALIDATION_FAILED",
    "{ viewer { ...Missing } }": "GRAPHQL_VALIDATION_FAILED",
    "{ viewer { ... on Customer { id } } }": "GRAPHQL_VALIDATION_FAILED",
    "{ viewer { kind @nothing } }": "GRAPHQL_VALIDATION_FAILED",
    "{ viewer { kind @include } }": "GRAPHQL_VALIDATION_FAILED",
    '{ viewer { kind @include(if: "yes") } }': "GRAPHQL_VALIDATION_FAILED",
    "{ viewer { kind @include(if: true) @include(if: true) } }": "GRAPHQL_VALIDATION_FAILED",
    "query($a: Int, $a: Int) { tags(first: $a) { nodes { id } } }": "GRAPHQL_VALIDATION_FAILED",
    "query($a: Customer) { viewer { kind } }": "GRAPHQL_VALIDATION_FAILED",
    "query($a: Nothing) { viewer { kind } }": "GRAPHQL_VALIDATION_FAILED",
    "query { tags(first: $a) { nodes { id } } }": "GRAPHQL_VALIDATION_FAILED",
    "{ tags(first: 1, first: 2) { nodes { id } } }": "GRAPHQL_VALIDATION_FAILED",
    "{ customers { nodes { id: name id } } }": "GRAPHQL_VALIDATION_FAILED",
    "{ customers(first: 1) { nodes { id } } customers(first: 2) { nodes { id } } }": "GRAPHQL_VALIDATION_FAILED",
    "mutation { anything }": None,
    "subscription { anything }": None,
    "{ customers @defer { nodes { id } } }": "GRAPHQL_VALIDATION_FAILED",
    "{ ... @defer { viewer { kind } } }": "GRAPHQL_VALIDATION_FAILED",
    "{ customers { nodes @stream { id } } }": "GRAPHQL_VALIDATION_FAILED",
}


@pytest.mark.parametrize(("document", "code"), DOCUMENTS.items(), ids=lambda text: repr(text)[:50])
def test_a_document_that_cannot_run_is_refused(server: Server, document: str, code: str | None) -> None:
    for accept in ("application/json", "application/graphql-response+json"):
        answer = server.post({"query": document}, headers={"accept": accept})
        assert answer.errors
        assert answer.data is None or list(answer.data.values()) == [None]
        if code is not None:
            assert answer.code == code
        if accept.startswith("application/graphql") and code != "INVALID_ID":
            assert 400 <= answer.status < 500


@pytest.mark.parametrize("name", ["Nobody", "", "A" * 5000, "\0", "客户", "__proto__"])
def test_an_unknown_operation_name_is_refused_unless_empty(server: Server, name: str) -> None:
    answer = server.post({"query": "query Me { viewer { kind } }", "operationName": name})
    if name:
        assert (answer.status, answer.code) == (400, "OPERATION_NOT_FOUND")
    else:
        assert answer.data == {"viewer": {"kind": "USER"}}


@pytest.mark.parametrize(
    ("accept", "given"),
    [("application/graphql-response+json", "application/graphql-response+json; charset=utf-8"),
     ("application/json", "application/json; charset=utf-8"), ("image/png", "application/json; charset=utf-8"),
     ("", "application/json; charset=utf-8"), ("x" * 5000, "application/json; charset=utf-8")],
)  # fmt: skip
def test_the_answer_is_of_a_type_that_was_asked_for(server: Server, accept: str, given: str) -> None:
    assert server.post(OK, headers={"accept": accept}).response.headers["content-type"] == given


def test_a_broken_document_is_200_to_old_clients_and_400_to_new_ones(server: Server) -> None:
    assert server.post({"query": "{"}, headers={"accept": "application/json"}).status == 200
    assert server.post({"query": "{"}, headers={"accept": "application/graphql-response+json"}).status == 400
