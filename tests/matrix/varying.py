"""Values by which rows can be told apart: in `world` every row has the same, so that its tables stay short.

Some rows share a value, some have none, and the order of values is not that of the rows.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from django.db.models import Model
from strawberry.utils.str_converters import to_camel_case

from permissions.categories import Mask
from tests.differential.nouns import NOUNS
from tests.matrix.offers import kind_of

_PLACES = 19
_TEXTS = {Mask.ID_NUMBER: "11010119900101{:03d}X", Mask.BANK_ACCOUNT: "62220202001{:05d}"}


@contextmanager
def varied_values() -> Iterator[None]:
    """Give every classified column of every row a value of the row's own; afterwards, the one it had."""
    changed = [
        (row, _vary(noun, row, number))
        for noun, facts in NOUNS.items()
        if _classified(facts.model)
        for number, row in enumerate(facts.model._default_manager.order_by("pk"))
    ]
    try:
        yield
    finally:
        for row, before in changed:
            _write(row, before)


def _classified(model: type[Model]) -> list[Any]:
    return [column for column in model._meta.get_fields() if getattr(column, "sensitive", None) is not None]


def _vary(noun: str, row: Any, number: int) -> dict[str, Any]:
    """Change a row; return what it held. Of six rows the fifth is like the fourth, and the sixth is empty if it may."""
    columns = _classified(type(row))
    before = {column.name: getattr(row, column.name) for column in columns}
    place = ((number - (number % 6 == 4)) * 7 + 3) % _PLACES
    _write(row, {column.name: _value(noun, column, place, missing=number % 6 == 5) for column in columns})
    return before


def _write(row: Any, values: dict[str, Any]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
    row.save()


def _value(noun: str, column: Any, place: int, *, missing: bool = False) -> Any:
    kind = kind_of(noun, to_camel_case(column.name))
    if missing and (column.null or kind == "String"):
        return None if column.null else ""
    match kind:
        case "Money":
            worth = (place + 1) * Decimal("10007.31")
            return worth - Decimal("9000.09") if column.name == "cost" else worth
        case "Decimal":
            return (place + 1) * Decimal("3.37")
        case "Date":
            return dt.date(1960 + place, 1 + place % 12, 1 + place)
        case "PhoneNumber":
            return f"+86138{place:08d}"
        case "EmailAddress":
            return f"person{place}@{column.name}.example.cn"
        case _:
            return _TEXTS.get(column.sensitive.mask, f"{column.name}-secret-{{:02d}}").format(place)
