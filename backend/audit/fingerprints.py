"""Telling that two values are equal without telling what they are."""

import hashlib
import hmac

SHORTEST_KEY = 16
_BYTES = 16


def fingerprint(text: str, *, key: bytes) -> str:
    """Return the keyed digest of a value, as 32 hexadecimal digits.

    Equal values give equal fingerprints under one key: it tells equality and frequency, nothing else. Without the key
    even a phone number, of which there are few enough to try them all, cannot be found by trying.

    Units: `key` 16 bytes or more, used for nothing else.
    Raises: ValueError if it is shorter.
    Source: HMAC-SHA-256 truncated to 128 bits, RFC 2104 section 5 and RFC 4231.
    """
    if len(key) < SHORTEST_KEY:
        raise ValueError(f"a fingerprint's key has at least {SHORTEST_KEY} bytes")
    return hmac.digest(key, text.encode(), hashlib.sha256)[:_BYTES].hex()
