"""Different values have different encodings: nobody can alter a record and keep its hash."""

import uuid
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.audit.canonical import canonical

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.binary()
    | st.uuids()
    | st.datetimes(timezones=st.just(UTC))
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
)
# Few letters and short texts: the ones whose encodings could run into each other.
NARROW = st.recursive(
    st.sampled_from(["", "1", "s", "s1:", ":", "l1:"]) | st.sampled_from([b"", b"1", b"s1:"]) | st.integers(0, 11),
    lambda inner: st.lists(inner, max_size=3),
)


def identity(value: Any) -> Any:
    """Return what tells values apart that Python's == does not: 1, 1.0 and True; 0.0 and -0.0."""
    match value:
        case dict():
            return "m", sorted((key, identity(each)) for key, each in value.items())
        case list():
            return "l", [identity(each) for each in value]
        case _:
            return type(value).__name__, repr(value)


@given(one=VALUES, other=VALUES)
def test_different_values_have_different_encodings(one: Any, other: Any) -> None:
    assert (canonical(one) == canonical(other)) == (identity(one) == identity(other))


@given(one=NARROW, other=NARROW)
def test_values_made_of_an_encodings_own_letters_are_told_apart(one: Any, other: Any) -> None:
    assert (canonical(one) == canonical(other)) == (identity(one) == identity(other))


@given(value=st.dictionaries(st.text(), st.integers(), min_size=2))
def test_the_order_of_a_mapping_is_nothing(value: dict[str, int]) -> None:
    assert canonical(value) == canonical(dict(reversed(value.items())))


def test_neighbours_do_not_lend_each_other_characters() -> None:
    assert canonical(["ab", "c"]) != canonical(["a", "bc"])
    assert canonical([["a"], "b"]) != canonical([["a", "b"]])


def test_the_same_moment_is_the_same_in_every_zone() -> None:
    moment = datetime(2026, 11, 1, 12, tzinfo=UTC)
    assert canonical(moment) == canonical(moment.astimezone(timezone(timedelta(hours=8))))


def test_what_is_written_down_stays_as_it_is() -> None:
    # Every hash ever stored depends on these bytes.
    key = uuid.UUID("01890000-0000-7000-8000-00000000000c")
    value: Any = ["张", 7, None, True, {"b": 1.5, "a": b"\0"}, key, datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)]
    expected = (
        "6c373a73333ae5bca069313a376e303a62313a316d323a73313a6179313a0073313a6266383a3ff800000000000075"
        "31363a0189000000007000800000000000000c74373a31303030303030"
    )
    assert canonical(value).hex() == expected


@pytest.mark.parametrize("value", [object(), {1}, datetime(2026, 11, 1, 12)])  # noqa: DTZ001  a time without a zone
def test_what_has_no_encoding_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical(value)
