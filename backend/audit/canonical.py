"""One encoding of a record for the chain: equal values give equal bytes, different values give different bytes."""

import struct
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

Value = (
    None | bool | int | float | str | bytes | uuid.UUID | datetime | Sequence["Value"] | Mapping[str, "Value"]
)  # fmt: skip

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


# Invariant: injective. Each value is a letter for its type, the length of what follows, and what follows; a list's or a
# mapping's length counts members. So no byte of one value can be taken for a byte of its neighbour.
def canonical(value: Value) -> bytes:
    """Return the encoding of `value`. Mappings are encoded in the order of their keys, lists and tuples alike.

    Raises: TypeError for any other type, and for a time without a zone.
    """
    parts: list[bytes] = []
    _encode(value, parts)
    return b"".join(parts)


def _encode(value: Value, parts: list[bytes]) -> None:
    match value:
        case str():
            parts.append(_framed(b"s", value.encode()))
        case Mapping():
            parts.append(b"m%d:" % len(value))
            for key in sorted(value):
                _encode(key, parts)
                _encode(value[key], parts)
        case list() | tuple():
            parts.append(b"l%d:" % len(value))
            for each in value:
                _encode(each, parts)
        case _:
            parts.append(_framed(*_scalar(value)))


def _framed(kind: bytes, content: bytes) -> bytes:
    return b"%b%d:%b" % (kind, len(content), content)


def _scalar(value: Value) -> tuple[bytes, bytes]:
    match value:
        case None:
            return b"n", b""
        case bool():
            return b"b", b"1" if value else b"0"
        case int():
            return b"i", b"%d" % value
        case float():
            return b"f", struct.pack(">d", value)
        case bytes():
            return b"y", value
        case uuid.UUID():
            return b"u", value.bytes
        case datetime() if value.tzinfo is not None:
            return b"t", b"%d" % ((value - _EPOCH) // _MICROSECOND)
    raise TypeError(f"{type(value).__name__} has no canonical encoding")
