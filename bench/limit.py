"""The limit: what a server costs that runs one hand-written statement and passes its bytes through.

It knows no tokens, no policy and no GraphQL: the statement of `/q2.sales` is written for that role, and bound to the
user of that name when the server starts. Its pool, sessions and prepared statements are those of Prism's read pool.
"""

import os
import uuid
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

import orjson
import psycopg
from psycopg.adapt import Loader
from psycopg_pool import AsyncConnectionPool

from bench.queries import QUERIES, Query, Second

_POOL_SIZE = 8
_PREPARED_PER_CONNECTION = 500
# A plan for all callers serves these statements better than a plan for each, which costs a planning a request.
_OPTIONS = (
    "-c jit=off -c plan_cache_mode=force_generic_plan -c timezone=UTC -c datestyle=ISO"
    " -c default_transaction_read_only=on -c statement_timeout=10000 -c search_path=plain,public"
)
_HEADERS = (
    (b"content-type", b"application/json; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class _Json(Loader):
    """JSON as the bytes PostgreSQL sent."""

    def load(self, data: Any) -> bytes:
        """Return the bytes."""
        return bytes(data)


class Limit:
    """An ASGI application with one statement a path."""

    def __init__(self) -> None:
        self._pool: AsyncConnectionPool[psycopg.AsyncConnection[tuple[bytes]]] | None = None
        self._statements: dict[str, tuple[Query, Sequence[Any]]] = {}

    async def startup(self) -> None:
        """Connect, and learn the keys of the people the statements are bound to."""
        kwargs = {"autocommit": True, "options": _OPTIONS, "application_name": "prism-limit"}
        self._pool = AsyncConnectionPool(
            os.environ["DATABASE_URL"], min_size=1, max_size=_POOL_SIZE, open=False, configure=_configure, kwargs=kwargs
        )
        await self._pool.open()
        async with self._pool.connection() as session:
            for query in QUERIES:
                me, teams = await _person(session, query.role)
                more: list[Any] = [teams] if query.second is Second.TEAMS else []
                if query.second is Second.PLACE:
                    more = await _place(session, query)
                self._statements[f"/{query.key}"] = query, [me, *more]

    async def shutdown(self) -> None:
        """Disconnect."""
        if self._pool is not None:
            await self._pool.close()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        body = b""
        while (message := await receive()).get("more_body", False):
            body += message["body"]
        body += message.get("body", b"")
        query, params = self._statements[scope["path"]]
        if query.by_id:
            key = orjson.loads(body)["variables"]["id"].partition("_")[2]
            params = [*params, uuid.UUID(key)]
        answer = b'{"data":' + await self._run(query.sql, params) + b"}"
        headers = [*_HEADERS, (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _run(self, sql: str, params: Sequence[Any]) -> bytes:
        assert self._pool is not None  # noqa: S101  startup ran
        async with self._pool.connection() as session:
            # PostgreSQL's own numbered placeholders: the text is not parsed again for each request.
            cursor = await psycopg.AsyncRawCursor(session).execute(sql, params, prepare=True)
            row = await cursor.fetchone()
        return row[0] if row is not None else b"null"

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self.startup()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self.shutdown()
                await send({"type": "lifespan.shutdown.complete"})
                return


async def _configure(session: psycopg.AsyncConnection[Any]) -> None:
    session.prepared_max = _PREPARED_PER_CONNECTION
    session.adapters.register_loader("json", _Json)


async def _person(session: psycopg.AsyncConnection[Any], username: str) -> tuple[uuid.UUID, list[uuid.UUID]]:
    """Return the user's key, and the keys of their team and of those below it."""
    cursor = await session.execute(
        "SELECT u.id, ARRAY(SELECT t.id FROM identity_team t WHERE t.path @> ARRAY[u.team_id])"
        " FROM identity_user u WHERE u.username = %s",
        [username],
    )
    row = await cursor.fetchone()
    if row is None:
        raise LookupError(f"there is no user {username}")
    return row[0], row[1]


async def _place(session: psycopg.AsyncConnection[Any], query: Query) -> list[Any]:
    """Return the name and key of the last row before the query's page; what comes before all rows for the first."""
    cursor = await session.execute(
        "SELECT name, id FROM (SELECT name, id FROM crm_customer WHERE deleted_at IS NULL ORDER BY name, id LIMIT %s) s"
        " ORDER BY name DESC, id DESC LIMIT 1",
        [query.skipped],
    )
    return list(await cursor.fetchone() or ("", uuid.UUID(int=0)))


application = Limit()
