"""Pages: limits, orders and keyset conditions.

A page is asked for by `first`/`after` or `last`/`before`, as Relay's specification says. A position is the values of
the order's keys on the last row seen, so page 200 costs what page 1 costs.
Source: https://relay.dev/graphql/connections.htm
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Expression, OrderBy
from graphql import FieldNode, StringValueNode, VariableNode

from permissions.errors import ErrorCode
from schema.engine.cursors import CursorKey
from schema.engine.expressions import AllHold, AnyHolds, Compare, Constant, Equals, IsNull, IsPresent, Placeholder
from schema.engine.ordering import OrderKey
from schema.engine.slots import Binding, CursorSlot
from schema.errors import ClientError

DEFAULT_PAGE = 50
LARGEST_PAGE = 500


@dataclass(frozen=True, slots=True)
class Cursor:
    """A cursor argument: where its text comes from, and which of its values are null."""

    literal: str | None
    variable: str | None
    values: tuple[str | None, ...]
    key: CursorKey


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A validated page: `size` rows in the order of `keys`, from `after` on or, when `backward`, up to `before`."""

    size: int
    backward: bool
    after: Cursor | None
    before: Cursor | None
    keys: tuple[OrderKey, ...]
    cursor_key: CursorKey


def page_request(
    arguments: Mapping[str, Any], node: FieldNode, keys: Sequence[OrderKey], key: CursorKey, binding: Binding
) -> PageRequest:
    """Validate a connection's arguments.

    Raises: ClientError INVALID_PAGE, PAGE_TOO_LARGE, INVALID_CURSOR or CURSOR_EXPIRED.
    """
    first, last = arguments.get("first"), arguments.get("last")
    size = page_size(first, last)
    after, before = (_cursor(name, arguments, node, key, binding) for name in ("after", "before"))
    return PageRequest(size, last is not None, after, before, tuple(keys), key)


def page_size(first: int | None, last: int | None) -> int:
    """Return how many rows a page has.

    Raises: ClientError INVALID_PAGE or PAGE_TOO_LARGE.
    """
    if first is not None and last is not None:
        raise ClientError(ErrorCode.INVALID_PAGE, "Ask for `first` or for `last`, not for both.")
    asked = last if first is None else first
    size = DEFAULT_PAGE if asked is None else int(asked)
    if size < 0:
        raise ClientError(ErrorCode.INVALID_PAGE, "A page cannot have fewer than 0 rows.")
    if size > LARGEST_PAGE:
        raise ClientError(ErrorCode.PAGE_TOO_LARGE, f"A page has at most {LARGEST_PAGE} rows.")
    return size


def _cursor(
    name: str, arguments: Mapping[str, Any], node: FieldNode, key: CursorKey, binding: Binding
) -> Cursor | None:
    text = arguments.get(name)
    if text is None:
        return None
    values = binding.cursor(text, key)
    value = next(argument.value for argument in node.arguments or () if argument.name.value == name)
    if isinstance(value, VariableNode):
        return Cursor(None, value.name.value, values, key)
    return Cursor(value.value if isinstance(value, StringValueNode) else text, None, values, key)


def ordering(keys: Sequence[OrderKey], references: Iterable[Any], *, backward: bool) -> list[OrderBy]:
    """Return ORDER BY terms over references to the keys, reversed for a page read backwards."""
    return [_order_by(key, reference, backward=backward) for key, reference in zip(keys, references, strict=True)]


def _order_by(key: OrderKey, reference: Any, *, backward: bool) -> OrderBy:
    descending, nulls_first = key.descending != backward, key.nulls_first != backward
    if key.never_null or descending == nulls_first:
        # Without nulls, or with nulls where PostgreSQL puts them anyway, nothing is said, so that plain indexes serve.
        return OrderBy(reference, descending=descending)
    return OrderBy(
        reference, descending=descending, nulls_first=nulls_first or None, nulls_last=not nulls_first or None
    )


def beyond(cursor: Cursor, keys: Sequence[OrderKey], *, after: bool) -> Expression:
    """Return the condition for the rows strictly after (or before) a cursor in an order."""
    places = [_Place(key, cursor, position) for position, key in enumerate(keys)]
    directions = {key.descending != after for key in keys}
    if len(directions) == 1 and all(key.never_null for key in keys):
        less = not directions.pop()
        return Compare([key.reference for key in keys], [place.value for place in places], less=less)
    alternatives = []
    for position, place in enumerate(places):
        ties = [earlier.equal() for earlier in places[:position]]
        alternatives.append(AllHold(*ties, place.strictly(after=after)))
    return AnyHolds(*alternatives)


def reached(cursor: Cursor, keys: Sequence[OrderKey], *, after: bool) -> Expression:
    """Return the condition for the cursor's own row and those on its near side: the complement of `beyond`."""
    ties = AllHold(*(_Place(key, cursor, position).equal() for position, key in enumerate(keys)))
    return AnyHolds(beyond(cursor, keys, after=not after), ties)


class _Place:
    """One order key beside its value in a cursor."""

    def __init__(self, key: OrderKey, cursor: Cursor, position: int) -> None:
        self.key = key
        self.is_null = cursor.values[position] is None
        slot = CursorSlot(cursor.literal, cursor.variable, cursor.key, position)
        self.value = Placeholder(slot, key.pg_type)

    def equal(self) -> Expression:
        """The row ties with the cursor on this key."""
        return IsNull(self.key.reference) if self.is_null else Equals(self.key.reference, self.value)

    def strictly(self, *, after: bool) -> Expression:
        """The row lies strictly after (or before) the cursor on this key."""
        key = self.key
        nulls_beyond = key.nulls_first != after
        if self.is_null:
            return Constant("FALSE", BooleanField()) if nulls_beyond else IsPresent(key.reference)
        less = key.descending == after
        compared = Compare([key.reference], [self.value], less=less)
        return AnyHolds(compared, IsNull(key.reference)) if nulls_beyond and not key.never_null else compared
