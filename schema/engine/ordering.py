"""Orders: what `orderBy` names becomes columns, with the primary key last so that every order is total."""

from collections.abc import Mapping, Sequence
from typing import Any

from permissions.errors import ErrorCode
from permissions.view import CellLevel, View
from schema.engine.fields import Column, Noun, policy_name
from schema.engine.paging import OrderTerm
from schema.errors import ClientError

MAX_ORDER_KEYS = 5


def may_order_by(view: View, noun: Noun, column: Column) -> bool:
    """Whether a list may be ordered by a column: it must be clear on every row the principal sees."""
    if column.sensitive is None:
        return True
    return view.cell(noun.resource, policy_name(column), column.sensitive).level is CellLevel.CLEAR


def order_terms(noun: Noun, order_by: Sequence[Mapping[str, Any]] | None, view: View) -> tuple[OrderTerm, ...]:
    """Return the order's terms.

    Raises: ClientError BAD_USER_INPUT for too many keys, or a key that is not clear on every row.
    """
    if order_by is not None and len(order_by) > MAX_ORDER_KEYS:
        raise ClientError(ErrorCode.BAD_USER_INPUT, f"A list is ordered by at most {MAX_ORDER_KEYS} keys.")
    terms = [_term(noun, name, direction, view) for entry in order_by or () for name, direction in entry.items()]
    if not terms:
        terms = [OrderTerm(column, descending) for column, descending in noun.default_order]
    if all(term.column != "id" for term in terms):
        terms.append(OrderTerm("id", terms[-1].descending))
    return tuple(terms)


def _term(noun: Noun, name: str, direction: Any, view: View) -> OrderTerm:
    column = noun.order_keys.get(name)
    if column is None or not may_order_by(view, noun, column):
        raise ClientError(ErrorCode.BAD_USER_INPUT, "This list cannot be ordered by that key.")
    spelled = str(getattr(direction, "value", direction))
    return OrderTerm(column.column, spelled.startswith("DESC"), spelled.endswith("NULLS_FIRST"))
