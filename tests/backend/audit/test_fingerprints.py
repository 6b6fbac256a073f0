"""A fingerprint is what RFC 4231 says it is, and tells equality under one key."""

import pytest

from backend.audit.fingerprints import fingerprint


def test_fingerprints_are_hmac_sha_256_truncated_to_128_bits() -> None:
    # RFC 4231, test case 5.
    assert fingerprint("Test With Truncation", key=b"\x0c" * 20) == "a3b6167473100ee06e0c796c2955552b"
    # RFC 4231, test case 1, its first half.
    assert fingerprint("Hi There", key=b"\x0b" * 20) == "b0344c61d8db38535ca8afceaf0bf12b"


def test_equal_values_are_recognised_under_one_key_only() -> None:
    key, other = b"k" * 32, b"o" * 32
    assert fingerprint("+8613812341234", key=key) == fingerprint("+8613812341234", key=key)
    assert fingerprint("+8613812341234", key=key) != fingerprint("+8613812341235", key=key)
    assert fingerprint("+8613812341234", key=key) != fingerprint("+8613812341234", key=other)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 16 bytes"):
        fingerprint("x", key=b"k" * 15)
