"""Every question the graph lets a client ask about a field in a filter, and on which values it should hold."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.differential.nouns import written

# lookup → whether it holds of a value that is clear; a missing value equals nothing.
_HOLDS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda value, asked: value is not None and value == asked,
    "ne": lambda value, asked: value is None or value != asked,
    "in": lambda value, asked: value is not None and value in asked,
    "notIn": lambda value, asked: value is None or value not in asked,
    "lt": lambda value, asked: value is not None and value < asked,
    "lte": lambda value, asked: value is not None and value <= asked,
    "gt": lambda value, asked: value is not None and value > asked,
    "gte": lambda value, asked: value is not None and value >= asked,
    "between": lambda value, asked: value is not None and asked["from"] <= value <= asked["to"],
    "contains": lambda value, asked: value is not None and asked in value,
    "startsWith": lambda value, asked: value is not None and value.startswith(asked),
    "isNull": lambda value, asked: (value is None) == asked,
}


@dataclass(frozen=True)
class Question:
    """A filter about one field, and whether it holds of a clear value."""

    filter: dict[str, Any]
    holds: Callable[[Any], bool]


def questions(field: str, lookups: Sequence[str], values: Sequence[Any]) -> Iterator[Question]:
    """Give questions with each lookup and their negations. `values` are those there are, in order.

    Each is put where its answer differs between rows, and where it holds of every value: a masked one must not count.
    """
    for lookup in lookups:
        for asked in _arguments(lookup, values):
            yield from _both_ways(field, lookup, asked)
    if {"eq", "ne"} <= set(lookups):
        one = written(values[0])
        yield Question({"or": [{field: {"eq": one}}, {field: {"ne": one}}]}, lambda _: True)
        yield Question({"and": [{field: {"eq": one}}, {field: {"ne": one}}]}, lambda _: False)


def _both_ways(field: str, lookup: str, asked: Any) -> Iterator[Question]:
    entry = {field: {lookup: _json(asked)}}
    yield Question(entry, lambda value: _HOLDS[lookup](value, asked))
    yield Question({"not": entry}, lambda value: not _HOLDS[lookup](value, asked))


def _arguments(lookup: str, values: Sequence[Any]) -> list[Any]:
    smallest, middle, largest = values[0], values[len(values) // 2], values[-1]
    match lookup:
        case "eq":
            return [smallest, middle, largest, _unlike(largest)]
        case "ne":
            return [middle, _unlike(largest)]
        case "in" | "notIn":
            return [list(values), [middle, _unlike(largest)]]
        case "between":
            return [{"from": smallest, "to": largest}, {"from": middle, "to": largest}]
        case "contains" | "startsWith":
            return [smallest[:3], largest[1:], largest]
        case "isNull":
            return [True, False]
        case _:
            return [smallest, largest]


def _unlike(value: Any) -> Any:
    """Return a value of the same kind that no row has."""
    match value:
        case Decimal():
            return value + Decimal("0.01")
        case dt.date():
            return value + dt.timedelta(days=1)
        case _:
            return value.replace("+86138", "+86139") if value.startswith("+") else f"x{value}"


def _json(asked: Any) -> Any:
    match asked:
        case list():
            return [written(each) for each in asked]
        case dict():
            return {name: written(each) for name, each in asked.items()}
        case _:
            return written(asked)
