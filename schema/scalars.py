"""Custom scalars. What the engine writes in SQL and what these serialise is the same text."""

import datetime as dt
import decimal
from collections.abc import Mapping
from typing import Any, NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

PhoneNumber = NewType("PhoneNumber", str)
EmailAddress = NewType("EmailAddress", str)
CurrencyCode = NewType("CurrencyCode", str)


def _utc_text(value: dt.datetime) -> str:
    """Return RFC 3339 in UTC, without trailing zeros in the fraction, as PostgreSQL writes it."""
    text = value.astimezone(dt.UTC).replace(tzinfo=None).isoformat()
    return f"{text.rstrip('0') if '.' in text else text}+00:00"


def _parse_decimal(value: Any) -> decimal.Decimal:
    if not isinstance(value, str):
        raise TypeError("a Decimal is written as a string")
    try:
        number = decimal.Decimal(value)
    except decimal.InvalidOperation:
        raise ValueError("not a decimal number") from None
    if not number.is_finite():
        raise ValueError("not a finite number")
    return number


SCALARS: Mapping[object, ScalarDefinition] = {
    dt.datetime: strawberry.scalar(
        name="DateTime",
        description="A moment, as RFC 3339 writes it, in UTC: 2026-11-22T01:14:33.5+00:00.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=_utc_text,
        parse_value=dt.datetime.fromisoformat,
    ),
    dt.date: strawberry.scalar(
        name="Date",
        description="A calendar date, as RFC 3339's full-date: 2026-11-22.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339#section-5.6",
        serialize=dt.date.isoformat,
        parse_value=dt.date.fromisoformat,
    ),
    decimal.Decimal: strawberry.scalar(
        name="Decimal",
        description='An exact decimal number, written as a string: "1234.50".',
        specified_by_url="https://www.w3.org/TR/xmlschema-2/#decimal",
        serialize=str,
        parse_value=_parse_decimal,
    ),
    PhoneNumber: strawberry.scalar(
        name="PhoneNumber",
        description="A telephone number in E.164 form (+8613812341234) or, masked, 138****1234.",
        specified_by_url="https://www.itu.int/rec/T-REC-E.164",
        serialize=str,
        parse_value=str,
    ),
    EmailAddress: strawberry.scalar(
        name="EmailAddress",
        description="An e-mail address or, masked, its first character and domain: l***@example.cn.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc5321",
        serialize=str,
        parse_value=str,
    ),
    CurrencyCode: strawberry.scalar(
        name="CurrencyCode",
        description="An ISO 4217 currency code, such as CNY.",
        specified_by_url="https://www.iso.org/iso-4217-currency-codes.html",
        serialize=str,
        parse_value=str,
    ),
}
