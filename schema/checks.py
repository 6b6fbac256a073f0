"""System checks: a graph that would show more than was decided does not start.

prism.E010  an exposed column that holds free text, an amount or a date and is not declared as classified
prism.E011  a default policy that does not parse, or names a column that is not gated
prism.E012  a computed field without a classification that reads a gated column
prism.E013  a gated field that cannot be null
prism.E014  contact or identity data that is not encrypted, or a value whose reading cannot be put on record
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.db import models
from django.db.models import F
from strawberry.types.base import StrawberryOptional
from strawberry.types.field import StrawberryField

from backend.fields import Classified, sensitive_of
from permissions.categories import Category, Sensitive
from permissions.errors import PolicyError
from permissions.policy import Policy, default_policy
from permissions.view import check_columns
from schema.engine.fields import METADATA_KEY, NOUNS, Column, Computed, Descriptor, Money, Noun, Output, policy_name
from schema.engine.notes import RECORDED
from schema.inputs.types import NOUN_MODULES

_FREE_FORM = (models.CharField, models.TextField, models.DecimalField, models.DateField)


@register("prism")
def check_graph(**_options: Any) -> list[CheckMessage]:
    """Check every noun of the graph, and the policy that ships with it."""
    nouns = nouns_of_the_graph()
    return [
        *unclassified_columns(nouns),
        *misnamed_columns(default_policy, nouns),
        *unclassified_computations(nouns),
        *gated_fields_that_cannot_be_null(nouns),
        *unsealed_columns(nouns),
    ]


def nouns_of_the_graph() -> tuple[Noun, ...]:
    """Return the nouns whose modules the schema reads."""
    named = {module.__name__ for module in NOUN_MODULES}
    return tuple(noun for noun in NOUNS.all() if noun.python_type.__module__ in named)


def unclassified_columns(nouns: Iterable[Noun]) -> list[CheckMessage]:
    """Refuse exposed columns of which nobody decided whether they are plain."""
    return [
        Error(
            f"{noun.type_name}.{field.python_name} exposes {stored}, of which nobody decided whether it is plain.",
            hint="Declare the column by the field classes of backend/fields.py, with or without `sensitive`.",
            id="prism.E010",
        )
        for noun, field, descriptor in _fields(nouns)
        if isinstance(column := _amount(descriptor), Column) and _is_free_form(stored := _stored(noun, column))
    ]


def misnamed_columns(load: Callable[[], Policy], nouns: Iterable[Noun]) -> list[CheckMessage]:
    """Refuse a policy that does not parse, or that decides a column which is not gated."""
    gated = {noun.resource: _classifications(noun) for noun in nouns}
    try:
        check_columns(load(), lambda resource: gated.get(resource, {}))
    except PolicyError as error:
        hint = "See docs/permissions.md for the words a policy may use."
        return [Error(f"The default policy is refused: {error}.", hint=hint, id="prism.E011")]
    return []


def unclassified_computations(nouns: Iterable[Noun]) -> list[CheckMessage]:
    """Refuse computed fields that would show what a gated column hides."""
    return [
        Error(
            f"{noun.type_name}.{field.python_name} is not classified and reads the gated column {column!r}.",
            hint="Give the Computed the classification of what it reads.",
            id="prism.E012",
        )
        for noun, field, descriptor in _fields(nouns)
        if isinstance(computed := _amount(descriptor), Computed) and computed.sensitive is None
        for column in _columns_read(computed)
        if sensitive_of(noun.model._meta.get_field(column)) is not None  # type: ignore[arg-type]
    ]


def gated_fields_that_cannot_be_null(nouns: Iterable[Noun]) -> list[CheckMessage]:
    """Refuse gated fields that have no way to say nothing."""
    return [
        Error(
            f"{noun.type_name}.{field.python_name} is gated and cannot be null.",
            hint="Annotate it with `| None`: where a principal may see nothing of it, it is null.",
            id="prism.E013",
        )
        for noun, field, descriptor in _fields(nouns)
        if getattr(descriptor, "sensitive", None) is not None and not isinstance(field.type, StrawberryOptional)
    ]


def unsealed_columns(nouns: Iterable[Noun]) -> list[CheckMessage]:
    """Refuse fields of recorded categories that the engine cannot mark: what is read in clear goes on record.

    It marks what is sealed, and amounts, which are written as text and hold no quotes.
    """
    return [
        Error(
            f"{noun.type_name}.{field.python_name} is {sensitive.category.value} and not encrypted.",
            hint="Declare the column by a field class of backend/vault/fields.py; only amounts may stay as they are.",
            id="prism.E014",
        )
        for noun, field, descriptor in _fields(nouns)
        if isinstance(amount := _amount(descriptor), Column | Computed)
        and (sensitive := amount.sensitive) is not None
        and sensitive.category in RECORDED
        and not _is_marked(amount, sensitive)
    ]


def _is_marked(leaf: Column | Computed, sensitive: Sensitive) -> bool:
    if isinstance(leaf, Column) and leaf.encrypted is not None:
        return True
    return sensitive.category is Category.FINANCIAL and leaf.output is Output.TEXT


def _fields(nouns: Iterable[Noun]) -> Iterator[tuple[Noun, StrawberryField, Descriptor]]:
    for noun in nouns:
        for field in noun.python_type.__strawberry_definition__.fields:  # type: ignore[attr-defined]
            if METADATA_KEY in field.metadata:
                yield noun, field, field.metadata[METADATA_KEY]


def _amount(descriptor: Descriptor) -> Descriptor:
    return descriptor.amount if isinstance(descriptor, Money) else descriptor


def _stored(noun: Noun, column: Column) -> Any:
    return noun.model._meta.get_field(column.column)


def _is_free_form(stored: Any) -> bool:
    # Django derives DateTimeField from DateField: when something happened is plain, a birthday may not be.
    if isinstance(stored, Classified | models.DateTimeField) or stored.choices:
        return False
    return isinstance(stored, _FREE_FORM)


def _classifications(noun: Noun) -> Mapping[str, Sensitive | None]:
    found: dict[str, Sensitive | None] = {}
    for _, _, descriptor in _fields([noun]):
        if isinstance(descriptor, Column | Computed | Money):
            found[policy_name(descriptor)] = descriptor.sensitive
    return found


def _columns_read(computed: Computed) -> list[str]:
    read: list[str] = []

    def recorded(name: str) -> F:
        read.append(name)
        return F(name)

    computed.expression(recorded)
    return read
