"""Sealing again, under the current data key, what was sealed under one before.

Invariant: a value is replaced only by a seal of itself. Each batch locks its rows and commits by itself, and an UPDATE
names the bytes it replaces: whoever writes meanwhile wins, and a job that is killed has done whole batches or nothing.
Which rows are left is asked of the rows themselves, so a job that starts again goes on where the last one ended.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from psycopg import sql

from backend.audit.actors import Actor
from backend.audit.canonical import Value
from backend.audit.changes import record_change
from backend.vault.columns import BATCH, FIRST, EncryptedTable, column
from backend.vault.envelope import DataKey, key_id_of
from backend.vault.errors import VaultError
from backend.vault.fields import Encrypted
from backend.vault.keyring import keyring
from backend.vault.recording import RESOURCE, row_of
from backend.vault.verification import Broken, opens


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch: the rows it looked at, the values it sealed again, those that do not open, the last row's key,
    and the data key that seals.
    """

    rows: int
    sealed: int
    broken: tuple[Broken, ...]
    last: UUID
    key_id: int


def reencrypt_table(table: EncryptedTable, actor: Actor | None = None) -> Iterator[Batch]:
    """Seal a table's values again, a batch of rows at a time, each on record as somebody's doing.

    The first pass goes around rows that somebody holds; the second waits for them, one by one, holding none itself.
    Raises: KeyUnusable, KeyWrong, ProviderFailed.
    """
    for size, waits in ((BATCH, False), (1, True)):
        after = FIRST
        while (batch := _recorded(table, after, actor, size=size, waits=waits)) is not None:
            yield batch
            after = batch.last


def _recorded(table: EncryptedTable, after: UUID, actor: Actor | None, *, size: int, waits: bool) -> Batch | None:
    with transaction.atomic():
        batch = _batch(table, after, size=size, waits=waits)
        if actor is not None and batch is not None and batch.sealed:
            changes: dict[str, Value] = {
                "table": {"before": None, "after": table.name},
                "values": {"before": None, "after": batch.sealed},
            }
            record_change(actor.change("reencrypt", RESOURCE, row_of(batch.key_id), changes))
    return batch


def _batch(table: EncryptedTable, after: UUID, *, size: int, waits: bool) -> Batch | None:
    data_key = keyring().current
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_stale_rows(table, waits=waits), [after, *_stale(table, data_key), size])
        rows = cursor.fetchall()
        if not rows:
            return None
        sealed, broken = 0, []
        for place, field in enumerate(table.fields, start=1):
            values = [(row[0], row[place]) for row in rows if row[place] is not None]
            fresh, failed = _sealed_again(field, values, data_key)
            sealed += _replace(cursor, table, field, fresh)
            broken += [Broken(table.name, str(field.column), key) for key in failed]
    return Batch(len(rows), sealed, tuple(broken), rows[-1][0], data_key.key_id)


def _stale_rows(table: EncryptedTable, *, waits: bool) -> sql.Composed:
    conditions = [sql.SQL("substring({} FROM 2 FOR 4) <> %s").format(column(field)) for field in table.fields]
    return sql.SQL(
        "SELECT {key}, {columns} FROM {table} WHERE {key} > %s AND ({stale}) ORDER BY {key} LIMIT %s "
        "FOR NO KEY UPDATE {locked}"
    ).format(
        key=table.key_identifier,
        columns=table.columns,
        table=table.identifier,
        stale=sql.SQL(" OR ").join(conditions),
        locked=sql.SQL("" if waits else "SKIP LOCKED"),
    )


def _stale(table: EncryptedTable, data_key: DataKey) -> list[bytes]:
    return [data_key.key_id.to_bytes(4, "big")] * len(table.fields)


def _sealed_again(
    field: Encrypted, values: Sequence[tuple[UUID, bytes]], data_key: DataKey
) -> tuple[list[tuple[UUID, bytes, bytes]], list[UUID]]:
    """Return key, old and new bytes of what is under another data key, and the keys of rows where it does not open."""
    fresh, failed = [], []
    for key, stored in values:
        if _is_current(stored, data_key):
            continue
        text = opens(field, key, stored)
        if text is None:
            failed.append(key)
        else:
            fresh.append((key, stored, field.seal_text(key, text, data_key=data_key)))
    return fresh, failed


def _is_current(stored: bytes, data_key: DataKey) -> bool:
    try:
        return key_id_of(stored) == data_key.key_id
    except VaultError:
        return False


def _replace(cursor: Any, table: EncryptedTable, field: Encrypted, fresh: Sequence[tuple[UUID, bytes, bytes]]) -> int:
    if not fresh:
        return 0
    statement = sql.SQL(
        "UPDATE {table} SET {column} = fresh.sealed "
        "FROM unnest(%s::uuid[], %s::bytea[], %s::bytea[]) AS fresh (key, was, sealed) "
        "WHERE {table}.{key} = fresh.key AND {table}.{column} = fresh.was"
    ).format(table=table.identifier, column=column(field), key=table.key_identifier)
    cursor.execute(statement, [list(each) for each in zip(*fresh, strict=True)])
    return int(cursor.rowcount)
