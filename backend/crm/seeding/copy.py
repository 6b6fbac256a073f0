"""Bulk writing: rows gather per table and go out by COPY, parents before children."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from backend.vault.fields import Encrypted

if TYPE_CHECKING:
    # Generic for the type checker only.
    from django.db.models.options import Options

Row = Sequence[str | int | bool | bytes | list[str] | None]


@dataclass(frozen=True)
class Table:
    """A model's table and the columns a seed fills, in the order its rows give them; the row's key is the first."""

    model: type[models.Model]
    columns: tuple[str, ...]

    @property
    def name(self) -> str:
        """The table's name in the database."""
        return self._options.db_table

    @property
    def plural(self) -> str:
        """What a message calls the table's rows."""
        return str(self._options.verbose_name_plural)

    @property
    def _options(self) -> "Options[models.Model]":
        return self.model._meta

    @cached_property
    def _encrypted(self) -> tuple[tuple[int, Encrypted], ...]:
        """The columns that are encrypted at rest, each with its place in a row."""
        fields = {each.attname: each for each in self._options.concrete_fields}
        places = ((place, fields[column]) for place, column in enumerate(self.columns))
        return tuple((place, each) for place, each in places if isinstance(each, Encrypted))

    @cached_property
    def _companions(self) -> tuple[str, ...]:
        """The columns of blind indexes, which follow the others in a stored row."""
        return tuple(each.companion for _, each in self._encrypted if each.index is not None)

    def stored(self, row: Row) -> Row:
        """Return a row as the database holds it: its sensitive values sealed for its key, then their indexes."""
        if not self._encrypted:
            return row
        key, values = uuid.UUID(str(row[0])), list(row)
        for place, column in self._encrypted:
            values[place] = column.seal_for(key, row[place])
        indexes = [column.index_for(row[place]) for place, column in self._encrypted if column.index is not None]
        return [*values, *indexes]

    def statement(self) -> sql.Composed:
        """Return the COPY statement that takes this table's rows."""
        columns = sql.SQL(", ").join(map(sql.Identifier, (*self.columns, *self._companions)))
        return sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(self.name), columns)


class Writer:
    """Gathers rows and writes them table by table.

    Tables are written in the order given, so a row's foreign keys are there when its own statement ends.
    """

    def __init__(self, cursor: CursorWrapper, tables: Sequence[Table]) -> None:
        self._cursor: Any = cursor
        self._pending: dict[Table, list[Row]] = {table: [] for table in tables}
        self.counts: dict[str, int] = {table.name: 0 for table in tables}

    def add(self, table: Table, *rows: Row) -> None:
        """Remember `rows` for the next flush."""
        self._pending[table].extend(rows)

    def flush(self) -> None:
        """Write everything remembered since the last flush."""
        for table, rows in self._pending.items():
            if not rows:
                continue
            with self._cursor.copy(table.statement()) as copy:
                write = copy.write_row
                for row in rows:
                    write(table.stored(row))
            self.counts[table.name] += len(rows)
            rows.clear()

    def analyze(self) -> None:
        """Have PostgreSQL plan by what the tables hold now."""
        for table in self._pending:
            self._cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table.name)))
