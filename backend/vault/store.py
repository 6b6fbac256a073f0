"""The wrapped keys in the database, read and added on a connection of their own.

Invariant: a key is committed before anything is sealed under it. Whatever becomes of the caller's transaction, no value
is left behind whose key was rolled back with it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.db import connection

from backend.vault.envelope import LARGEST_KEY_ID
from backend.vault.errors import VaultError
from backend.vault.key_changes import KeyChange, Record
from backend.vault.states import KeyState, Purpose

# Whoever adds or changes keys holds this lock until the end of the transaction. Any number would do, no other uses it.
KEYS_LOCK = 7_044_202_602


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A wrapped key as its row has it."""

    key_id: int
    purpose: Purpose
    column_name: str
    state: KeyState
    provider: str
    wrapped: bytes | None = field(repr=False)

    @property
    def associated_data(self) -> bytes:
        """What binds the wrapped key to its row."""
        return wrapping_data(self.key_id, self.purpose, self.column_name)


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A new key, wrapped, and the id of the key that wrapped it."""

    provider: str
    wrapped: bytes = field(repr=False)


# Given the associated data, makes a new key and wraps it.
Make = Callable[[bytes], Wrapped]


def wrapping_data(key_id: int, purpose: Purpose, column_name: str) -> bytes:
    """Return the associated data of a wrapped key: another row's does not unwrap under it."""
    named = f"{purpose.value}:{column_name}" if column_name else purpose.value
    return b"prism data key" + key_id.to_bytes(4, "big") + named.encode()


class KeyStore:
    """Reads and adds rows of vault_datakey in the database `conninfo` names at that moment."""

    def __init__(self, conninfo: Callable[[], str]) -> None:
        self._conninfo = conninfo

    def read(self) -> list[StoredKey]:
        """Return all keys, oldest first."""
        with self._connect() as session:
            return _read(session)

    def ensure(self, purpose: Purpose, column_name: str, make: Make) -> None:
        """Add a key unless there is an active one for this; whoever asks at once gets the same."""
        with self._connect() as session:
            session.execute("SELECT pg_advisory_xact_lock(%s)", [KEYS_LOCK])
            found = session.execute(
                "SELECT 1 FROM vault_datakey WHERE purpose = %s AND column_name = %s AND state = 'active'",
                [purpose.value, column_name],
            )
            if found.fetchone() is None:
                _add(session, purpose, column_name, make)

    def rotate(self, make: Make, record: Record) -> int:
        """Add the data key that seals from now on, have the one before only open, and return the new id."""
        with self._connect() as session:
            session.execute("SELECT pg_advisory_xact_lock(%s)", [KEYS_LOCK])
            replaced = session.execute(
                "UPDATE vault_datakey SET state = 'decrypting', replaced_at = statement_timestamp() "
                "WHERE purpose = 'data' AND state = 'active' RETURNING key_id"
            ).fetchall()
            made = _add(session, Purpose.DATA, "", make)
            went = [KeyChange("rotate", key_id, "state", "active", "decrypting") for (key_id,) in replaced]
            record(session, [*went, KeyChange("rotate", made, "state", None, "active")])
            return made

    def rewrap(self, again: Callable[[StoredKey], Wrapped | None], record: Record) -> int:
        """Replace every wrapped key by what `again` makes of it, all or none; return how many it made."""
        with self._connect() as session:
            session.execute("SELECT pg_advisory_xact_lock(%s)", [KEYS_LOCK])
            made = [(wrapped, key) for key in _read(session) if (wrapped := again(key)) is not None]
            for wrapped, key in made:
                session.execute(
                    "UPDATE vault_datakey SET provider = %s, wrapped = %s WHERE key_id = %s",
                    [wrapped.provider, wrapped.wrapped, key.key_id],
                )
            record(
                session, [KeyChange("rewrap", key.key_id, "provider", key.provider, to.provider) for to, key in made]
            )
            return len(made)

    def _connect(self) -> psycopg.Connection[tuple[Any, ...]]:
        return psycopg.connect(self._conninfo(), connect_timeout=5)


def default_conninfo() -> str:
    """Return where Django's default database is."""
    entry = connection.settings_dict
    parts = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    named = {libpq: entry[django] for libpq, django in parts.items() if entry.get(django)}
    known = {key: value for key, value in entry["OPTIONS"].items() if key not in {"pool", "options"}}
    return psycopg.conninfo.make_conninfo(**named, **known)


def _add(session: psycopg.Connection[tuple[Any, ...]], purpose: Purpose, column_name: str, make: Make) -> int:
    ((newest,),) = session.execute("SELECT coalesce(max(key_id), 0) FROM vault_datakey").fetchall()
    if newest >= LARGEST_KEY_ID:
        raise VaultError("There is no further key id.")
    made = make(wrapping_data(newest + 1, purpose, column_name))
    session.execute(
        "INSERT INTO vault_datakey (key_id, purpose, column_name, state, provider, wrapped) "
        "VALUES (%s, %s, %s, 'active', %s, %s)",
        [newest + 1, purpose.value, column_name, made.provider, made.wrapped],
    )
    return int(newest) + 1


def _read(session: psycopg.Connection[tuple[Any, ...]]) -> list[StoredKey]:
    rows = session.execute(
        "SELECT key_id, purpose, column_name, state, provider, wrapped FROM vault_datakey ORDER BY key_id"
    )
    return [StoredKey(row[0], Purpose(row[1]), row[2], KeyState(row[3]), *row[4:]) for row in rows]
