"""Opening every value there is, to know that all of it would open."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from psycopg import sql

from backend.vault.columns import BATCH, FIRST, EncryptedTable, column, fetch
from backend.vault.errors import KeyMissing, SealBroken, UnknownFormat
from backend.vault.fields import Encrypted


@dataclass(frozen=True, slots=True)
class Broken:
    """A value that does not open, or an index that does not find its value; by place, without its content."""

    table: str
    column: str
    key: UUID

    def __str__(self) -> str:
        return f"{self.table}.{self.column} of {self.key}"


@dataclass(frozen=True, slots=True)
class Checked:
    """Some rows that were looked at, and what of them is broken."""

    rows: int
    broken: tuple[Broken, ...]


def verify_table(table: EncryptedTable) -> Iterator[Checked]:
    """Open every value of a table, a batch of rows at a time.

    Raises: KeyUnusable, KeyWrong, ProviderFailed.
    """
    after = FIRST
    while rows := fetch(_next_rows(table), after, BATCH):
        yield Checked(len(rows), tuple(found for row in rows for found in _broken(table, *row)))
        after = rows[-1][0]


def opens(field: Encrypted, key: UUID, stored: bytes) -> str | None:
    """Return the text of a stored value, or None when it does not open.

    Raises: KeyUnusable, KeyWrong, ProviderFailed.
    """
    try:
        return field.open_text(key, stored)
    except (SealBroken, UnknownFormat, KeyMissing, UnicodeDecodeError):
        return None


def _next_rows(table: EncryptedTable) -> sql.Composed:
    columns = [sql.SQL(", ").join([column(field), _companion(field)]) for field in table.fields]
    return sql.SQL("SELECT {key}, {columns} FROM {table} WHERE {key} > %s ORDER BY {key} LIMIT %s").format(
        key=table.key_identifier, columns=sql.SQL(", ").join(columns), table=table.identifier
    )


def _companion(field: Encrypted) -> sql.Composable:
    return sql.SQL("NULL") if field.index is None else sql.Identifier(field.companion)


def _broken(table: EncryptedTable, key: UUID, *values: bytes | None) -> Iterator[Broken]:
    for field, stored, found_by in zip(table.fields, values[::2], values[1::2], strict=True):
        text = None if stored is None else opens(field, key, stored)
        if stored is not None and text is None:
            yield Broken(table.name, str(field.column), key)
        elif field.index is not None and found_by != field.index_for(None if text is None else field.of_text(text)):
            yield Broken(table.name, field.companion, key)
