"""Pages: limits, orders and keyset conditions.

A page is asked for by `first`/`after` or `last`/`before`, as Relay's specification says. A position is the values of
the order's keys on the last row seen, so page 200 costs what page 1 costs.
Source: https://relay.dev/graphql/connections.htm
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import BooleanField, Expression, F, Model, OrderBy
from graphql import FieldNode, StringValueNode, VariableNode

from permissions.errors import ErrorCode
from schema.engine.cursors import CursorKey
from schema.engine.expressions import AllHold, AnyHolds, Compare, Constant, Equals, IsNull, IsPresent, Placeholder
from schema.engine.slots import Binding, CursorSlot
from schema.errors import ClientError

DEFAULT_PAGE = 50
LARGEST_PAGE = 500


@dataclass(frozen=True, slots=True)
class OrderTerm:
    """One key of an order. Nulls come last unless `nulls_first`."""

    column: str
    descending: bool = False
    nulls_first: bool = False


@dataclass(frozen=True, slots=True)
class Cursor:
    """A cursor argument: where its text comes from, and which of its values are null."""

    literal: str | None
    variable: str | None
    values: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A validated page: `size` rows of `order`, forwards from `after` or, when `backward`, backwards from `before`."""

    size: int
    backward: bool
    after: Cursor | None
    before: Cursor | None
    order: tuple[OrderTerm, ...]
    key: CursorKey


def page_request(
    arguments: Mapping[str, Any], node: FieldNode, order: Sequence[OrderTerm], key: CursorKey, binding: Binding
) -> PageRequest:
    """Validate a connection's arguments.

    Raises: ClientError INVALID_PAGE, PAGE_TOO_LARGE, INVALID_CURSOR or CURSOR_EXPIRED.
    """
    first, last = arguments.get("first"), arguments.get("last")
    if first is not None and last is not None:
        raise ClientError(ErrorCode.INVALID_PAGE, "Ask for `first` or for `last`, not for both.")
    asked = last if first is None else first
    size = DEFAULT_PAGE if asked is None else int(asked)
    if size < 0:
        raise ClientError(ErrorCode.INVALID_PAGE, "A page cannot have fewer than 0 rows.")
    if size > LARGEST_PAGE:
        raise ClientError(ErrorCode.PAGE_TOO_LARGE, f"A page has at most {LARGEST_PAGE} rows.")
    after, before = (_cursor(name, arguments, node, key, binding) for name in ("after", "before"))
    return PageRequest(size, last is not None, after, before, tuple(order), key)


def _cursor(
    name: str, arguments: Mapping[str, Any], node: FieldNode, key: CursorKey, binding: Binding
) -> Cursor | None:
    text = arguments.get(name)
    if text is None:
        return None
    values = binding.cursor(text, key)
    value = next(argument.value for argument in node.arguments or () if argument.name.value == name)
    if isinstance(value, VariableNode):
        return Cursor(None, value.name.value, values)
    return Cursor(value.value if isinstance(value, StringValueNode) else text, None, values)


def ordering(order: Sequence[OrderTerm], model: type[Model], *, backward: bool) -> list[OrderBy]:
    """Return ORDER BY terms, reversed for a page read backwards."""
    return [_order_by(term, model, backward=backward) for term in order]


def _order_by(term: OrderTerm, model: type[Model], *, backward: bool) -> OrderBy:
    descending, nulls_first = term.descending != backward, term.nulls_first != backward
    if not model._meta.get_field(term.column).null or descending == nulls_first:
        # Without nulls, or with nulls where PostgreSQL puts them anyway, nothing is said, so that plain indexes serve.
        return OrderBy(F(term.column), descending=descending)
    return OrderBy(
        F(term.column), descending=descending, nulls_first=nulls_first or None, nulls_last=not nulls_first or None
    )


def beyond(cursor: Cursor, request: PageRequest, model: type[Model], *, after: bool) -> Expression:
    """Return the condition for the rows strictly after (or before) a cursor in the request's order."""
    columns = _keys(cursor, request, model)
    directions = {term.descending != after for term in request.order}
    if len(directions) == 1 and all(column.never_null for column in columns):
        less = not directions.pop()
        return Compare([c.reference for c in columns], [c.value for c in columns], less=less)
    alternatives = []
    for position, column in enumerate(columns):
        ties = [earlier.equal() for earlier in columns[:position]]
        alternatives.append(AllHold(*ties, column.strictly(after=after)))
    return AnyHolds(*alternatives)


def reached(cursor: Cursor, request: PageRequest, model: type[Model], *, after: bool) -> Expression:
    """Return the condition for the cursor's own row and those on its near side: the complement of `beyond`."""
    ties = AllHold(*(column.equal() for column in _keys(cursor, request, model)))
    return AnyHolds(beyond(cursor, request, model, after=not after), ties)


def _keys(cursor: Cursor, request: PageRequest, model: type[Model]) -> "list[_Key]":
    return [_Key(term, model, cursor, request.key, position) for position, term in enumerate(request.order)]


class _Key:
    """One order key beside its value in a cursor."""

    def __init__(self, term: OrderTerm, model: type[Model], cursor: Cursor, key: CursorKey, position: int) -> None:
        stored = model._meta.get_field(term.column)
        self.term = term
        self.never_null = not stored.null
        self.is_null = cursor.values[position] is None
        self.reference = F(term.column)
        slot = CursorSlot(cursor.literal, cursor.variable, key, position)
        self.value = Placeholder(slot, str(stored.db_type(connection)))

    def equal(self) -> Expression:
        """The row ties with the cursor on this key."""
        return IsNull(self.reference) if self.is_null else Equals(self.reference, self.value)

    def strictly(self, *, after: bool) -> Expression:
        """The row lies strictly after (or before) the cursor on this key."""
        nulls_beyond = self.term.nulls_first != after
        if self.is_null:
            return Constant("FALSE", BooleanField()) if nulls_beyond else IsPresent(self.reference)
        less = self.term.descending == after
        compared = Compare([self.reference], [self.value], less=less)
        return AnyHolds(compared, IsNull(self.reference)) if nulls_beyond and not self.never_null else compared
