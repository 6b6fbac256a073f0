"""Reads single cells. What is empty is None; what cannot be read is a reason to reject the row."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from backend.crm.pipeline.errors import RowError

LONGEST_TEXT = 200
_NUMBER = re.compile(r"\d{1,14}(\.\d{1,8})?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_CENTS = Decimal("0.01")
# What a money column holds: 18 digits, two of them after the point.
_MOST = Decimal(10) ** 16


def text(cells: Mapping[str, str], column: str) -> str:
    """Return a cell, which may be empty."""
    value = cells[column]
    if len(value) > LONGEST_TEXT:
        raise RowError(f"{column} is longer than {LONGEST_TEXT} characters")
    return value


def name(cells: Mapping[str, str], column: str) -> str:
    """Return a cell that must not be empty."""
    value = text(cells, column)
    if not value:
        raise RowError(f"{column} is empty")
    return value


def money(cells: Mapping[str, str], column: str, *, unit: int = 1) -> Decimal | None:
    """Return an amount given in `unit`s, in whole cents."""
    value = cells[column]
    if not value:
        return None
    if not _NUMBER.fullmatch(value):
        raise RowError(f"{column} {_quoted(value)} is not an amount")
    amount = Decimal(value) * unit
    if amount != amount.quantize(_CENTS) or amount >= _MOST:
        raise RowError(f"{column} {_quoted(value)} is too large or finer than a cent")
    return amount.quantize(_CENTS)


def day(cells: Mapping[str, str], column: str) -> date | None:
    """Return a calendar day written as 2017-03-01."""
    value = cells[column]
    if not value:
        return None
    try:
        if _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError as error:
        raise RowError(f"{column} {_quoted(value)} is not a day of the calendar") from error
    raise RowError(f"{column} {_quoted(value)} is not a day like 2017-03-01")


def _quoted(value: str) -> str:
    return repr(value if len(value) <= 40 else value[:40] + "…")
