"""The PostgreSQL types in which values are compared."""

from typing import Any

from django.db.models import BooleanField, DateField, DateTimeField, DecimalField, Model

from schema.engine.fields import Column, Computed, Gated, Money


def pg_type_of(model: type[Model], made_of: Gated) -> str:
    """Return the type of placeholders compared with a field; decimals are not rounded to the column's scale."""
    leaf = made_of.amount if isinstance(made_of, Money) else made_of
    if isinstance(leaf, Computed):
        return "numeric"
    stored: Any = model._meta.get_field(leaf.column)
    match stored:
        case DecimalField():
            return "numeric"
        case DateTimeField():
            return "timestamptz"
        case DateField():
            return "date"
        case BooleanField():
            return "boolean"
        case _ if stored.get_internal_type().endswith("IntegerField"):
            return "integer"
        case _:
            return "text"


def can_be_missing(model: type[Model], made_of: Gated) -> bool:
    """Whether the value can be null."""
    leaf = made_of.amount if isinstance(made_of, Money) else made_of
    return isinstance(leaf, Computed) or bool(model._meta.get_field(leaf.column).null)


def is_indexed(model: type[Model], made_of: Gated) -> bool:
    """Whether an index holds the rows, or those of one owner or team, in the order of a column and the key."""
    if not isinstance(made_of, Column):
        return False
    return any(index.fields[-2:] == [made_of.column, "id"] for index in model._meta.indexes)


def value_kind(model: type[Model], made_of: Gated) -> str:
    """Return what can be said of a field's values together: `money`, `number`, `time`, `date` or `distinct`."""
    if isinstance(made_of, Money):
        return "money"
    kinds = {"numeric": "number", "integer": "number", "timestamptz": "time", "date": "date"}
    return kinds.get(pg_type_of(model, made_of), "distinct")
