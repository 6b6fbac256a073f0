"""The fields of a noun that hold values, as they were declared."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from strawberry.utils.str_converters import to_camel_case

from permissions.categories import Sensitive
from permissions.resources import Resource
from schema.engine.fields import METADATA_KEY, NOUNS, Column, Computed, Gated, Money, policy_name
from schema.inputs import types as nouns

# Imported for what they register: nothing may be looked up before every noun is known.
NOUN_MODULES = nouns.NOUN_MODULES


@cache
def cells_of(resource: Resource) -> Mapping[str, Gated]:
    """Return what the value fields of a resource's type are made of, by their names in the graph."""
    noun = next((noun for noun in NOUNS.all() if noun.resource is resource), None)
    if noun is None:
        return {}
    definition: Any = noun.python_type.__strawberry_definition__  # type: ignore[attr-defined]
    made_of = {to_camel_case(field.python_name): field.metadata.get(METADATA_KEY) for field in definition.fields}
    return {name: each for name, each in made_of.items() if isinstance(each, Column | Computed | Money)}


def gated_columns(resource: Resource) -> Mapping[str, Sensitive | None]:
    """Return the classification of each column of a resource, by the name a policy uses."""
    return {policy_name(made_of): made_of.sensitive for made_of in cells_of(resource).values()}
