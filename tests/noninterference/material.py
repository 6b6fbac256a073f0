"""What attackers know: every value and key of both worlds, and above all those the hidden changes touched."""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

from graphql import GraphQLSchema

from tests.differential.nouns import NOUNS, global_id, snake, stored, written
from tests.noninterference.seen import fields_of
from tests.noninterference.worlds import Change, MemoryWorld

_NAMES = {facts.model: name for name, facts in NOUNS.items()}


class Word(str):
    """An enum value or other bare word of a document."""

    __slots__ = ()


class Material:
    """Two worlds and the changes between them, as values to ask with."""

    def __init__(self, schema: GraphQLSchema, worlds: Sequence[MemoryWorld], changes: Sequence[Change]) -> None:
        self.schema, self.worlds, self.changes = schema, worlds, changes
        self._values: dict[tuple[str, str], list[Any]] = {}

    def values(self, type_name: str, field: str) -> list[Any]:
        """Return the values of a field in both worlds, hidden ones too, as a client writes them."""
        key = (type_name, field)
        if key not in self._values:
            rows = (row for world in self.worlds for row in world.all(NOUNS[type_name].model))
            self._values[key] = _distinct(_plain(stored(type_name, field, row)) for row in rows)
        return self._values[key]

    @cached_property
    def hot_rows(self) -> list[Any]:
        """The rows the changes touched, as they are in either world."""
        keys = [(write.model, write.pk) for change in self.changes for write in change.writes]
        rows = (world.row(model, pk) for model, pk in keys for world in self.worlds)
        return [row for row in rows if row is not None and type(row) in _NAMES]

    @cached_property
    def hot(self) -> dict[tuple[str, str], list[Any]]:
        """The values of the touched rows: all of their fields, for the changed ones count most by far."""
        found: dict[tuple[str, str], list[Any]] = {}
        for type_name, field in self.hot_fields:
            if fields_of(type_name)[field] not in {"scalar", "Money"}:
                continue
            rows = [row for row in self.hot_rows if _NAMES[type(row)] == type_name]
            found[type_name, field] = _distinct(_plain(stored(type_name, field, row)) for row in rows)
        return found

    @cached_property
    def hot_fields(self) -> list[tuple[str, str]]:
        """The fields the changes touched, by their names in the graph."""
        named = []
        for column in dict.fromkeys(column for change in self.changes for column in change.columns):
            type_name, _, name = column.partition(".")
            named += [(type_name, each) for each, kind in fields_of(type_name).items() if _is(each, name, kind)]
        return named

    @cached_property
    def hot_types(self) -> list[str]:
        """The types of the touched rows."""
        return list(dict.fromkeys(_NAMES[type(row)] for row in self.hot_rows))

    @cached_property
    def ids(self) -> list[str]:
        """The ids of every row in either world."""
        rows = (row for world in self.worlds for name in NOUNS for row in world.all(NOUNS[name].model))
        return list(dict.fromkeys(global_id(_NAMES[type(row)], row.pk) for row in rows))

    @cached_property
    def hot_ids(self) -> list[str]:
        """The ids of the touched rows."""
        return list(dict.fromkeys(global_id(_NAMES[type(row)], row.pk) for row in self.hot_rows))

    def leads_to_hot(self, type_name: str, field: str) -> bool:
        """Whether a relation leads to rows of a touched type."""
        return fields_of(type_name).get(field, "").removesuffix("Connection") in self.hot_types

    def nears_hot(self, type_name: str) -> bool:
        """Whether some relation of a type does."""
        return type_name in NOUNS and any(self.leads_to_hot(type_name, field) for field in fields_of(type_name))

    @cached_property
    def hot_texts(self) -> list[str]:
        """The texts that were changed."""
        return [text for values in self.hot.values() for text in values if isinstance(text, str) and text]

    @cached_property
    def texts(self) -> list[str]:
        """Texts of both worlds, to search with parts of."""
        columns = ("name", "subject", "content", "number", "phone", "risk_note", "email", "credit_code", "address")
        rows = [row for world in self.worlds for row in world.everything()]
        found = [getattr(row, column, None) for row in rows for column in columns]
        return [text for text in found if text]


def _is(field: str, name: str, kind: str) -> bool:
    derived = field == "margin" and name in {"amount", "cost"}
    return not kind.endswith("Connection") and (derived or snake(field) == snake(name).removesuffix("_id"))


def _plain(value: Any) -> Any:
    return value if isinstance(value, bool | int) else written(value)


def _distinct(values: Iterable[Any]) -> list[Any]:
    return [value for value in dict.fromkeys(values) if value is not None]


def scalar(name: str, number: int) -> Any:
    """Return some value of a scalar, where nothing better is known."""
    match name:
        case "Int" | "Float":
            return number % 8
        case "Boolean":
            return number % 2 == 0
        case "Decimal":
            return str(Decimal(number * 137) / 100)
        case "DateTime":
            return (dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC) - dt.timedelta(days=number % 200)).isoformat()
        case "Date":
            return (dt.date(2026, 3, 31) - dt.timedelta(days=number % 120)).isoformat()
        case _:
            return ("华为", "东方", "", "%", "机密")[number % 5]
