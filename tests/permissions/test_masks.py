"""The masks: what is left of a value, and that nothing more is."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from permissions.categories import Mask
from permissions.masks import MASKS, apply_mask


@pytest.mark.parametrize(
    ("mask", "value", "shown"),
    [
        (Mask.PHONE, "+8613812341234", "138****1234"),
        (Mask.PHONE, "13812341234", "138****1234"),
        (Mask.PHONE, "1234567", "****"),
        (Mask.PHONE, "", "****"),
        (Mask.EMAIL, "li.wei@example.cn", "l***@example.cn"),
        (Mask.EMAIL, "no-at", "***"),
        (Mask.EMAIL, "@example.cn", "***"),
        (Mask.EMAIL, "", "***"),
        (Mask.NAME, "张小明", "张**"),
        (Mask.NAME, "", "**"),
        (Mask.ID_NUMBER, "11010119900101123X", "1****************X"),
        (Mask.ID_NUMBER, "1234567", "****"),
        (Mask.BANK_ACCOUNT, "6222020200112233", "****2233"),
        (Mask.BANK_ACCOUNT, "1234567", "****"),
        (Mask.TEXT, "somewhere", "s***"),
        (Mask.TEXT, "", ""),
        (Mask.AMOUNT, Decimal("1234567.89"), Decimal(1000000)),
        (Mask.AMOUNT, Decimal("-1234.5"), Decimal(-1000)),
        (Mask.AMOUNT, Decimal("0.99"), Decimal(0)),
        (Mask.AMOUNT, Decimal("0.00"), Decimal(0)),
        (Mask.AMOUNT, Decimal("999999999999999.99"), Decimal(900000000000000)),
        (Mask.NULL, "anything", None),
    ],
)
def test_what_a_mask_shows(mask: Mask, value: object, shown: object) -> None:
    assert apply_mask(mask, value) == shown


@pytest.mark.parametrize("mask", Mask)
def test_a_missing_value_stays_missing(mask: Mask) -> None:
    assert apply_mask(mask, None) is None


def test_every_mask_is_defined() -> None:
    assert set(MASKS) == set(Mask)


_FOUR_DIGITS = st.text("0123456789", min_size=4, max_size=4)


@settings(max_examples=200, derandomize=True, database=None)
@given(_FOUR_DIGITS, _FOUR_DIGITS, _FOUR_DIGITS)
def test_a_masked_phone_says_nothing_of_the_middle(one: str, other: str, tail: str) -> None:
    assert apply_mask(Mask.PHONE, f"+86138{one}{tail}") == apply_mask(Mask.PHONE, f"+86138{other}{tail}")


@settings(max_examples=200, derandomize=True, database=None)
@given(st.decimals(min_value=-(10**15), max_value=10**15, places=2, allow_nan=False))
def test_a_masked_amount_has_one_digit_and_is_no_larger(amount: Decimal) -> None:
    shown = apply_mask(Mask.AMOUNT, amount)

    assert isinstance(shown, Decimal)
    assert abs(shown) <= abs(amount)
    assert len(str(abs(shown)).rstrip("0")) <= 1
