"""Requests that are no GraphQL requests, over a real server."""

import gzip
import json
import socket
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from schema.transport.requests import LARGEST_BODY
from tests.schema.graph import Answer
from tests.schema.serving import Server

VIEWER = "{ viewer { kind } }"
OK = json.dumps({"query": VIEWER}).encode()


@pytest.fixture(autouse=True)
def alive(server: Server) -> Iterator[None]:
    """Hold every test to leaving the server alive."""
    yield
    assert server.is_alive()


BODIES: list[bytes] = [
    b"", b"null", b"[1]", b"[]", b'"abc"', b"{}", b"1", b"true", b"{", b"{'query': 1}", b'{"query": null}',
    b'{"query": 1}',
    b'{"query": ""}', b'{"query": "  "}', b'{"query": ["{ viewer { kind } }"]}', b'{"query": {}}', b"[" * 100_000,
    b'{"a":' * 100_000, b'{"query": "{ viewer { kind } }", "variables": []}',
    b'{"query": "{ viewer { kind } }", "variables": "x"}', b'{"query": "{ viewer { kind } }", "variables": 1}',
    b'{"query": "{ viewer { kind } }", "operationName": 1}', b'{"query": "{ viewer { kind } }", "operationName": {}}',
    b'{"query": "{ viewer { kind } }", "extensions": 1}', b'{"query": "{ viewer { kind } }", "extensions": []}',
    b'{"query": "\xff"}', b'{"query": "\xe9"}', b"\x00" * 1000, b'{"query": "\\ud800"}', b'{"query": "{ a }\\udc00"}',
    b'{"query": "{ viewer { kind } }", "variables": {"a": 1e999}}',
    b'{"query": "{ viewer { kind } }", "variables": {"a": NaN}}',
    b'[{"query": "{ viewer { kind } }"}]', OK.decode().encode("utf-16"), OK.decode().encode("utf-32"),
    b"\xef\xbb\xbf" + OK,
    gzip.compress(OK), b"query=" + VIEWER.encode(), VIEWER.encode(), OK + OK, OK + b"\0",
    '{"query": "{ é }"}'.encode("latin-1"), '{"query": "{ 客 }"}'.encode("gb18030"),
]  # fmt: skip


@pytest.mark.parametrize("body", BODIES, ids=lambda body: repr(body[:30]))
def test_a_body_that_is_no_request_is_refused(server: Server, body: bytes) -> None:
    answer = server.post(body)
    assert (answer.status, answer.code) == (400, "BAD_REQUEST")
    assert "data" not in answer.body


MEDIA_TYPES = [
    "", "text/plain", "application/xml", "multipart/form-data", "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded", "application/graphql", "application/jsonx", "json", ";", "/", "*/*",
    "x" * 5000,
    "application/json\t, text/plain",
]  # fmt: skip


@pytest.mark.parametrize("media_type", MEDIA_TYPES, ids=lambda text: repr(text)[:40])
def test_another_media_type_is_refused(server: Server, media_type: str) -> None:
    answer = server.post(OK, headers={"content-type": media_type})
    assert (answer.status, answer.code) == (415, "BAD_REQUEST")


@pytest.mark.parametrize("media_type", ["application/json", "APPLICATION/JSON; charset=utf-8", "application/json;"])
def test_json_is_accepted_however_it_is_spelled(server: Server, media_type: str) -> None:
    assert server.post(OK, headers={"content-type": media_type}).data == {"viewer": {"kind": "USER"}}


def test_a_large_body_is_refused_with_and_without_its_length(server: Server) -> None:
    body = json.dumps({"query": VIEWER + " " * LARGEST_BODY}).encode()
    before = server.memory_bytes()
    assert (server.post(body).status, server.post(body).code) == (413, "REQUEST_TOO_LARGE")
    headers = {"content-type": "application/json", "authorization": f"Bearer {server.token('director')}"}
    chunked = server.client.post("/graphql", content=(b"x" * 65536 for _ in range(400)), headers=headers)
    assert (chunked.status_code, Answer(chunked).code) == (413, "REQUEST_TOO_LARGE")
    assert server.memory_bytes() - before < 50_000_000


def test_a_body_of_the_largest_size_is_read(server: Server) -> None:
    body = OK[:-1] + b" " * (LARGEST_BODY - len(OK)) + b"}"
    assert len(body) == LARGEST_BODY
    assert server.post(body).errors == []
    assert server.post(body[:-1] + b" }").status == 413


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "HEAD"])
def test_another_method_is_refused(server: Server, method: str) -> None:
    response = server.client.request(method, "/graphql", content=OK, headers={"content-type": "application/json"})
    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"
    if method == "HEAD":
        assert response.content == b""
    else:
        assert Answer(response).code == "BAD_REQUEST"


# ── GET ─────────────────────────────────────────────────────────────────────
def get(server: Server, query_string: str, accept: str = "application/json") -> Answer:
    """GET the graph with a query string, as the director."""
    headers = {"authorization": f"Bearer {server.token('director')}", "accept": accept}
    return Answer(server.client.get(f"/graphql?{query_string}", headers=headers))


def test_get_answers_a_query_with_variables(server: Server) -> None:
    query = "query A($n: Int) { tags(first: $n) { nodes { name } } } query B { viewer { kind } }"
    parameters = {"query": query, "variables": '{"n": 1}', "operationName": "A"}
    assert len(get(server, urlencode(parameters)).data["tags"]["nodes"]) == 1
    assert get(server, urlencode(parameters | {"operationName": "B"})).data == {"viewer": {"kind": "USER"}}


@pytest.mark.parametrize(
    "query_string",
    ["", "query", "query=", "variables={}", "query=%ff", "query=%ED%A0%80", urlencode({"query": VIEWER,
    "variables": "["}),
     urlencode({"query": VIEWER, "variables": "[1]"}), urlencode({"query": VIEWER, "variables": '"x"'}),
     urlencode({"query": VIEWER, "extensions": "1"}), urlencode({"query": VIEWER}) + "&a=1" * 30,
     urlencode({"query": VIEWER, "variables": "{'a': 1}"})],
)  # fmt: skip
def test_a_get_that_is_no_request_is_refused(server: Server, query_string: str) -> None:
    answer = get(server, query_string)
    assert (answer.status, answer.code) == (400, "BAD_REQUEST")


def test_a_mutation_does_not_pass_by_get(server: Server) -> None:
    answer = get(server, urlencode({"query": "mutation { customerCreate { id } }"}))
    assert answer.status in {200, 405}
    assert answer.data is None
    assert answer.errors


# ── Below HTTP ──────────────────────────────────────────────────────────────
RAW = [
    b"GARBAGE\r\n\r\n", b"\0\0\0\0", b"POST /graphql HTTP/9.9\r\n\r\n",
    b"POST /graphql HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
    b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: \xb2\xb3\r\n\r\n{}",
    b"POST /graphql HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n",
    b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    b"GET /graphql?query=" + b"a" * 200_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
    b"GET /graphql HTTP/1.1\r\nhost: x\r\nauthorization: " + b"a" * 200_000 + b"\r\n\r\n",
    b"GET /graphql HTTP/1.1\r\nhost: x\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n\r\n",
]  # fmt: skip


@pytest.mark.parametrize("raw", RAW, ids=lambda raw: repr(raw[:45]))
def test_what_is_hardly_http_is_refused(server: Server, raw: bytes) -> None:
    port = int(server.address.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(raw)
        connection.shutdown(socket.SHUT_WR)
        given = b""
        try:
            while part := connection.recv(65536):
                given += part
        except ConnectionResetError:
            given += b""
    assert b" 500 " not in given[:20]
    assert b"Traceback" not in given
