"""A small HTTP/1.1 client: keep-alive, one request at a time, no more work than finding where an answer ends."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

import orjson

from bench.errors import BenchError
from bench.servers import HOST, Server

_READY_SECONDS = 60
_PER_WORKER_AT_MOST = 64


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer."""

    status: int
    body: bytes


_LOST = Answer(0, b"the connection was lost")


class Connection(asyncio.Protocol):
    """One connection; `send` calls back with the answer."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._end: int | None = None
        self._start = 0
        self._done: Callable[[Answer], None] | None = None
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        # uvloop's transports do not inherit asyncio's.
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  asyncio's signature
        """Tell whoever waits."""
        self.lost = True
        if self._done is not None:
            done, self._done = self._done, None
            done(_LOST)

    def data_received(self, data: bytes) -> None:
        """Collect an answer up to the length it announces."""
        self._received += data
        if self._end is None:
            self._find_end()
        if self._end is not None and len(self._received) >= self._end and self._done is not None:
            answer = Answer(int(self._received[9:12]), bytes(self._received[self._start : self._end]))
            self._received.clear()
            self._end, done, self._done = None, self._done, None
            done(answer)

    def _find_end(self) -> None:
        head = self._received.find(b"\r\n\r\n")
        if head >= 0:
            length = self._received.find(b"content-length: ", 0, head)
            line_end = self._received.find(b"\r\n", length)
            self._start = head + 4
            self._end = self._start + int(self._received[length + 16 : line_end])

    def send(self, request: bytes, done: Callable[[Answer], None]) -> None:
        """Send a request; `done` is called with its answer."""
        if self.lost or self._transport is None:
            done(_LOST)
            return
        self._done = done
        self._transport.write(request)

    async def ask(self, request: bytes) -> Answer:
        """Send a request and return its answer."""
        waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.send(request, waiting.set_result)
        return await waiting

    @property
    def port(self) -> int:
        """This side's port."""
        assert self._transport is not None  # noqa: S101  connected
        return int(self._transport.get_extra_info("sockname")[1])

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


def request(path: str, document: str, *, token: str = "", variables: Mapping[str, object] | None = None) -> bytes:
    """Return the bytes of a GraphQL request. Both servers are sent the same ones, but for the path."""
    body = orjson.dumps({"query": document, "variables": variables or {}})
    head = (
        f"POST {path} HTTP/1.1\r\nhost: {HOST}\r\ncontent-type: application/json\r\naccept: application/json\r\n"
        f"authorization: Bearer {token}\r\ncontent-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def connections(server: Server, per_worker: int) -> list[Connection]:
    """Return connections, as many to each worker.

    Which worker accepts is the kernel's choice, so more are opened than are kept.
    Raises: BenchError when a worker accepts none in time.
    """
    loop = asyncio.get_running_loop()
    kept: dict[int, list[Connection]] = {pid: [] for pid in server.workers}
    spare: list[Connection] = []
    deadline = loop.time() + _READY_SECONDS
    while any(len(each) < per_worker for each in kept.values()):
        if loop.time() > deadline:
            raise BenchError(f"A worker of {server.name} does not accept connections.")
        batch = await _open(server, 2 * per_worker)
        for connection in batch:
            mine = kept.get(server.serving_pid(connection.port) or 0)
            (spare if mine is None or len(mine) >= per_worker else mine).append(connection)
        if len(spare) > _PER_WORKER_AT_MOST:
            _close(spare)
    _close(spare)
    return [each for group in zip(*kept.values(), strict=True) for each in group]


async def _open(server: Server, count: int) -> list[Connection]:
    loop = asyncio.get_running_loop()
    try:
        made = await asyncio.gather(*(loop.create_connection(Connection, HOST, server.port) for _ in range(count)))
    except ConnectionRefusedError:
        made = []
    # The kernel completes a connection before a worker accepts it: give the workers a moment.
    await asyncio.sleep(0.05)
    return [protocol for _, protocol in made]


def _close(spare: list[Connection]) -> None:
    for connection in spare:
        connection.close()
    spare.clear()
