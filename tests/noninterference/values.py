"""Other values for a cell: with the same masked form, or any."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from permissions.categories import Mask
from permissions.masks import apply_mask
from tests.noninterference.drawing import Dice

_LETTERS = "机密秘内abcxyz"
# Nudges within an amount's bucket, and beyond it where nothing is shown.
_NUDGES = ("0.01", "0.10", "1", "7.77", "-0.01", "-1")


def same_mask(dice: Dice, mask: Mask, value: Any, pool: Sequence[Any]) -> Any:
    """Return another value that the mask shows alike; the same one where there is none at hand."""
    if value is None and mask is not Mask.NULL:
        return None
    shown = apply_mask(mask, value)
    known = [each for each in pool if each is not None and each != value and apply_mask(mask, each) == shown]
    if known and dice.likely(30):
        return dice.one_of(known)
    made = _made(dice, mask, value, pool)
    return made if apply_mask(mask, made) == shown else value


def _made(dice: Dice, mask: Mask, value: Any, pool: Sequence[Any]) -> Any:
    middle = f"{dice.number(10_000):04d}"
    match mask:
        case Mask.PHONE if len(value) > 11:
            return value[:-8] + middle + value[-4:]
        case Mask.PHONE:
            return middle[:3]
        case Mask.EMAIL if "@" in value:
            return f"{value[0]}{middle}{value[value.find('@') :]}"
        case Mask.EMAIL | Mask.TEXT | Mask.NAME:
            return f"{value[0]}{_word(dice)}" if value else value
        case Mask.ID_NUMBER | Mask.BANK_ACCOUNT if len(value) >= 8:
            return value[0] + f"{dice.number(10**6):06d}".rjust(len(value) - 5, "5") + value[-4:]
        case Mask.AMOUNT:
            return value + Decimal(dice.one_of(_NUDGES)) * (1 + dice.number(40))
        case Mask.NULL:
            return dice.one_of([each for each in pool if each != value] or [value])
        case _:
            return value


def another(dice: Dice, column: Any, pool: Sequence[Any]) -> Any:
    """Return a value for a column: one that some row has, none, or a new one."""
    roll = dice.number(100)
    if roll < 45 and pool:
        return dice.one_of(pool)
    if roll < 60 and column.null:
        return None
    if isinstance(column, ArrayField) or column.choices:
        options = [value for value, _ in column.choices or ()] or list(pool)
        return dice.one_of(options)
    return _new(dice, column)


def _new(dice: Dice, column: Any) -> Any:
    match column:
        case models.DecimalField():
            return Decimal(dice.number(10**7)) / 100 if column.max_digits > 5 else Decimal(dice.number(9999)) / 100
        case models.BooleanField():
            return dice.likely(50)
        case models.IntegerField():
            return dice.number(100)
        case models.DateTimeField():
            return dt.datetime(2026, 3, 2, 9, tzinfo=dt.UTC) + dt.timedelta(microseconds=dice.number(4) - 2)
        case models.DateField():
            return dt.date(2026, 3, 1) + dt.timedelta(days=dice.number(60) - 30)
        case _:
            return _word(dice)


def _word(dice: Dice) -> str:
    return "".join(dice.one_of(_LETTERS) for _ in range(2 + dice.number(2)))
