"""The filter inputs: one type a noun, made from its FilterSet and its relations."""

import datetime as dt
import decimal
from typing import Annotated, Any

import strawberry
from django.db import models
from strawberry.utils.str_converters import to_snake_case

from permissions.resources import Resource
from schema.engine.fields import METADATA_KEY, Column, Gated, Money, Noun, ToMany, ToOne
from schema.enums import enum_of
from schema.inputs.lookups import ComparisonFilter, EqualityFilter, FlagFilter, TextFilter
from schema.names import type_name_of


class FilterKey:
    """Marks an input field as a question about a field of a resource."""

    def __init__(self, resource: Resource, made_of: Gated) -> None:
        self.resource, self.made_of = resource, made_of


def filter_input(noun: Noun, module: str) -> type:
    """Return the input type with an optional entry for each filterable field and relation, and and/or/not."""
    own: Any = Annotated[f"{noun.type_name}Filter", strawberry.lazy(module)]
    annotations: dict[str, Any] = {"and_": list[own] | None, "or_": list[own] | None, "not_": own | None}
    body: dict[str, Any] = {
        "and_": _entry("and", "All of these hold."),
        "or_": _entry("or", "At least one of these holds."),
        "not_": _entry("not", "This does not hold. What is masked for you still does not match."),
    }
    for name, made_of in noun.filterable.items():
        attribute = to_snake_case(name)
        annotations[attribute] = _entry_type(noun, made_of, module) | None
        mark = made_of if isinstance(made_of, ToOne | ToMany) else FilterKey(noun.resource, made_of)
        body[attribute] = _entry(name, _entry_text(name, made_of), mark)
    cls = type(f"{noun.type_name}Filter", (), {"__annotations__": annotations, **body})
    return strawberry.input(cls, description=f"Which {noun.type_name} rows: those for which every entry holds.")


def list_filter_input(noun: Noun, module: str) -> type:
    """Return the input type that asks about the rows of a to-many relation."""
    own: Any = Annotated[f"{noun.type_name}Filter", strawberry.lazy(module)]
    annotations = {"some": own | None, "none": own | None, "every": own | None}
    body = {
        "some": _entry("some", "At least one row you may see matches."),
        "none": _entry("none", "No row you may see matches."),
        "every": _entry("every", "Every row you may see matches; so it is when there are none."),
    }
    cls = type(f"{noun.type_name}ListFilter", (), {"__annotations__": annotations, **body})
    return strawberry.input(cls, description=f"Questions about related {noun.type_name} rows, of those you may see.")


def _entry(name: str, description: str, mark: object = None) -> Any:
    metadata = {} if mark is None else {METADATA_KEY: mark}
    return strawberry.field(name=name, default=strawberry.UNSET, description=description, metadata=metadata)


def _entry_text(name: str, made_of: Gated | ToOne | ToMany) -> str:
    match made_of:
        case ToOne():
            return f"`{name}` is a row you may see that matches."
        case ToMany():
            return f"Questions about `{name}`."
        case _:
            return f"Questions about `{name}`."


def _entry_type(noun: Noun, made_of: Gated | ToOne | ToMany, module: str) -> Any:
    from_type = {ToOne: "Filter", ToMany: "ListFilter"}.get(type(made_of))
    if isinstance(made_of, ToOne | ToMany):
        return Annotated[f"{type_name_of(made_of.target)}{from_type}", strawberry.lazy(module)]
    leaf = made_of.amount if isinstance(made_of, Money) else made_of
    if not isinstance(leaf, Column):
        return ComparisonFilter[decimal.Decimal]
    stored: Any = noun.model._meta.get_field(leaf.column)
    lookups = noun.lookups[leaf.column]
    return _lookup_type(stored, "lt" in lookups, "contains" in lookups)


def _lookup_type(stored: Any, is_ordered: bool, is_text: bool) -> Any:
    if is_text:
        return TextFilter
    if stored.choices:
        return _of(EqualityFilter, enum_of(stored))
    if isinstance(stored, models.BooleanField):
        return FlagFilter
    return _of(ComparisonFilter if is_ordered else EqualityFilter, _scalar(stored))


def _of(generic: Any, value: type) -> Any:
    """Return a generic input for one type of value."""
    return generic[value]


def _scalar(stored: Any) -> type:
    match stored:
        case models.DecimalField():
            return decimal.Decimal
        case models.DateTimeField():
            return dt.datetime
        case models.DateField():
            return dt.date
        case models.TextField():
            return str
        case _:
            return int
