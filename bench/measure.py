"""How Prism and the limit are measured beside each other, so that whatever disturbs one disturbs the other."""

import asyncio
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import orjson

from bench.client import Answer, Connection
from bench.errors import BenchError
from bench.servers import Server


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two servers as a query meets it: its connections, and the requests to send, in turn."""

    server: Server
    connections: Sequence[Connection]
    requests: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds an answer took, at one connection."""

    p50: float
    p95: float
    p99: float


def agree(prism: Answer, limit: Answer) -> bool:
    """Whether two answers hold the same `data`, whatever the order of keys and the white space, and no errors."""
    _check(prism)
    _check(limit)
    ours, theirs = orjson.loads(prism.body), orjson.loads(limit.body)
    return "errors" not in ours and ours["data"] is not None and bool(ours["data"] == theirs["data"])


async def check_equal(prism: Side, limit: Side, name: str) -> int:
    """Return the bytes of Prism's answer, once both sides have given the same data to every request.

    Raises: BenchError if they differ.
    """
    size = 0
    for ours, theirs in zip(prism.requests, limit.requests, strict=True):
        answer = await prism.connections[0].ask(ours)
        if not agree(answer, await limit.connections[0].ask(theirs)):
            raise BenchError(f"{name}: Prism and the limit do not answer alike, so there is nothing to compare.")
        size = max(size, len(answer.body))
    return size


async def latencies(sides: tuple[Side, Side], seconds: float) -> tuple[Latency, Latency]:
    """Measure one connection to each side, request by request in turn: A B A B."""
    taken: tuple[list[float], list[float]] = ([], [])
    turns = [(side.connections[0], itertools.cycle(side.requests), times) for side, times in zip(sides, taken)]  # noqa: B905
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for connection, requests, times in turns:
            message = next(requests)
            started = time.perf_counter()
            answer = await connection.ask(message)
            times.append(time.perf_counter() - started)
            _check(answer)
    return _latency(taken[0]), _latency(taken[1])


async def rates(sides: tuple[Side, Side], *, rounds: int, seconds: float) -> tuple[float, float, int]:
    """Measure requests per second over all connections, the sides taking turns in short rounds.

    Returns Prism's rate, the limit's, and the largest resident size of a worker of Prism seen meanwhile.
    """
    counts, memory = [0, 0], 0
    for _ in range(rounds):
        for number, side in enumerate(sides):
            load = asyncio.create_task(_load(side, seconds))
            await asyncio.sleep(seconds / 2)
            if number == 0:
                memory = max(memory, side.server.memory())
            counts[number] += await load
    spent = rounds * seconds
    return counts[0] / spent, counts[1] / spent, memory


async def warm_up(sides: tuple[Side, Side], seconds: float) -> None:
    """Let every session of every worker prepare its statement and settle on a plan."""
    for side in sides:
        await _load(side, seconds)


async def _load(side: Side, seconds: float) -> int:
    """Keep every connection busy for a while; returns how many answers came within it."""
    loop = asyncio.get_running_loop()
    stop = loop.time() + seconds
    finished: list[asyncio.Future[int]] = [loop.create_future() for _ in side.connections]
    for number, (connection, done) in enumerate(zip(side.connections, finished, strict=True)):
        # Each connection begins elsewhere among the requests.
        start = number * len(side.requests) // len(side.connections)
        messages = itertools.islice(itertools.cycle(side.requests), start, None)
        _Pump(connection, messages, done, lambda: loop.time() < stop).start()
    return sum(await asyncio.gather(*finished))


class _Pump:
    """Sends the next request as soon as an answer is there, with no task switch in between."""

    def __init__(
        self, connection: Connection, messages: Iterator[bytes], done: "asyncio.Future[int]", more: Callable[[], bool]
    ) -> None:
        self._connection, self._messages, self._done, self._more = connection, messages, done, more
        self._count = 0

    def start(self) -> None:
        """Send the first request."""
        self._connection.send(next(self._messages), self._answered)

    def _answered(self, answer: Answer) -> None:
        try:
            _check(answer)
        except BenchError as error:
            self._done.set_exception(error)
            return
        if self._more():
            self._count += 1
            self._connection.send(next(self._messages), self._answered)
        else:
            self._done.set_result(self._count)


def _check(answer: Answer) -> None:
    if answer.status != 200 or not answer.body.startswith(b'{"data":{'):
        raise BenchError(f"A server answered {answer.status}: {answer.body[:300].decode(errors='replace')}")


def _latency(times: list[float]) -> Latency:
    ordered = sorted(times)
    at = partial(_quantile, ordered)
    return Latency(at(0.50), at(0.95), at(0.99))


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
