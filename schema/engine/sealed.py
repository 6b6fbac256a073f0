"""Cells that Python finishes: sealed values, which it opens, and clear values whose reading is recorded.

A statement writes such a cell as a marked text: what is to be done with it, which of the plan's sites it belongs to,
the key of its row, and the stored bytes or the value. One pass over the answer puts what the principal sees in its
place.

Invariant: whether a cell is clear or masked is decided in the statement, by the view. This only carries it out.
"""

import logging
import secrets
import uuid
from binascii import unhexlify
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from django.db.models import Func, TextField

from backend.vault.envelope import key_id_of
from backend.vault.errors import VaultError
from backend.vault.fields import Encrypted
from backend.vault.keyring import Keyring
from permissions.categories import Category, Mask
from permissions.masks import apply_mask
from schema.engine.notes import Note

logger = logging.getLogger("prism.vault")

# Unguessable, so no stored text can pass for a marked one.
_MARK = f"sealed-{secrets.token_hex(12)}"
_SPLIT = b'"' + _MARK.encode()
_KEY_BYTES, _KEY_DIGITS = 16, 32
# The parts of a stored value behind its row's key: see backend/vault/envelope.py.
_HEADER, _NONCE = slice(16, 21), slice(21, 33)
_BODY = 33


# Whoever reads a value of these categories in clear is put on record.
RECORDED = frozenset({Category.CONTACT_INFO, Category.IDENTITY, Category.FINANCIAL})


class Treatment(StrEnum):
    """What is done with a marked cell."""

    OPEN = "c"
    MASK = "m"
    RECORD = "p"


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """A field of a selection whose cells are marked: where it stands in the answer, and what it is.

    `place` is what binds its stored values to their column; `redact` gives the masked form of an opened one.
    """

    type_name: str
    field_name: str
    path: str
    category: Category
    place: bytes = b""
    redact: Callable[[str], str | None] = str


def redacting(column: Encrypted, mask: Mask) -> Callable[[str], str | None]:
    """Return the function from an opened value's text to its masked form."""

    def redact(text: str) -> str | None:
        redacted = apply_mask(mask, column.of_text(text))
        return None if redacted is None else str(redacted)

    return redact


@dataclass(slots=True)
class Reads:
    """What an operation gave in clear, for the record: the keys of the rows, as hexadecimal digits, by site.

    `notes` are what was read otherwise than cell by cell, each once, in order. `unreadable` are the
    paths of fields of which a stored value did not open.
    """

    rows: dict[Site, list[bytes]] = field(default_factory=dict)
    notes: dict[Note, None] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)


class _Marked(Func):
    """A cell as a marked text, made of its row's key and a value; null stays null."""

    output_field = TextField()
    written: str

    def __init__(self, key: Any, value: Any, *, treatment: Treatment, number: int) -> None:
        super().__init__(key, value, template=f"('{_MARK}{treatment.value}{number:d}:' || {self.written})")


class SealedText(_Marked):
    """A stored value, marked: its row's key and its bytes, in hexadecimal digits."""

    written = "encode(uuid_send(%(expressions)s), 'hex')"
    arg_joiner = ") || ("


class RecordedText(_Marked):
    """A clear value that is not sealed, marked for the record: its row's key in hexadecimal digits, its text."""

    written = "encode(uuid_send(%(expressions)s)::text"
    arg_joiner = "), 'hex') || ("


def finished(raw: bytes, sites: Sequence[Site], reads: Reads, keyring: Keyring) -> bytes:
    """Return an answer with its marked cells as the principal sees them, and note in `reads` what is clear.

    A value that does not open is null, and its path is noted.
    """
    if not sites:
        return raw
    first, *parts = raw.split(_SPLIT)
    finisher, pieces = _Finisher(sites, reads, keyring), [first]
    finishers = finisher.by_mark
    for part in parts:
        end = part.index(b'"')
        mark, _, body = part[:end].partition(b":")
        try:
            pieces.append(finishers[mark](body))
        except (VaultError, InvalidTag) as error:
            pieces.append(finisher.unreadable(mark, body, error))
        pieces.append(part[end + 1 :])
    return b"".join(pieces)


class _Finisher:
    """Finishes the cells of one answer: a function for each mark, from what follows it to the cell's JSON."""

    def __init__(self, sites: Sequence[Site], reads: Reads, keyring: Keyring) -> None:
        self._sites, self._reads, self._keyring = sites, reads, keyring
        self._decrypt: dict[bytes, Callable[[bytes, bytes, bytes], bytes]] = {}
        self.by_mark: dict[bytes, Callable[[bytes], bytes]] = {}
        for number, site in enumerate(sites):
            seen = reads.rows.setdefault(site, [])
            for treatment, finish in (
                (Treatment.OPEN, self._opening(site, seen)),
                (Treatment.MASK, self._masking(site)),
                (Treatment.RECORD, _recording(seen)),
            ):
                self.by_mark[b"%s%d" % (treatment.encode(), number)] = finish

    def _opening(self, site: Site, seen: list[bytes]) -> Callable[[bytes], bytes]:
        place, opened, note = site.place, self._opened, seen.append

        def finish(body: bytes) -> bytes:
            text = opened(unhexlify(body), place).decode()
            note(body[:_KEY_DIGITS])
            return orjson.dumps(text)

        return finish

    def _masking(self, site: Site) -> Callable[[bytes], bytes]:
        place, opened, redact = site.place, self._opened, site.redact
        return lambda body: orjson.dumps(redact(opened(unhexlify(body), place).decode()))

    def _opened(self, stored: bytes, place: bytes) -> bytes:
        header = stored[_HEADER]
        decrypt = self._decrypt.get(header)
        if decrypt is None:
            decrypt = self._decrypt[header] = self._keyring.cipher(key_id_of(stored[_KEY_BYTES:])).decrypt
        return decrypt(stored[_NONCE], stored[_BODY:], place + stored[:_KEY_BYTES])

    def unreadable(self, mark: bytes, body: bytes, error: Exception) -> bytes:
        """Report a value that does not open, without its contents, and give null in its place."""
        site = self._sites[int(mark[1:])]
        reason = "it was changed, or moved to another place" if isinstance(error, InvalidTag) else str(error)
        row = uuid.UUID(body[:_KEY_DIGITS].decode())
        logger.error("%s.%s of row %s cannot be read: %s", site.type_name, site.field_name, row, reason)
        self._reads.unreadable.add(site.path)
        return b"null"


def _recording(seen: list[bytes]) -> Callable[[bytes], bytes]:
    def finish(body: bytes) -> bytes:
        seen.append(body[:_KEY_DIGITS])
        return b'"%s"' % body[_KEY_DIGITS:]

    return finish
