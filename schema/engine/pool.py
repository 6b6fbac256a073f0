"""The pool of read connections: read-only sessions on which prepared statements live."""

from collections.abc import Sequence
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from psycopg.adapt import Loader
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from permissions.errors import ErrorCode
from schema.engine.plan import LARGEST_ANSWER
from schema.errors import ClientError

_PREPARED_PER_CONNECTION = 250
# A prepared statement's plan lives in each connection's memory and is some fifty times its text: what is longer than
# any page of an application needs is planned anew each time.
_LONGEST_PREPARED = 20_000
_WAIT_SECONDS = 5
# A pool that fails to connect waits twice as long each time. Giving up early lets the next request try at once, so an
# outage of any length is over as soon as the database is back.
_RECONNECT_SECONDS = 2
# The engine's statements are one large expression each. Compiling them to machine code costs more than running them,
# and planning them anew for each caller costs more than the plan for one caller gains over the plan for all.
_SESSION = {
    "timezone": "UTC",
    "datestyle": "ISO",
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",
    "default_transaction_read_only": "on",
}


class _Json(Loader):
    """JSON as the bytes PostgreSQL sent: they pass through to the client."""

    def load(self, data: Any) -> bytes:
        """Return the bytes."""
        return bytes(data)


class ReadPool:
    """Runs the engine's statements. One a process; opened and closed with the server."""

    def __init__(self, *, size: int, statement_timeout_ms: int) -> None:
        options = _SESSION | {"statement_timeout": str(statement_timeout_ms)}
        self._pool = AsyncConnectionPool(
            _conninfo(),
            min_size=1,
            max_size=size,
            timeout=_WAIT_SECONDS,
            reconnect_timeout=_RECONNECT_SECONDS,
            open=False,
            configure=_configure,
            kwargs={
                "autocommit": True,
                "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
                "application_name": "prism-read",
            },
        )

    async def open(self) -> None:
        """Connect."""
        await self._pool.open()

    async def close(self) -> None:
        """Disconnect."""
        await self._pool.close()

    async def fetch(self, sql: str, params: Sequence[Any]) -> Sequence[bytes | None]:
        """Run one statement that gives one row of JSON, or none when the answer would be too large.

        A connection that proves dead is replaced and the read tried once more: reads can be repeated.
        Raises: ClientError TIMEOUT, OPERATION_TOO_COMPLEX or UNAVAILABLE.
        """
        try:
            try:
                row = await self._fetch(sql, params)
            except (psycopg.OperationalError, psycopg.InterfaceError) as error:
                if not _is_lost(error):
                    raise
                await self._pool.check()
                row = await self._fetch(sql, params)
        except psycopg.errors.QueryCanceled as error:
            raise ClientError(ErrorCode.TIMEOUT, "The operation took too long and was stopped.") from error
        except (psycopg.errors.ProgramLimitExceeded, psycopg.errors.StatementTooComplex) as error:
            raise _too_large() from error
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise ClientError(ErrorCode.UNAVAILABLE, "The database cannot be reached just now: try again.") from error
        except psycopg.DataError as error:
            raise ClientError(ErrorCode.BAD_USER_INPUT, "A value of the request cannot be compared here.") from error
        if row is None:
            raise _too_large()
        return row

    async def _fetch(self, sql: str, params: Sequence[Any]) -> Sequence[bytes | None] | None:
        async with self._pool.connection() as session:
            # A raw cursor takes PostgreSQL's own numbered placeholders: the text is not parsed again for each request.
            prepare = len(sql) <= _LONGEST_PREPARED
            cursor = await psycopg.AsyncRawCursor(session).execute(sql, params, prepare=prepare)
            return await cursor.fetchone()


def _is_lost(error: psycopg.Error) -> bool:
    """Whether the connection is gone, rather than the statement refused: the server's own words, or none at all."""
    if isinstance(error, PoolTimeout):
        return False
    return error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))


def _too_large() -> ClientError:
    return ClientError(
        ErrorCode.OPERATION_TOO_COMPLEX,
        f"The answer would have more than {LARGEST_ANSWER} bytes: ask for smaller pages, or for less of each row.",
    )


async def _configure(session: psycopg.AsyncConnection[Any]) -> None:
    session.prepared_max = _PREPARED_PER_CONNECTION
    session.adapters.register_loader("json", _Json)


def _conninfo() -> str:
    """Return where Django's default database lives: both read and write the same rows."""
    entry = connection.settings_dict
    parts = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    named = {libpq: entry[django] for libpq, django in parts.items() if entry.get(django)}
    known = {key: value for key, value in entry["OPTIONS"].items() if key not in {"pool", "options"}}
    return psycopg.conninfo.make_conninfo(**named, **known)


def default_pool() -> ReadPool:
    """Return a pool as the settings say."""
    return ReadPool(size=settings.PRISM_POOL_SIZE, statement_timeout_ms=settings.PRISM_STATEMENT_TIMEOUT_MS)
