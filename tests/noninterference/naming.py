"""Which names of the whole graph a principal's schema has not: no message may tell them."""

import re
from functools import cache

from graphql import GraphQLSchema

from tests.noninterference.seen import full_schema

# GraphQL's messages put the names they tell between single quotes: 'Customer.phone', '[TaskOrder!]'.
_QUOTED = re.compile(r"'([^']*)'")
_NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")


def names_of(schema: GraphQLSchema) -> frozenset[str]:
    """Return the names of all types, fields, arguments and enum values."""
    found: set[str] = set()
    for name, each in schema.type_map.items():
        found.add(name)
        for field_name, field in getattr(each, "fields", {}).items():
            found |= {field_name, *getattr(field, "args", ())}
        found |= set(getattr(each, "values", ()))
    return frozenset(found)


@cache
def _all_names() -> frozenset[str]:
    return names_of(full_schema())


def hidden_names(schema: GraphQLSchema) -> frozenset[str]:
    """Return the names of the whole graph that a schema has not."""
    return _all_names() - names_of(schema)


def told_names(answer: str) -> frozenset[str]:
    """Return the names an answer's messages tell."""
    return frozenset(name for quoted in _QUOTED.findall(answer) for name in _NAME.findall(quoted))


def names_in(text: str) -> frozenset[str]:
    """Return what looks like names in a text."""
    return frozenset(_NAME.findall(text))
