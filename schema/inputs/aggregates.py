"""Aggregates of a noun: the types of the answer, and of `groupBy`, `having` and `orderBy`. One set a noun."""

import datetime as dt
import decimal
from enum import Enum
from typing import Annotated, Any, Generic, TypeVar

import strawberry
from strawberry.utils.str_converters import to_snake_case

from permissions.resources import Resource
from schema.engine.fields import METADATA_KEY, NOUNS, Column, Gated, Noun, Output, ToOne
from schema.engine.stored import value_kind
from schema.enums import enum_of
from schema.inputs.lookups import ComparisonFilter
from schema.inputs.order import OrderDirection
from schema.scalars import CurrencyCode

T = TypeVar("T")
UNSET = strawberry.UNSET

_MASKED = "In how many rows of the group it is masked for you and left out here."


@strawberry.enum(description="A stretch of time to group by.")
class Truncation(Enum):
    """Stretches of time; weeks begin on Monday."""

    DAY = strawberry.enum_value("DAY", description="By day.")
    WEEK = strawberry.enum_value("WEEK", description="By week, beginning on Monday.")
    MONTH = strawberry.enum_value("MONTH", description="By month.")
    QUARTER = strawberry.enum_value("QUARTER", description="By quarter.")
    YEAR = strawberry.enum_value("YEAR", description="By year.")


class AggregateMark:
    """Marks what aggregates a field, or groups by it."""

    def __init__(self, resource: Resource, made_of: Gated | ToOne) -> None:
        self.resource, self.made_of = resource, made_of


@strawberry.type(
    description="Amounts of money of a group; null where there are several currencies, whose sum means nothing."
)
class MoneyAggregates:
    """Over the rows where the amount is clear, or counts in sums."""

    sum: decimal.Decimal | None = strawberry.field(description="The sum.")
    avg: decimal.Decimal | None = strawberry.field(description="The mean, to six decimals.")
    min: decimal.Decimal | None = strawberry.field(description="The smallest.")
    max: decimal.Decimal | None = strawberry.field(description="The largest.")
    count_distinct: int = strawberry.field(description="How many different amounts.")
    currency: CurrencyCode | None = strawberry.field(description="The currency; null when there are several, or none.")
    masked_count: int = strawberry.field(description=_MASKED)


@strawberry.type(description="Numbers of a group.")
class NumberAggregates:
    """Over the rows where the number is clear, or counts in sums."""

    sum: decimal.Decimal | None = strawberry.field(description="The sum.")
    avg: decimal.Decimal | None = strawberry.field(description="The mean, to six decimals.")
    min: decimal.Decimal | None = strawberry.field(description="The smallest.")
    max: decimal.Decimal | None = strawberry.field(description="The largest.")
    count_distinct: int = strawberry.field(description="How many different numbers.")
    masked_count: int = strawberry.field(description=_MASKED)


@strawberry.type(description="Values of a group that have an order but no sum.")
class SpanAggregates(Generic[T]):
    """Over the rows where the value is clear."""

    min: T | None = strawberry.field(description="The earliest.")
    max: T | None = strawberry.field(description="The latest.")
    count_distinct: int = strawberry.field(description="How many different values.")
    masked_count: int = strawberry.field(description=_MASKED)


@strawberry.type(description="Values of a group that can only be told apart.")
class DistinctAggregates:
    """Over the rows where the value is clear."""

    count_distinct: int = strawberry.field(description="How many different values.")
    masked_count: int = strawberry.field(description=_MASKED)


@strawberry.input(description="Which groups, by an aggregated number.")
class NumberHaving:
    """Questions about the aggregates of one field."""

    sum: ComparisonFilter[decimal.Decimal] | None = strawberry.field(default=UNSET, description="About the sum.")
    avg: ComparisonFilter[decimal.Decimal] | None = strawberry.field(default=UNSET, description="About the mean.")
    min: ComparisonFilter[decimal.Decimal] | None = strawberry.field(default=UNSET, description="About the smallest.")
    max: ComparisonFilter[decimal.Decimal] | None = strawberry.field(default=UNSET, description="About the largest.")


@strawberry.input(one_of=True, description="An aggregated number to order groups by: set exactly one.")
class NumberAggregateOrder:
    """One aggregate of one field."""

    sum: OrderDirection | None = strawberry.field(default=UNSET, description="By the sum.")
    avg: OrderDirection | None = strawberry.field(default=UNSET, description="By the mean.")
    min: OrderDirection | None = strawberry.field(default=UNSET, description="By the smallest.")
    max: OrderDirection | None = strawberry.field(default=UNSET, description="By the largest.")


def aggregate_types(noun: Noun, module: str) -> dict[str, type]:
    """Return the types of a noun's aggregates, by name."""
    name = noun.type_name
    kinds = {key: value_kind(noun.model, each) for key, each in noun.aggregable.items()}
    numbers = [(key, each) for key, each in noun.aggregable.items() if kinds[key] in {"money", "number"}]
    made = {
        f"{name}GroupKey": _output(
            f"{name}GroupKey",
            "What the rows of a group have in common. Only what was grouped by is set.",
            {key: (_key_type(noun, each), f"`{key}` of the group.", each) for key, each in noun.groupable.items()},
            noun,
        ),
        f"{name}GroupBy": _one_of(
            f"{name}GroupBy",
            f"One thing to group {name} rows by: set exactly one.",
            {key: (_by_type(noun, each), f"By `{key}`.", each) for key, each in noun.groupable.items()},
            noun,
        ),
    }
    group: _Members = {
        "key": (_lazy(f"{name}GroupKey", module), "What the rows have in common.", None),
        "count": (int, "How many rows.", None),
        "isOther": (bool, "Whether this gathers the rows of groups too small to show on their own.", None),
    }
    group |= {
        key: (_aggregates_type(noun, each), f"`{key}` over the group.", each) for key, each in noun.aggregable.items()
    }
    made[f"{name}Group"] = _output(f"{name}Group", f"{name} rows taken together.", group, noun)
    made[f"{name}Aggregate"] = _output(
        f"{name}Aggregate",
        f"{name} rows counted and summed, of those you may see.",
        {
            "groups": (_list_of(_lazy(f"{name}Group", module)), "The groups; one of all rows when not grouped.", None),
            "maskedCount": (int, "How many rows are in no group, because what is grouped by is masked for you.", None),
        },
        noun,
    )
    having: _Members = {"count": (ComparisonFilter[int], "About the number of rows.", None)}
    having |= {key: (NumberHaving, f"About `{key}`.", each) for key, each in numbers}
    made[f"{name}Having"] = _input(f"{name}Having", f"Which groups of {name} rows.", having, noun)
    order: _Members = {"count": (OrderDirection, "By the number of rows.", None)}
    order |= {key: (NumberAggregateOrder, f"By `{key}`.", each) for key, each in numbers}
    made[f"{name}AggregateOrder"] = _one_of(f"{name}AggregateOrder", "One key to order groups by.", order, noun)
    return made


_Members = dict[str, tuple[Any, str, Any]]


def _members(members: _Members, noun: Noun, *, optional: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    annotations: dict[str, Any] = {}
    body: dict[str, Any] = {}
    for name, (kind, description, made_of) in members.items():
        attribute = to_snake_case(name)
        annotations[attribute] = kind | None if optional else kind
        metadata = {} if made_of is None else {METADATA_KEY: AggregateMark(noun.resource, made_of)}
        default = {"default": UNSET} if optional else {}
        body[attribute] = strawberry.field(name=name, description=description, metadata=metadata, **default)
    return annotations, body


def _output(name: str, description: str, members: _Members, noun: Noun) -> type:
    annotations, body = _members(members, noun, optional=False)
    return strawberry.type(type(name, (), {"__annotations__": annotations, **body}), description=description)


def _input(name: str, description: str, members: _Members, noun: Noun) -> type:
    annotations, body = _members(members, noun, optional=True)
    return strawberry.input(type(name, (), {"__annotations__": annotations, **body}), description=description)


def _one_of(name: str, description: str, members: _Members, noun: Noun) -> type:
    annotations, body = _members(members, noun, optional=True)
    made = type(name, (), {"__annotations__": annotations, **body})
    return strawberry.input(made, one_of=True, description=description)


def _aggregates_type(noun: Noun, made_of: Gated) -> Any:
    match value_kind(noun.model, made_of):
        case "money":
            return MoneyAggregates
        case "number":
            return NumberAggregates
        case "time":
            return SpanAggregates[dt.datetime]
        case "date":
            return SpanAggregates[dt.date]
        case _:
            return DistinctAggregates


def _key_type(noun: Noun, made_of: Gated | ToOne) -> Any:
    if isinstance(made_of, ToOne):
        return NOUNS[made_of.target].python_type | None
    if isinstance(made_of, Column) and made_of.output is Output.ENUM:
        stored: Any = noun.model._meta.get_field(made_of.column)
        return enum_of(stored) | None
    kinds = {"time": dt.date, "date": dt.date, "number": int}
    return kinds.get(value_kind(noun.model, made_of), str) | None


def _by_type(noun: Noun, made_of: Gated | ToOne) -> Any:
    is_time = not isinstance(made_of, ToOne) and value_kind(noun.model, made_of) in {"time", "date"}
    return Truncation if is_time else bool


def _lazy(name: str, module: str) -> Any:
    return Annotated[name, strawberry.lazy(module)]


def _list_of(kind: Any) -> Any:
    return list[kind]
