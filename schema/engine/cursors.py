"""Cursors: where a page ends, signed, so that nobody can ask for a place they have not seen."""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

import orjson

from permissions.errors import ErrorCode
from schema.engine.notes import Held
from schema.engine.sealed import Reads
from schema.errors import ClientError

# Marks a cursor's values in a statement's JSON until they are signed. Unguessable, so no stored text can pass for one.
CURSOR_MARK = f"cursor-{secrets.token_hex(16)}"
_MARKED = re.compile(rb'"' + CURSOR_MARK.encode() + rb'(\d+):((?:[^"\\]|\\.)*)"')
_MAC_BYTES = 16
_MAX_LENGTH = 8192
_HOUR = 3600


@dataclass(frozen=True, slots=True)
class CursorKey:
    """What a cursor is good for: one resource in one order. `order` spells the order's keys and directions.

    `held` are the fields whose values it holds, as far as reading those is recorded.
    """

    resource: str
    order: str
    held: tuple[Held, ...] = field(default=(), compare=False)


class CursorCodec:
    """Signs and reads the cursors of one principal.

    Invariant: a cursor holds values of rows the principal was shown, and is worth nothing to another principal: their
    identity is part of what is signed.
    """

    def __init__(self, *, key: bytes, owner: str, lifetime_hours: int, now: float | None = None) -> None:
        self._key = hashlib.blake2b(owner.encode(), key=key, digest_size=32, person=b"prism-cursor").digest()
        self._hour = int((time.time() if now is None else now) // _HOUR)
        self._lifetime_hours = lifetime_hours

    def write(self, values_json: bytes, key: CursorKey) -> str:
        """Return the opaque cursor for a JSON array of the order keys' values.

        The hour of issue is all the cursor knows of time, so equal requests give equal cursors.
        """
        body = self._hour.to_bytes(4, "big") + values_json
        return base64.urlsafe_b64encode(self._mac(body, key) + body).decode().rstrip("=")

    def read(self, cursor: str, key: CursorKey) -> tuple[str | None, ...]:
        """Return the values in a cursor as text, in the order of its keys.

        Raises: ClientError INVALID_CURSOR (altered, foreign, or of another order) or CURSOR_EXPIRED.
        """
        raw = _decoded(cursor)
        mac, body = raw[:_MAC_BYTES], raw[_MAC_BYTES:]
        if len(body) <= 4 or not hmac.compare_digest(mac, self._mac(body, key)):
            raise ClientError(ErrorCode.INVALID_CURSOR, "The cursor is not one this list and order gave you.")
        if self._hour - int.from_bytes(body[:4], "big") > self._lifetime_hours:
            raise ClientError(ErrorCode.CURSOR_EXPIRED, "The cursor has expired: ask for the first page again.")
        return tuple(orjson.loads(body[4:]))

    def _mac(self, body: bytes, key: CursorKey) -> bytes:
        context = f"{key.resource}\0{key.order}\0".encode()
        return hashlib.blake2b(context + body, key=self._key, digest_size=_MAC_BYTES).digest()


def _decoded(cursor: str) -> bytes:
    """Return the bytes of a cursor; none if it is too long or not base64url."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True) if len(cursor) <= _MAX_LENGTH else b""
    except (binascii.Error, ValueError):
        return b""


def with_cursors(raw: bytes, keys: "Sequence[CursorKey]", codec: CursorCodec, reads: Reads) -> bytes:
    """Sign the cursors of an answer, and note in `reads` what they hold: they are signed, not sealed."""

    def sign(match: re.Match[bytes]) -> bytes:
        key, values = keys[int(match[1])], orjson.loads(b'"' + match[2] + b'"').encode()
        if key.held:
            _note(key.held, orjson.loads(values), reads)
        return b'"' + codec.write(values, key).encode() + b'"'

    return _MARKED.sub(sign, raw) if keys else raw


def _note(held: "Sequence[Held]", values: Sequence[str | None], reads: Reads) -> None:
    for each in held:
        if values[each.place] is not None:
            reads.note(each.note, row=uuid.UUID(values[-1]) if each.is_own else None)


def null_mask(cursor: str) -> tuple[bool, ...]:
    """Return which values of a cursor are null, without trusting it: plans differ by this, nothing else does."""
    try:
        return tuple(value is None for value in orjson.loads(_decoded(cursor)[_MAC_BYTES + 4 :]))
    except (orjson.JSONDecodeError, TypeError):
        return ()
