"""Two databases for the two worlds of a pair, and the pool that reads from one or the other.

Both hold the same rows. A pair's changes are written inside a transaction and rolled back: the next pair costs no load.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from enum import StrEnum
from typing import Any

import psycopg
from psycopg import sql

from backend.vault.companion import SUFFIX, BlindIndexField
from backend.vault.fields import Encrypted
from backend.vault.keyring import Keyring, keyring_at
from schema.engine import pool as pool_module
from schema.engine.pool import ReadPool
from tests.noninterference.worlds import Change, MemoryWorld, Write
from tests.schema.graph import run_manage


class Side(StrEnum):
    """Which world of the pair."""

    A = "a"
    B = "b"


SIDE: ContextVar[Side] = ContextVar("side")


@contextmanager
def twin_databases(server_url: str, prefix: str, world: MemoryWorld) -> Iterator[dict[Side, str]]:
    """Make two equal databases with the world's rows, yield their URLs, and drop them."""
    admin = psycopg.conninfo.make_conninfo(server_url, dbname="postgres")
    names = {side: f"{prefix}_{side}" for side in Side}
    first, second = (sql.Identifier(name) for name in names.values())
    with psycopg.connect(admin, autocommit=True) as connection:
        try:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(first))
            urls = {side: psycopg.conninfo.make_conninfo(server_url, dbname=name) for side, name in names.items()}
            run_manage(urls[Side.A], "migrate", "--verbosity=0")
            with psycopg.connect(urls[Side.A]) as filling:
                keys = keyring_at(urls[Side.A])
                for row in world.everything():
                    filling.execute(*_insert(row, keys))
            connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(second, first))
            yield urls
        finally:
            for name in (first, second):
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


class TwinPool(ReadPool):
    """A pool with one connection to each world; `SIDE` says which is read."""

    def __init__(self, urls: dict[Side, str]) -> None:
        self._urls = urls
        # One is the other's copy, keys and all.
        self.keys = keyring_at(urls[Side.A])
        self._sessions: dict[Side, psycopg.AsyncConnection[Any]] = {}

    async def open(self) -> None:
        """Connect to both."""
        session = pool_module._SESSION | {"default_transaction_read_only": "off", "statement_timeout": "30000"}
        options = " ".join(f"-c {name}={value}" for name, value in session.items())
        for side, url in self._urls.items():
            self._sessions[side] = await psycopg.AsyncConnection.connect(url, options=options)
            await pool_module._configure(self._sessions[side])

    async def close(self) -> None:
        """Disconnect from both."""
        for session in self._sessions.values():
            await session.close()

    async def become(self, changes: dict[Side, Sequence[Change]]) -> None:
        """Make each world the common one with its changes."""
        await asyncio.gather(*(self._become(side, made) for side, made in changes.items()))

    async def _become(self, side: Side, changes: Iterable[Change]) -> None:
        session = self._sessions[side]
        await session.rollback()
        async with session.pipeline():
            for write in (write for change in changes for write in change.writes):
                await session.execute(_delete(write), [write.pk])
                if write.row is not None:
                    await session.execute(*_insert(write.row, self.keys))
            await session.execute("SAVEPOINT world")

    async def _fetch(self, statement: str, params: Sequence[Any]) -> Sequence[bytes | None] | None:
        session = self._sessions[SIDE.get()]
        try:
            cursor = await psycopg.AsyncRawCursor(session).execute(statement, params)
            return await cursor.fetchone()
        except psycopg.Error:
            await session.execute("ROLLBACK TO SAVEPOINT world")
            raise


def _insert(row: Any, keys: Keyring) -> tuple[sql.Composed, list[Any]]:
    fields = row._meta.concrete_fields
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        sql.Identifier(row._meta.db_table),
        sql.SQL(", ").join(sql.Identifier(each.column) for each in fields),
        sql.SQL(", ").join(sql.Placeholder() for _ in fields),
    )
    return statement, [_stored(row, each, keys) for each in fields]


def _stored(row: Any, field: Any, keys: Keyring) -> Any:
    """Return what a column holds for a row in memory, which is all plaintext."""
    if isinstance(field, BlindIndexField):
        source = row._meta.get_field(field.name.removesuffix(SUFFIX))
        return source.index_for(row.__dict__[source.attname], keys=keys)
    value = row.__dict__[field.attname]
    return field.seal_for(row.pk, value, keys=keys) if isinstance(field, Encrypted) else value


def _delete(write: Write) -> sql.Composed:
    return sql.SQL("DELETE FROM {} WHERE id = %s").format(sql.Identifier(write.model._meta.db_table))
