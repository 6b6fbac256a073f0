"""Worlds in memory: all rows of a small database, and what changes one world into another."""

import copy
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db.models import Model

from tests.differential.rows import MODELS, World
from tests.noninterference.customers import customers
from tests.noninterference.people import people

Rows = dict[type[Model], dict[uuid.UUID, Any]]


class Kind(StrEnum):
    """The kinds of changes a principal may not notice."""

    MASKED_CELL = "masked cell, masked form kept"
    WITHHELD_CELL = "withheld cell"
    ABSENT_FIELD = "field absent from the schema"
    SUMMED_CELL = "cell seen only in sums of large groups"
    HIDDEN_VALUE = "value of a row out of scope"
    HIDDEN_KEY = "relation to a row out of scope"
    ADDED_ROW = "row added out of scope"
    REMOVED_ROW = "row removed out of scope"
    DELETED_ROW = "soft-deleted row added"
    LINK = "collaboration, share or tag of others"
    UNEXPOSED = "column that no field shows"


@dataclass(frozen=True)
class Write:
    """A row to write whole, or to remove when `row` is None."""

    model: type[Model]
    pk: uuid.UUID
    row: Any | None


@dataclass(frozen=True)
class Change:
    """What one hidden change writes. `cells` are the values it moved, by model and column: what attackers guess."""

    kind: Kind
    writes: tuple[Write, ...]
    columns: tuple[str, ...] = field(default=())

    def __repr__(self) -> str:
        wrote = [f"{each.model.__name__} {each.pk.hex[-10:]}" for each in self.writes]
        return f"<{self.kind}: {', '.join(wrote)} {', '.join(self.columns)}>"


class MemoryWorld(World):
    """A world that was never stored."""

    def __init__(self, rows: Mapping[type[Model], Mapping[uuid.UUID, Any]]) -> None:
        self._rows = {model: dict(rows.get(model, {})) for model in MODELS}
        self._pointing: dict[Any, Any] = {}

    def with_changes(self, changes: Iterable[Change]) -> "MemoryWorld":
        """Return the world after changes."""
        changed = MemoryWorld(self._rows)
        for write in (write for change in changes for write in change.writes):
            if write.row is None:
                changed._rows[write.model].pop(write.pk, None)
            else:
                changed._rows[write.model][write.pk] = write.row
        return changed

    def models(self) -> list[type[Model]]:
        """Return the models, without what only people in charge see."""
        return list(self._rows)

    def everything(self) -> list[Any]:
        """Return every row."""
        return [row for rows in self._rows.values() for row in rows.values()]


def base_world() -> MemoryWorld:
    """Return the small world all pairs start from."""
    rows: Rows = defaultdict(dict)
    for row in (*people(), *customers()):
        assert row.pk not in rows[type(row)], f"{row!r} twice"
        rows[type(row)][row.pk] = row
    return MemoryWorld(rows)


def edited(row: Any, **values: Any) -> Write:
    """Return the write that gives columns of a row other values."""
    made = copy.copy(row)
    for column, value in values.items():
        # Past Django's descriptors for relations, which would look the row up.
        made.__dict__[column] = value
    return Write(type(row), made.pk, made)
