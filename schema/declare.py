"""How the nouns' types are declared: fields over columns, relations and connections, classified from the models.

A noun is a class with annotated fields and the decorator `noun`. What a field is made of stands in its metadata, where
the engine reads it; the directive and the description of a gated field come from the model field's `sensitive`.
"""

from collections.abc import Callable, Mapping
from inspect import Parameter, Signature
from types import MappingProxyType
from typing import Annotated, Any, TypeVar, cast

import strawberry
from django.db import models
from strawberry.types.field import StrawberryField
from strawberry.utils.str_converters import to_camel_case

from backend.crm.filters import FILTERS
from backend.fields import sensitive_of
from backend.vault.fields import Encrypted
from permissions.categories import Sensitive
from permissions.resources import Resource
from permissions.view import token_scope
from schema.directives import RequiresScopes, sensitive_directive, sensitive_note
from schema.engine.fields import (
    METADATA_KEY,
    NOUNS,
    Aggregate,
    Column,
    Computed,
    Descriptor,
    Lookup,
    Money,
    Noun,
    Output,
    Page,
    ToMany,
    ToOne,
    ToOneOf,
    policy_name,
)
from schema.engine.selection import AggregateSelection, PageSelection, RowSelection
from schema.names import type_name_of
from schema.relay import Connection, decode_id

_T = TypeVar("_T", bound=type)

_FIRST = Annotated[
    int | None, strawberry.argument(description="How many rows, from the start. 50 unless told; at most 500.")
]
_AFTER = Annotated[str | None, strawberry.argument(description="Rows after this cursor only.")]
_LAST = Annotated[int | None, strawberry.argument(description="How many rows, from the end. At most 500.")]
_BEFORE = Annotated[str | None, strawberry.argument(description="Rows before this cursor only.")]
_SEARCH = Annotated[
    str | None,
    strawberry.argument(
        description="Rows whose names, numbers or tags contain this, in any width and case. At most 100 characters."
    ),
]
_INPUTS = "schema.inputs.types"
_FILTER_TEXT = "Rows for which all of this holds. What is masked for you matches nothing, nor a negation."
_ORDER_TEXT = "The order, by these keys in turn; at most 5. Rows that tie are ordered by id."


def column(description: str, name: str = "", *, sortable: bool = True) -> Any:
    """Declare a field over a stored column, of the same name unless told."""
    return _field(description, Column(name, sortable=sortable))


def money(description: str, name: str = "", *, currency: str = "currency") -> Any:
    """Declare an amount with the row's currency."""
    return _field(description, Money(Column(name, output=Output.TEXT), currency))


def computed(description: str, value: Computed, *, currency: str | None = None) -> Any:
    """Declare a value computed from the row, alone or as money."""
    return _field(description, value if currency is None else Money(value, currency))


def to_one(description: str, relation: str, target: Resource) -> Any:
    """Declare the row a foreign key leads to; null when there is none or the principal may not see it."""
    return _field(description, ToOne(relation, target))


def to_one_of(description: str, *options: tuple[str, Resource]) -> Any:
    """Declare the row that the first set foreign key leads to."""
    return _field(description, ToOneOf(options))


def to_many(description: str, relation: str, target: Resource, module: str, *, via: str | None = None) -> Any:
    """Declare a connection to the rows that point here, or that a link table leads to. `module` declares their type."""
    return _connection(description, ToMany(relation, target, via), target, module)


def page_of(description: str, target: Resource, module: str) -> Any:
    """Declare the root connection of a noun."""
    return _connection(description, Page(target), target, module)


def aggregate_of(description: str, target: Resource) -> Any:
    """Declare the root field that counts and sums the rows of a noun."""
    type_name = type_name_of(target)

    def resolve(**arguments: Any) -> Any:
        return AggregateSelection(target)

    by, order = (list[_lazy(f"{type_name}{kind}", _INPUTS)] for kind in ("GroupBy", "AggregateOrder"))  # type: ignore[misc]
    arguments = {
        "filter": _described(_lazy(f"{type_name}Filter", _INPUTS), _FILTER_TEXT),
        "group_by": _described(by, "What to group by, at most 3 things. Nothing: one group of all rows."),
        "having": _described(_lazy(f"{type_name}Having", _INPUTS), "Groups for which all of this holds."),
        "order_by": _described(order, "The order of the groups; by what they are grouped by unless told."),
        "limit": _described(int, "How many groups. 100 unless told; at most 500."),
        "time_zone": _described(str, "The time zone days begin in, such as Asia/Shanghai, which it is unless told."),
    }
    if FILTERS[target].search_columns:
        arguments["search"] = _SEARCH
    _declare(resolve, arguments, _lazy(f"{type_name}Aggregate", _INPUTS))
    return strawberry.field(
        resolver=resolve,
        description=description,
        directives=[_requires(target)],
        metadata={METADATA_KEY: Aggregate(target)},
    )


def row_of(description: str, target: Resource, module: str) -> Any:
    """Declare the root field that gives one row of a noun by its id."""
    type_name = type_name_of(target)

    def resolve(id: Any) -> Any:  # noqa: A002  the argument's name in the graph
        return RowSelection(target, decode_id(id, expected=type_name)[1])

    described = Annotated[strawberry.ID, strawberry.argument(description=f"The id of the {type_name}.")]
    resolve.__annotations__ = {"id": described, "return": _lazy(type_name, module) | None}
    return strawberry.field(
        resolver=resolve,
        description=description,
        directives=[_requires(target)],
        metadata={METADATA_KEY: Lookup(target)},
    )


def noun(
    resource: Resource, model: type[models.Model], description: str, *, default_order: tuple[tuple[str, bool], ...]
) -> Callable[[_T], _T]:
    """Make a class the node type of a resource, and register it with the engine."""

    def decorate(cls: _T) -> _T:
        descriptors: dict[str, Descriptor] = {}
        for name, value in list(vars(cls).items()):
            if isinstance(value, StrawberryField) and METADATA_KEY in value.metadata:
                descriptor = _completed(value.metadata[METADATA_KEY], name, model)
                _classify(value, descriptor)
                descriptors[to_camel_case(name)] = descriptor
        made: Any = strawberry.type(cls, description=description, directives=[_requires(resource)])
        lookups = FILTERS[resource].lookups()
        NOUNS.add(
            Noun(
                resource=resource,
                model=model,
                type_name=cls.__name__,
                python_type=made,
                order_keys=cast("Any", {name: each for name, each in descriptors.items() if _is_order_key(each)}),
                default_order=default_order,
                filterable=cast(
                    "Any", {name: each for name, each in descriptors.items() if _is_filterable(each, lookups)}
                ),
                lookups=lookups,
                aggregable=cast("Any", {key: each for key, each in descriptors.items() if _is_aggregable(each)}),
                groupable=cast("Any", {key: each for key, each in descriptors.items() if _is_groupable(each)}),
                search_columns=tuple(FILTERS[resource].search_columns),
            )
        )
        return made  # type: ignore[no-any-return]

    return decorate


def _field(description: str, descriptor: Descriptor) -> Any:
    return strawberry.field(description=description, metadata={METADATA_KEY: descriptor})


def _connection(description: str, descriptor: ToMany | Page, target: Resource, module: str) -> Any:
    type_name = type_name_of(target)

    # The engine reads the arguments from the document, where it also sees which of them are variables.
    def resolve(**arguments: Any) -> Any:
        return PageSelection(target)

    arguments = {
        "first": _FIRST,
        "after": _AFTER,
        "last": _LAST,
        "before": _BEFORE,
        "order_by": _described(list[_lazy(f"{type_name}Order", _INPUTS)], _ORDER_TEXT),  # type: ignore[misc]
        "filter": _described(_lazy(f"{type_name}Filter", _INPUTS), _FILTER_TEXT),
    }
    if FILTERS[target].search_columns:
        arguments["search"] = _SEARCH
    _declare(resolve, arguments, Connection[_lazy(type_name, module)])  # type: ignore[misc]
    directives = [_requires(target)] if isinstance(descriptor, Page) else []
    return strawberry.field(
        resolver=resolve, description=description, directives=directives, metadata={METADATA_KEY: descriptor}
    )


def _declare(resolve: Callable[..., Any], arguments: Mapping[str, Any], returns: Any) -> None:
    """Give a resolver that takes anything the signature Strawberry reads."""
    parameters = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in arguments.items()
    ]
    resolve.__annotations__ = {**arguments, "return": returns}
    resolve.__signature__ = Signature(parameters, return_annotation=returns)  # type: ignore[attr-defined]


def _described(kind: Any, description: str) -> Any:
    """Return the annotation of an optional argument."""
    return Annotated[kind | None, strawberry.argument(description=description)]


def _lazy(name: str, module: str) -> Any:
    """Return a reference to a type of another noun's module, which is read when the schema is built."""
    return Annotated[name, strawberry.lazy(module)]


def _requires(resource: Resource) -> RequiresScopes:
    return RequiresScopes(scopes=[[token_scope(resource)]])


def _completed(descriptor: Descriptor, name: str, model: type[models.Model]) -> Descriptor:
    """Fill in what the model knows: the column's name, its classification, its form in JSON."""
    match descriptor:
        case Column():
            stored = model._meta.get_field(descriptor.column or name)
            encrypted = stored if isinstance(stored, Encrypted) else None
            sortable = descriptor.sortable and encrypted is None
            return Column(stored.name, _classification(stored), _output(stored), sortable, encrypted)
        case Money(amount=Column() as amount):
            completed = _completed(amount, name, model)
            return Money(completed, descriptor.currency)  # type: ignore[arg-type]
        case _:
            return descriptor


def _classification(stored: Any) -> Sensitive | None:
    return sensitive_of(stored)


def _output(stored: Any) -> Output:
    if stored.choices:
        return Output.ENUM
    return Output.TEXT if isinstance(stored, models.DecimalField) else Output.PLAIN


def _classify(field: StrawberryField, descriptor: Descriptor) -> None:
    field.metadata = MappingProxyType({**field.metadata, METADATA_KEY: descriptor})
    sensitive = getattr(descriptor, "sensitive", None)
    if sensitive is not None:
        field.directives = [*field.directives, sensitive_directive(sensitive)]
        field.description = f"{field.description} {sensitive_note(sensitive)}"


def _is_order_key(descriptor: Descriptor) -> bool:
    match descriptor:
        case Column():
            return descriptor.sortable and descriptor.output is not Output.ENUM
        case Money():
            return True
        case _:
            return isinstance(descriptor, ToOne)


def _is_aggregable(descriptor: Descriptor) -> bool:
    if isinstance(descriptor, Column):
        return descriptor.sortable or descriptor.output is Output.ENUM
    return isinstance(descriptor, Money | Computed)


def _is_groupable(descriptor: Descriptor) -> bool:
    """A group is made of what many rows share: vocabularies, plain values and times, related rows; not amounts."""
    if isinstance(descriptor, Column):
        return descriptor.output is not Output.TEXT and (descriptor.sortable or descriptor.output is Output.ENUM)
    return isinstance(descriptor, ToOne)


def _is_filterable(descriptor: Descriptor, lookups: Mapping[str, frozenset[str]]) -> bool:
    match descriptor:
        case Column(encrypted=Encrypted(index=None)):
            return False
        case Column() | Money(amount=Column()):
            return policy_name(descriptor) in lookups
        case Money():
            return True
        case _:
            return isinstance(descriptor, ToOne | ToMany)
