"""The masks in SQL. They give what `permissions.masks` gives, which a test compares value by value."""

from typing import Any

from django.db.models import Case, Expression, Func, TextField, Value, When

from permissions.categories import Mask
from permissions.predicates import NEVER, any_of
from permissions.view import CellRule
from schema.engine.expressions import Constant
from schema.engine.scoping import Frame, condition


class _TextMask(Func):
    """A mask written as a template over the value."""

    output_field = TextField()

    def __init__(self, expression: Any, template: str) -> None:
        super().__init__(expression, template=template)


# The value stands in each template several times; it is a column, so that costs nothing.
_PHONE = """CASE WHEN starts_with(%(expressions)s, '+86') AND length(%(expressions)s) >= 11
THEN concat(substr(%(expressions)s, 4, 3), '****', right(%(expressions)s, 4))
WHEN NOT starts_with(%(expressions)s, '+86') AND length(%(expressions)s) >= 8
THEN concat(left(%(expressions)s, 3), '****', right(%(expressions)s, 4))
WHEN %(expressions)s IS NOT NULL THEN '****' END"""
_EMAIL = """CASE WHEN position('@' IN %(expressions)s) > 1
THEN concat(left(%(expressions)s, 1), '***', substr(%(expressions)s, position('@' IN %(expressions)s)))
WHEN %(expressions)s IS NOT NULL THEN '***' END"""
_NAME = "(left(%(expressions)s, 1) || '**')"
_ID_NUMBER = """CASE WHEN length(%(expressions)s) >= 8
THEN concat(left(%(expressions)s, 1), repeat('*', length(%(expressions)s) - 2), right(%(expressions)s, 1))
WHEN %(expressions)s IS NOT NULL THEN '****' END"""
_BANK_ACCOUNT = """CASE WHEN length(%(expressions)s) >= 8 THEN concat('****', right(%(expressions)s, 4))
WHEN %(expressions)s IS NOT NULL THEN '****' END"""
_TEXT = "CASE WHEN %(expressions)s = '' THEN '' ELSE left(%(expressions)s, 1) || '***' END"
_AMOUNT = "trunc(%(expressions)s, 1 - length(trunc(abs(%(expressions)s))::text))"

_TEMPLATES: dict[Mask, str] = {
    Mask.PHONE: _PHONE,
    Mask.EMAIL: _EMAIL,
    Mask.NAME: _NAME,
    Mask.ID_NUMBER: _ID_NUMBER,
    Mask.BANK_ACCOUNT: _BANK_ACCOUNT,
    Mask.AMOUNT: _AMOUNT,
    Mask.TEXT: _TEXT,
}


# What a mask gives that cannot keep the value's type.
WITHHELD = Constant("NULL")


def masked(expression: Any, mask: Mask) -> Expression:
    """Return the redacted form of a value, in SQL."""
    template = _TEMPLATES.get(mask)
    return WITHHELD if template is None else _TextMask(expression, template)


def gated(clear: Any, redacted: Any, rule: CellRule, frame: Frame) -> Any:
    """Return a gated cell as the view shows it: clear, redacted or withheld, row by row."""
    output = TextField()
    # One condition for both, so that the value, which may be a whole object, is written once.
    shown = any_of([rule.clear, rule.revealed])
    if shown == NEVER and rule.masked_elsewhere:
        return redacted
    cases = [] if shown == NEVER else [When(condition(shown, frame), then=clear)]
    if not rule.masked_elsewhere:
        cases.append(When(condition(rule.masked, frame), then=redacted))
        redacted = Value(None, output)
    return Case(*cases, default=redacted, output_field=output)
