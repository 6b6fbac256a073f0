"""What a field of the graph is made of. The compiler reads these; the schema's types declare them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from django.db.models import Expression, Model
from graphql import GraphQLField, GraphQLObjectType, get_named_type
from strawberry.schema.schema_converter import GraphQLCoreConverter

from backend.vault.fields import Encrypted
from permissions.categories import Sensitive
from permissions.resources import Resource

METADATA_KEY = "prism"


class Output(Enum):
    """How a column is written in JSON."""

    PLAIN = auto()
    TEXT = auto()
    ENUM = auto()


@dataclass(frozen=True, slots=True)
class Column:
    """A stored column. One that is encrypted at rest has no order, and is compared by its blind index if it has one."""

    column: str
    sensitive: Sensitive | None = None
    output: Output = Output.PLAIN
    sortable: bool = True
    encrypted: Encrypted | None = None


@dataclass(frozen=True, slots=True)
class Computed:
    """A value computed from columns of the row. `expression` gets a function from column name to reference.

    Computed fields carry their classification explicitly; `name` is what a policy calls them.
    """

    name: str
    expression: Callable[[Callable[[str], Any]], Expression]
    sensitive: Sensitive | None = None
    output: Output = Output.PLAIN


@dataclass(frozen=True, slots=True)
class Money:
    """An amount with the row's currency, as one object. `amount` is the gated part."""

    amount: Column | Computed
    currency: str = "currency"

    @property
    def sensitive(self) -> Sensitive | None:
        """The classification of the amount."""
        return self.amount.sensitive


@dataclass(frozen=True, slots=True)
class GlobalId:
    """The node's id in the whole graph."""


@dataclass(frozen=True, slots=True)
class MaskedFields:
    """The names of the fields that are masked for the principal on this row."""


@dataclass(frozen=True, slots=True)
class ToOne:
    """A row a foreign key leads to."""

    relation: str
    target: Resource


@dataclass(frozen=True, slots=True)
class ToOneOf:
    """The most specific of several foreign keys that is set: (relation, target) in order of preference."""

    options: tuple[tuple[str, Resource], ...]


@dataclass(frozen=True, slots=True)
class ToMany:
    """A connection to the rows that point here by `relation`, or that a link table `relation` leads to by `via`."""

    relation: str
    target: Resource
    via: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """The root connection of a resource."""

    target: Resource


@dataclass(frozen=True, slots=True)
class Aggregate:
    """The root field that counts and sums the rows of a resource."""

    target: Resource


@dataclass(frozen=True, slots=True)
class Lookup:
    """A root field that gives one row by key."""

    target: Resource


@dataclass(frozen=True, slots=True)
class AnyNode:
    """A root field that gives rows of any resource."""


Gated = Column | Computed | Money
Descriptor = Gated | GlobalId | MaskedFields | ToOne | ToOneOf | ToMany | Page | Lookup | Aggregate | AnyNode


def targets_of(descriptor: object) -> tuple[Resource, ...]:
    """Return the resources a field leads to; a field leading nowhere the principal sees is not in their schema."""
    match descriptor:
        case ToOne() | ToMany() | Page() | Lookup() | Aggregate():
            return (descriptor.target,)
        case ToOneOf(options):
            return tuple(target for _, target in options)
        case _:
            return ()


def descriptor_of(graphql_field: GraphQLField) -> Any:
    """Return what a field of a built schema is made of, or None for an ordinary Strawberry field."""
    definition = graphql_field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return getattr(definition, "metadata", {}).get(METADATA_KEY)


def object_type_of(graphql_field: GraphQLField) -> GraphQLObjectType:
    """Return the object type a field gives, inside its lists and non-nulls."""
    named = get_named_type(graphql_field.type)
    if not isinstance(named, GraphQLObjectType):
        raise TypeError(f"{named} is not an object type")
    return named


def policy_name(descriptor: Gated) -> str:
    """Return the name by which a policy may override a gated field: its column's."""
    match descriptor:
        case Column():
            return descriptor.column
        case Computed():
            return descriptor.name
        case Money():
            return policy_name(descriptor.amount)


@dataclass(frozen=True, slots=True)
class Noun:
    """A node type of the graph: its resource, its rows, and how its lists may be ordered."""

    resource: Resource
    model: type[Model]
    type_name: str
    python_type: type
    order_keys: Mapping[str, Gated | ToOne]
    default_order: tuple[tuple[str, bool], ...] = (("created_at", True),)
    filterable: Mapping[str, Gated | ToOne | ToMany] = field(default_factory=dict)
    lookups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    aggregable: Mapping[str, Gated] = field(default_factory=dict)
    groupable: Mapping[str, Gated | ToOne] = field(default_factory=dict)
    search_columns: tuple[str, ...] = ()


class Registry:
    """The nouns, by resource. Refuses a second noun for a resource."""

    def __init__(self) -> None:
        self._nouns: dict[Resource, Noun] = {}

    def add(self, noun: Noun) -> None:
        """Register a noun."""
        if noun.resource in self._nouns:
            raise ValueError(f"{noun.resource.value} has a noun already")
        self._nouns[noun.resource] = noun

    def __getitem__(self, resource: Resource) -> Noun:
        return self._nouns[resource]

    def all(self) -> tuple[Noun, ...]:
        """Return every noun, in the order of their declaration."""
        return tuple(self._nouns.values())

    def by_type_name(self, type_name: str) -> Noun | None:
        """Return the noun behind a GraphQL type."""
        return next((noun for noun in self._nouns.values() if noun.type_name == type_name), None)


NOUNS = Registry()
