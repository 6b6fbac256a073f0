"""The encrypted columns of all installed models, found rather than listed, and what is in them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection
from psycopg import sql

from backend.vault.envelope import SHORTEST, key_id_of
from backend.vault.errors import VaultError
from backend.vault.fields import Encrypted

BATCH = 500
# Below every key there is: rows are walked in the order of theirs.
FIRST = UUID(int=0)


@dataclass(frozen=True, slots=True)
class EncryptedTable:
    """A table with encrypted columns: its fields, and the column of its key."""

    name: str
    key: str
    fields: tuple[Encrypted, ...]

    @property
    def identifier(self) -> sql.Identifier:
        """The table's name, quoted."""
        return sql.Identifier(self.name)

    @property
    def key_identifier(self) -> sql.Identifier:
        """The key's column, quoted."""
        return sql.Identifier(self.key)

    @property
    def columns(self) -> sql.Composed:
        """The encrypted columns, quoted."""
        return sql.SQL(", ").join(column(field) for field in self.fields)


def column(field: Encrypted) -> sql.Identifier:
    """Return the column of a field, quoted."""
    return sql.Identifier(str(field.column))


def encrypted_tables() -> tuple[EncryptedTable, ...]:
    """Return the tables with encrypted columns, by name."""
    found = [
        EncryptedTable(model._meta.db_table, str(model._meta.pk.column), fields)
        for model in apps.get_models()
        if not model._meta.proxy
        and (fields := tuple(each for each in model._meta.local_concrete_fields if isinstance(each, Encrypted)))
    ]
    return tuple(sorted(found, key=lambda table: table.name))


def count_rows(table: EncryptedTable) -> int:
    """Return how many rows there are."""
    ((count,),) = fetch(sql.SQL("SELECT count(*) FROM {}").format(table.identifier))
    return int(count)


def values_by_key() -> dict[int | None, dict[str, int]]:
    """Return, by data key, how many values of which column are sealed under it; under None what is no sealed value."""
    found: dict[int | None, dict[str, int]] = {}
    for table in encrypted_tables():
        for field in table.fields:
            for key_id, count in _counted(table, field):
                columns = found.setdefault(key_id, {})
                columns[field.column_name] = columns.get(field.column_name, 0) + count
    return found


def fetch(statement: sql.Composed, *params: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())


def _counted(table: EncryptedTable, field: Encrypted) -> Iterator[tuple[int | None, int]]:
    statement = sql.SQL(
        "SELECT substring({column} FROM 1 FOR 5), octet_length({column}) >= {shortest}, count(*) "
        "FROM {table} WHERE {column} IS NOT NULL GROUP BY 1, 2"
    ).format(column=column(field), table=table.identifier, shortest=SHORTEST)
    for head, is_whole, count in fetch(statement):
        yield _key_id(bytes(head)) if is_whole else None, count


def _key_id(head: bytes) -> int | None:
    try:
        return key_id_of(head.ljust(SHORTEST, b"\0"))
    except VaultError:
        return None
