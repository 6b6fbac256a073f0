"""Clients that leave: pipelined requests nobody waits for must not keep the others from the database.

uvicorn with Django's own pool was starved by exactly this: two hundred disconnects, and no connection was free again.
"""

import json
import socket
import struct
from concurrent.futures import ThreadPoolExecutor

import httpx

from tests.schema.graph import Answer
from tests.schema.serving import Server

QUERY = "{ customers(first: 100) { nodes { id name contacts { nodes { id name } } opportunities { nodes { id } } } } }"
DISCONNECTS = 200


def request(server: Server, body: bytes, *, length: int | None = None) -> bytes:
    """Return a raw POST; `length` claims another length than the body's."""
    head = (
        f"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
        f"authorization: Bearer {server.token('director')}\r\ncontent-length: {length or len(body)}\r\n\r\n"
    )
    return head.encode() + body


def leave(server: Server, sent: bytes) -> None:
    """Send and reset the connection without reading an answer."""
    host, _, port = server.address.removeprefix("http://").rpartition(":")
    with socket.create_connection((host, int(port))) as connection:
        # No lingering: the kernel sends RST, as when a phone loses its network.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.sendall(sent)


def still_serves(server: Server) -> None:
    """Hold the server to answering more callers at once than its pool has connections."""

    def ask(_number: int) -> Answer:
        headers = {"authorization": f"Bearer {server.token('director')}"}
        return Answer(httpx.post(f"{server.address}/graphql", json={"query": QUERY}, headers=headers, timeout=20))

    with ThreadPoolExecutor(16) as callers:
        answers = list(callers.map(ask, range(24)))
    assert all(answer.errors == [] for answer in answers)
    assert len({answer.response.content for answer in answers}) == 1


def test_pipelined_requests_followed_by_disconnects_starve_nobody(server: Server) -> None:
    before = server.memory_bytes()
    one = request(server, json.dumps({"query": QUERY}).encode())
    for _ in range(DISCONNECTS):
        leave(server, one * 4)
    still_serves(server)
    assert server.memory_bytes() - before < 100_000_000


def test_bodies_that_never_arrive_starve_nobody(server: Server) -> None:
    for part in (b"", b'{"query": "{ cust'):
        for _ in range(DISCONNECTS // 2):
            leave(server, request(server, part, length=1000))
    still_serves(server)


def test_answers_nobody_reads_starve_nobody(server: Server) -> None:
    body = json.dumps({"query": QUERY.replace("contacts {", "contacts(first: 500) {")}).encode()
    host, _, port = server.address.removeprefix("http://").rpartition(":")
    idle = [socket.create_connection((host, int(port))) for _ in range(30)]
    try:
        for connection in idle:
            connection.sendall(request(server, body) * 8)
        still_serves(server)
    finally:
        for connection in idle:
            connection.close()
    still_serves(server)
