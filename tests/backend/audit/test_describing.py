"""A change tells that a gated value changed, never what it is."""

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.audit.describing import describe_change
from backend.audit.fingerprints import fingerprint
from permissions.categories import Category, Mask, Sensitive

KEY = b"k" * 32
SENSITIVE = {
    "phone": Sensitive(Category.CONTACT_INFO, Mask.PHONE),
    "birthday": Sensitive(Category.IDENTITY, Mask.NULL),
    "amount": Sensitive(Category.FINANCIAL, Mask.AMOUNT),
}


def test_only_what_differs_is_described() -> None:
    described = describe_change({"level": "B", "name": "甲"}, {"level": "A", "name": "甲"}, SENSITIVE, key=KEY)
    assert described == {"level": {"before": "B", "after": "A"}}


def test_a_gated_value_is_masked_and_fingerprinted() -> None:
    described = describe_change({"phone": "+8613812341234"}, {"phone": "+8613900001111"}, SENSITIVE, key=KEY)
    assert described == {
        "phone": {
            "before": {"masked": "138****1234", "fingerprint": fingerprint("+8613812341234", key=KEY)},
            "after": {"masked": "139****1111", "fingerprint": fingerprint("+8613900001111", key=KEY)},
        }
    }


def test_a_row_that_comes_or_goes_has_one_side() -> None:
    created = describe_change({}, {"birthday": date(1990, 5, 17)}, SENSITIVE, key=KEY)
    erased = describe_change({"birthday": date(1990, 5, 17)}, {}, SENSITIVE, key=KEY)
    value = {"masked": None, "fingerprint": fingerprint('"1990-05-17"', key=KEY)}
    assert created == {"birthday": {"before": None, "after": value}}
    assert erased == {"birthday": {"before": value, "after": None}}


def test_equal_amounts_have_one_fingerprint_however_they_are_written() -> None:
    one = describe_change({}, {"amount": Decimal("1500.50")}, SENSITIVE, key=KEY)
    other = describe_change({}, {"amount": Decimal("1500.5")}, SENSITIVE, key=KEY)
    assert one == other
    assert one["amount"] == {
        "before": None,
        "after": {"masked": "1000", "fingerprint": fingerprint("1500.5", key=KEY)},
    }


def test_plain_values_are_fit_for_json() -> None:
    key, moment = uuid.uuid4(), datetime(2026, 11, 1, tzinfo=UTC)
    after = {"owner": key, "at": moment, "rate": Decimal("0.10"), "tags": ["a", "b"], "open": True, "extra": {"n": 1}}
    described = describe_change({}, after, {}, key=KEY)
    assert orjson.loads(orjson.dumps(described)) == described
    assert described["rate"] == {"before": None, "after": "0.10"}
    assert described["owner"] == {"before": None, "after": str(key)}


def test_a_value_that_cannot_be_described_is_refused() -> None:
    with pytest.raises(TypeError):
        describe_change({}, {"x": object()}, {}, key=KEY)


DIGITS = st.text("0123456789", min_size=11, max_size=11)


@given(before=DIGITS, after=DIGITS)
def test_no_gated_value_is_ever_in_clear(before: str, after: str) -> None:
    gated = {"phone": Sensitive(Category.CONTACT_INFO, Mask.PHONE)}
    text = orjson.dumps(describe_change({"phone": before}, {"phone": after}, gated, key=KEY)).decode()
    assert before not in text
    assert after not in text
