"""What a resolver of a graph field returns: a lazy, scoped selection. It never loads rows; the executor compiles it."""

import uuid
from dataclasses import dataclass

from permissions.resources import Resource


@dataclass(frozen=True, slots=True)
class RowSelection:
    """One row by primary key. A row that is missing or out of scope is NOT_FOUND, or null where `optional`."""

    resource: Resource
    key: uuid.UUID
    optional: bool = False


@dataclass(frozen=True, slots=True)
class RowsSelection:
    """Several rows, of any resource, in the order of their keys."""

    keys: tuple[tuple[Resource, uuid.UUID], ...]


@dataclass(frozen=True, slots=True)
class PageSelection:
    """The root connection of a resource; its arguments stand in the document."""

    resource: Resource


@dataclass(frozen=True, slots=True)
class AggregateSelection:
    """The rows of a resource counted and summed; its arguments stand in the document."""

    resource: Resource


Selection = RowSelection | PageSelection | AggregateSelection
