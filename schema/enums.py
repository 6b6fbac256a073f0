"""The domain's vocabularies as GraphQL enums: upper-case names, with the labels as descriptions."""

import inspect
from collections.abc import Mapping
from enum import Enum
from typing import Any

import strawberry
from django.db import models


def graph_enum(choices: type[models.TextChoices]) -> None:
    """Make a vocabulary a GraphQL enum, in place."""
    labels = {name: str(choices[name].label) for name in choices.names}
    describe_enum(choices, inspect.getdoc(choices) or "", labels)
    _VOCABULARIES[tuple((str(value), str(label)) for value, label in choices.choices)] = choices


_VOCABULARIES: dict[tuple[tuple[str, str], ...], type[models.TextChoices]] = {}


def enum_of(stored: Any) -> type[models.TextChoices]:
    """Return the vocabulary a column's choices came from."""
    return _VOCABULARIES[tuple((str(value), str(label)) for value, label in stored.choices or ())]


def describe_enum(enum: type[Enum], description: str, values: Mapping[str, str], name: str | None = None) -> None:
    """Make a Python enum a GraphQL enum, in place, with a description for each value."""
    strawberry.enum(enum, name=name, description=description)
    for value in enum.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values[value.name]
