"""The masks in SQL give what the masks in Python give, value by value, through a real PostgreSQL."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models.sql import Query
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from permissions.categories import Mask
from permissions.masks import MASKS, apply_mask
from schema.engine.expressions import Constant
from schema.engine.masks import masked

pytestmark = pytest.mark.django_db

TEXT_MASKS = [mask for mask in MASKS if mask not in {Mask.AMOUNT, Mask.NULL}]
# PostgreSQL stores every text but NUL and lone surrogates.
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=24)
DIGITS = st.text("+0123456789- ", max_size=16)
EMAILS = st.text("a@.张🦊 ", max_size=10)
AMOUNTS = st.decimals(
    min_value=Decimal("-9999999999999999.99"), max_value=Decimal("9999999999999999.99"), places=2, allow_nan=False
)

_settings = settings(
    max_examples=150,
    derandomize=True,
    database=None,
    deadline=None,
    # One connection serves every example: nothing is written.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def in_sql(values: list[Any], pg_type: str, mask: Mask) -> list[Any]:
    """Return the masked values, all of one statement, in their order."""
    expression: Any = masked(Constant("v"), mask)
    query = Query(None)
    sql, params = query.get_compiler(connection=connection).compile(expression.resolve_expression(query))
    assert not params
    with connection.cursor() as cursor:
        rows = f"SELECT {sql} FROM unnest(%s::{pg_type}[]) WITH ORDINALITY AS t(v, n) ORDER BY n"  # noqa: S608  a test's own text
        cursor.execute(rows.replace("%s", "\0").replace("%", "%%").replace("\0", "%s"), [values])
        return [value for (value,) in cursor.fetchall()]


@pytest.mark.parametrize("mask", TEXT_MASKS)
@_settings
@given(values=st.lists(TEXTS | DIGITS | EMAILS | st.none(), min_size=1, max_size=12))
@example(values=["", "1", "12345678", "1234567", "+86", "+8613812341234", "+861234567", "+8612345678", "+14155550100"])
@example(values=["@", "a@", "@b", "a@b@c", "no-at", "张@例.cn", "🦊@x", "100% %s", "%%", "\\", "'", '"', "\n@\t"])
@example(values=[None])
def test_text_is_masked_alike(mask: Mask, values: list[str | None]) -> None:
    assert in_sql(values, "text", mask) == [apply_mask(mask, value) for value in values]


@_settings
@given(values=st.lists(AMOUNTS | st.none(), min_size=1, max_size=12))
@example(values=[Decimal(text) for text in ("0", "0.00", "0.01", "0.99", "-0.99", "1", "9.99", "10.00", "-10.00")])
@example(values=[Decimal("9999999999999999.99"), Decimal("-9999999999999999.99"), Decimal("999999999999999.99"), None])
def test_amounts_fall_in_the_same_bucket(values: list[Decimal | None]) -> None:
    found = in_sql(values, "numeric(18,2)", Mask.AMOUNT)

    expected = [apply_mask(Mask.AMOUNT, value) for value in values]
    assert found == expected
    # What the client reads is the text.
    assert [None if each is None else f"{each:f}" for each in found] == [
        None if each is None else str(each) for each in expected
    ]


def test_the_null_mask_gives_nothing() -> None:
    assert in_sql(["anything", None], "text", Mask.NULL) == [None, None]
