"""A line gives back the record it was made of, or is known to be none."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.audit.errors import AuditUnavailable, UnreadableRecordError
from backend.audit.lines import decode_line, encode_line
from backend.audit.records import ReadEntry
from tests.backend.audit.making import make_keys, make_record

RECORD = make_record(rows=3)
LINE = encode_line(RECORD)
FROM_OUTSIDE = ["client", "ip", "request_id", "operation", "document_hash", "purpose"]


def test_a_line_gives_back_its_record() -> None:
    assert decode_line(LINE) == RECORD
    assert LINE.count(b"\n") == 1


def test_a_record_of_nobody_and_no_rows_is_a_record() -> None:
    record = make_record(principal_id=None, roles=(), entries=(ReadEntry("Customer", ("phone",), (), ()),))
    assert decode_line(encode_line(record)) == record


def test_two_thousand_rows_fit() -> None:
    record = make_record(rows=2000)
    assert decode_line(encode_line(record)) == record


@given(end=st.integers(0, len(LINE) - 1))
def test_a_line_cut_short_is_no_record(end: int) -> None:
    with pytest.raises(UnreadableRecordError):
        decode_line(LINE[:end])


@given(place=st.integers(0, len(LINE) - 1), flip=st.integers(1, 255))
def test_a_line_with_a_byte_altered_is_no_record(place: int, flip: int) -> None:
    altered = bytearray(LINE)
    altered[place] ^= flip
    with pytest.raises(UnreadableRecordError):
        decode_line(bytes(altered))


@pytest.mark.parametrize("name", FROM_OUTSIDE)
@pytest.mark.parametrize("text", ["a\0b", "\ud800", "x" * 100_000, "a\nb"])
def test_whatever_a_client_sends_can_be_stored(name: str, text: str) -> None:
    values: dict[str, Any] = {name: text}
    stored = getattr(decode_line(encode_line(replace(RECORD, **values))), name)
    assert 0 < len(stored) <= 500
    assert "\0" not in stored


@pytest.mark.parametrize("key", ["1", "", RECORD.entries[0].row_ids[0].upper(), make_keys(1)[0][:-1] + "g"])
def test_a_row_without_a_key_is_refused_before_the_answer(key: str) -> None:
    entry = ReadEntry("Customer", ("phone",), ("contact_info",), (*make_keys(2), key))
    with pytest.raises(AuditUnavailable):
        encode_line(replace(RECORD, entries=(entry,)))
