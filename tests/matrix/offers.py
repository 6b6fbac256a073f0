"""What the committed SDL lets a client ask about a field: nothing here is written by hand, so new doors are found."""

from pathlib import Path
from typing import Any

from graphql import build_schema, get_named_type, is_object_type

GRAPH = build_schema((Path(__file__).parents[2] / "schema" / "schema.graphql").read_text(encoding="utf-8"))


def fields_of(type_name: str) -> dict[str, Any]:
    """Return the fields of a type by name; none where there is no such type."""
    return dict(getattr(GRAPH.type_map.get(type_name), "fields", {}))


def kind_of(noun: str, field: str) -> str:
    """Return the name of the type of a field: `Money`, `PhoneNumber`, `Date` …"""
    return str(get_named_type(fields_of(noun)[field].type))


def lookups_of(noun: str, field: str) -> tuple[str, ...]:
    """Return what a field can be asked in a filter."""
    asked = fields_of(f"{noun}Filter").get(field)
    return () if asked is None else tuple(fields_of(str(get_named_type(asked.type))))


def functions_of(noun: str, field: str) -> tuple[str, ...]:
    """Return what aggregates say of a field."""
    measured = fields_of(f"{noun}Group").get(field)
    return () if measured is None else tuple(fields_of(str(get_named_type(measured.type))))


def is_order_key(noun: str, field: str) -> bool:
    """Whether lists are ordered by a field."""
    return field in fields_of(f"{noun}Order")


def is_group_key(noun: str, field: str) -> bool:
    """Whether rows are grouped by a field."""
    return field in fields_of(f"{noun}GroupBy") or field in fields_of(f"{noun}GroupKey")


def is_number(noun: str, field: str) -> bool:
    """Whether groups are chosen and ordered by aggregates of a field."""
    return field in fields_of(f"{noun}Having")


def is_searched(noun: str) -> bool:
    """Whether the lists of a noun can be searched."""
    whole, inner = place_of(noun)
    holder = fields_of("Query")[whole]
    field = holder if inner is None else fields_of(_noun_listed_by(holder))[inner]
    return "search" in field.args


def aggregate_of(noun: str) -> str | None:
    """Return the root field that aggregates a noun; None for a part."""
    named = {str(get_named_type(field.type)): name for name, field in fields_of("Query").items()}
    return named.get(f"{noun}Aggregate")


def roots_of(noun: str) -> set[str]:
    """Return the root fields that lead to a noun: one row, a list, an aggregate."""
    kinds = {noun, f"{noun}Connection", f"{noun}Aggregate"}
    return {name for name, field in fields_of("Query").items() if str(get_named_type(field.type)) in kinds}


def place_of(noun: str) -> tuple[str, str | None]:
    """Return the root connection of a noun; for a part, that of its whole and the part's connection on it."""
    connections = {name: field for name, field in fields_of("Query").items() if str(field.type).endswith("Connection!")}
    for name, field in connections.items():
        if _noun_listed_by(field) == noun:
            return name, None
    for name, whole in connections.items():
        for inner, field in fields_of(_noun_listed_by(whole)).items():
            if is_object_type(get_named_type(field.type)) and str(field.type) == f"{noun}Connection!":
                return name, inner
    raise LookupError(f"nothing lists {noun}")


def _noun_listed_by(field: Any) -> str:
    return str(field.type).removesuffix("Connection!")
