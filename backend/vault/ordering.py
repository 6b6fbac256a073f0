"""Sealed values have no order: to sort by one would look like an answer and be none."""

from typing import Any

from django.core.exceptions import FieldError
from django.db.models.expressions import OrderBy

from backend.vault.fields import Encrypted


def refuse_to_order_by_sealed_values() -> None:
    """Have every ORDER BY of an encrypted column refused.

    `as_postgresql` is Django's documented way to adapt an expression to a database; a field has no say in an ordering.
    """
    OrderBy.as_postgresql = _as_postgresql  # type: ignore[attr-defined]


def _as_postgresql(order: OrderBy, compiler: Any, connection: Any, **context: Any) -> Any:
    if isinstance(_type_of(order.expression), Encrypted):
        raise FieldError("An encrypted column cannot be ordered by: what it stores has no order.")
    return order.as_sql(compiler, connection, **context)


def _type_of(expression: Any) -> Any:
    try:
        return getattr(expression, "output_field", None)
    except FieldError:  # Django's answer where an expression has no type.
        return None
