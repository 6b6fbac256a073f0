"""One run: both servers up, every query checked, warmed up and measured."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import orjson

from bench.client import Connection, connections, request
from bench.measure import Side, check_equal, latencies, rates, warm_up
from bench.queries import LARGEST_PAGE, Query
from bench.report import Figures
from bench.servers import WORKERS, Server

CONNECTIONS = 16


@dataclass(frozen=True, slots=True)
class Run:
    """What a run needs: the servers, a token for each role, ids for the queries by id, and how long to measure."""

    prism: Server
    limit: Server
    tokens: dict[str, str]
    ids: Sequence[str]
    rounds: int
    seconds: float
    say: Callable[[str], None]

    async def measure(self, queries: Sequence[Query]) -> tuple[list[Figures], float | None]:
        """Return the figures of each query, and how often Prism's plan caches were hit over the whole run."""
        ours = await connections(self.prism, CONNECTIONS // WORKERS)
        theirs = await connections(self.limit, CONNECTIONS // WORKERS)
        try:
            figures = await self._all_figures([(query, await self._sides(query, ours, theirs)) for query in queries])
            return figures, await self._hit_rate(ours[:WORKERS])
        finally:
            _hang_up(*ours, *theirs)

    async def agree(self, queries: Sequence[Query]) -> list[int]:
        """Return the bytes of each query's answer, once Prism and the limit have given the same data."""
        ours, theirs = await connections(self.prism, 1), await connections(self.limit, 1)
        try:
            return [await check_equal(*await self._sides(query, ours, theirs), query.key) for query in queries]
        finally:
            _hang_up(*ours, *theirs)

    async def _all_figures(self, pairs: Sequence[tuple[Query, tuple[Side, Side]]]) -> list[Figures]:
        sizes = [await check_equal(*sides, query.key) for query, sides in pairs]
        self.say("Prism and the limit answer alike.")
        figures = []
        for (query, sides), size in zip(pairs, sizes, strict=True):
            self.say(f"Measuring {query.name} as {query.role}")
            figures.append(await self._figures(query, sides, size))
        return figures

    async def _figures(self, query: Query, sides: tuple[Side, Side], size: int) -> Figures:
        await warm_up(sides, self.seconds)
        prism, limit = await latencies(sides, self.seconds * self.rounds)
        prism_rate, limit_rate, memory = await rates(sides, rounds=self.rounds, seconds=self.seconds)
        return Figures(query, size, prism, limit, prism_rate, limit_rate, memory)

    async def _sides(self, query: Query, ours: Sequence[Connection], theirs: Sequence[Connection]) -> tuple[Side, Side]:
        variables: list[dict[str, str]] = [{"id": each} for each in self.ids] if query.by_id else [{}]
        if query.skipped:
            variables = [{"after": await self._cursor(query, ours[0])}]
        token = self.tokens[query.role]

        def requests(path: str) -> list[bytes]:
            return [request(path, query.document, token=token, variables=each) for each in variables]

        return (
            Side(self.prism, ours, requests("/graphql")),
            Side(self.limit, theirs, requests(f"/{query.key}")),
        )

    async def _cursor(self, query: Query, connection: Connection) -> str:
        """Return the cursor of the last row before the query's page, found as a client finds it: by reading on."""
        document = query.document.replace("first: 50", "first: $first").replace(
            "query Q8(", "query Walk($first: Int!, "
        )
        walk = document.replace("nodes {", "pageInfo { endCursor } nodes {")
        cursor, left = "", query.skipped
        while left > 0:
            variables: dict[str, object] = {"first": min(left, LARGEST_PAGE), "after": cursor or None}
            message = request("/graphql", walk, token=self.tokens[query.role], variables=variables)
            page = orjson.loads((await connection.ask(message)).body)["data"]["customers"]
            if not page["nodes"]:
                break
            cursor, left = page["pageInfo"]["endCursor"] or cursor, left - len(page["nodes"])
        return cursor

    async def _hit_rate(self, one_a_worker: Sequence[Connection]) -> float | None:
        answers = [await each.ask(request("/bench/plans", "")) for each in one_a_worker]
        counters = [orjson.loads(answer.body) for answer in answers]
        hits, misses = (sum(pair[number] for pair in counters) for number in (0, 1))
        return hits / (hits + misses) if hits else None


def _hang_up(*all_of_them: Connection) -> None:
    for connection in all_of_them:
        connection.close()
