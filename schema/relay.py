"""Relay's vocabulary: nodes, global ids, connections and edges.

Source: https://relay.dev/graphql/connections.htm, https://relay.dev/graphql/objectidentification.htm
"""

import uuid
from typing import Generic, TypeVar

import strawberry

from permissions.errors import ErrorCode
from schema.engine.fields import METADATA_KEY, GlobalId, MaskedFields
from schema.errors import ClientError

T = TypeVar("T")

_LONGEST_ID = 100


@strawberry.interface(description="An object with an id that is unique in the whole graph.")
class Node:
    """Relay's Node."""

    id: strawberry.ID = strawberry.field(
        description="The object's id, opaque and unique in the whole graph. Give it to `node` to fetch the object.",
        metadata={METADATA_KEY: GlobalId()},
    )
    masked_fields: list[str] = strawberry.field(
        description="The names of this object's fields that are masked for you, whether or not they hold anything.",
        metadata={METADATA_KEY: MaskedFields()},
    )


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    """Relay's PageInfo."""

    has_next_page: bool = strawberry.field(description="Whether there are rows after this page.")
    has_previous_page: bool = strawberry.field(description="Whether there are rows before this page.")
    start_cursor: str | None = strawberry.field(
        description="The cursor of the first row of the page: pass it as `before`. Null when the page is empty."
    )
    end_cursor: str | None = strawberry.field(
        description="The cursor of the last row of the page: pass it as `after`. Null when the page is empty."
    )


@strawberry.type(description="A row in a list, with its place.")
class Edge(Generic[T]):
    """Relay's Edge."""

    node: T = strawberry.field(description="The row.")
    cursor: str = strawberry.field(
        description="The row's place in this list and order, opaque and signed. It is good for you alone, for a day."
    )


@strawberry.type(description="One page of a list, holding only rows you may see.")
class Connection(Generic[T]):
    """Relay's Connection, with `nodes` beside `edges`."""

    nodes: list[T] = strawberry.field(description="The rows of the page.")
    edges: list[Edge[T]] = strawberry.field(description="The rows of the page, each with its cursor.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")
    total_count: int = strawberry.field(
        description="How many rows the whole list has. Counting stops at 10,000: see `totalCountIsCapped`."
    )
    total_count_is_capped: bool = strawberry.field(
        description="Whether the list has more than 10,000 rows, where counting stops."
    )


def encode_id(type_name: str, key: uuid.UUID) -> str:
    """Return the global id of an object; see docs/adr/0004."""
    return f"{type_name}_{key}"


def decode_id(global_id: str, *, expected: str | None = None) -> tuple[str, uuid.UUID]:
    """Return the type name and the key in a global id.

    Raises: ClientError INVALID_ID if it is no id of ours or, where a type is expected, the id of another type.
    """
    type_name, separator, key = global_id[:_LONGEST_ID].rpartition("_")
    try:
        parsed = uuid.UUID(key)
    except ValueError:
        separator = ""
    if not separator or str(parsed) != key or len(global_id) > _LONGEST_ID:
        raise ClientError(ErrorCode.INVALID_ID, "This is not an id of this graph.")
    if expected is not None and type_name != expected:
        raise ClientError(ErrorCode.INVALID_ID, f"This is not the id of a {expected}.")
    return type_name, parsed
