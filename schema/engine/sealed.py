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
from typing import Any, NamedTuple, cast

from cryptography.exceptions import InvalidTag
from django.db.models import Func, TextField
from orjson import dumps

from backend.vault.envelope import SHORTEST, key_id_of
from backend.vault.errors import VaultError
from backend.vault.fields import Encrypted, EncryptedTextField
from backend.vault.keyring import Keyring
from permissions.categories import Category, Mask
from permissions.masks import MASKS, apply_mask

logger = logging.getLogger("prism.vault")

# Unguessable, so no stored text can pass for a marked one.
_MARK = f"sealed-{secrets.token_hex(12)}"
_SPLIT = b'"' + _MARK.encode()
_MARK_LENGTH = 5
_KEY_BYTES, _KEY_DIGITS = 16, 32
# The parts of a stored value behind its row's key: see backend/vault/envelope.py.
_HEADER, _NONCE = slice(16, 21), slice(21, 33)
_BODY = 33


# Whoever reads a value of these categories in clear is put on record.
RECORDED = frozenset({Category.CONTACT_INFO, Category.IDENTITY, Category.FINANCIAL})


Decrypt = Callable[[bytes, bytes, bytes], bytes]


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
    if isinstance(column, EncryptedTextField):
        return cast("Callable[[str], str | None]", MASKS[mask])

    def redact(text: str) -> str | None:
        redacted = apply_mask(mask, column.of_text(text))
        return None if redacted is None else str(redacted)

    return redact


@dataclass(slots=True)
class Reads:
    """What an operation gave in clear, for the record: the keys of the rows, as hexadecimal digits, by site.

    `unreadable` are the paths of fields of which a stored value did not open.
    """

    rows: dict[Site, list[bytes]] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)


def _marking(treatment: Treatment, number: int) -> bytes:
    """Return what follows the mark: the treatment and the number of the site."""
    return b"%s%04d" % (treatment.encode(), number)


class _Marked(Func):
    """A cell as a marked text, made of its row's key and a value; null stays null."""

    output_field = TextField()
    written: str

    def __init__(self, key: Any, value: Any, *, treatment: Treatment, number: int) -> None:
        mark = _MARK + _marking(treatment, number).decode()
        super().__init__(key, value, template=f"('{mark}' || {self.written})")


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
    # The loop runs once for each marked cell, thousands of times in a large answer: it calls no more than it must.
    first, *parts = raw.split(_SPLIT)
    cells, pieces = _cells(sites, reads), [first]
    put, known = pieces.append, dict[bytes, Decrypt]()
    for part in parts:
        end = part.index(b'"', _MARK_LENGTH)
        site, place, redact, seen = cells[part[:_MARK_LENGTH]]
        body = part[_MARK_LENGTH:end]
        try:
            if place is None:
                put(b'"' + body[_KEY_DIGITS:] + b'"')
            else:
                stored = unhexlify(body)
                decrypt = known.get(stored[_HEADER]) or _learn(stored[_HEADER], known, keyring)
                text = decrypt(stored[_NONCE], stored[_BODY:], place + stored[:_KEY_BYTES]).decode()
                put(dumps(text if redact is None else redact(text)))
            if seen is not None:
                seen.append(body[:_KEY_DIGITS])
        except (VaultError, InvalidTag, ValueError) as error:
            _report(site, body, reads, error)
            put(b"null")
        put(part[end + 1 :])
    return b"".join(pieces)


class _Cell(NamedTuple):
    """What is done with the cells of one mark: a place says that they are sealed, `seen` that they are clear."""

    site: Site
    place: bytes | None
    redact: Callable[[str], str | None] | None
    seen: list[bytes] | None


def _cells(sites: Sequence[Site], reads: Reads) -> dict[bytes, _Cell]:
    cells: dict[bytes, _Cell] = {}
    for number, site in enumerate(sites):
        seen = reads.rows.setdefault(site, [])
        cells[_marking(Treatment.OPEN, number)] = _Cell(site, site.place, None, seen)
        cells[_marking(Treatment.MASK, number)] = _Cell(site, site.place, site.redact, None)
        cells[_marking(Treatment.RECORD, number)] = _Cell(site, None, None, seen)
    return cells


def _learn(header: bytes, known: dict[bytes, Decrypt], keyring: Keyring) -> Decrypt:
    """Return what decrypts the values that begin with a format and key id, and remember it.

    Raises: UnknownFormat, KeyMissing.
    """
    # A value too short to be one does not decrypt; a whole header is all that is needed here.
    decrypt = known[header] = keyring.cipher(key_id_of(header.ljust(SHORTEST, b"\0"))).decrypt
    return decrypt


def _report(site: Site, body: bytes, reads: Reads, error: Exception) -> None:
    """Report a value that does not open, without its contents."""
    reason = str(error) if isinstance(error, VaultError) else "it was changed, or moved to another place"
    row = uuid.UUID(body[:_KEY_DIGITS].decode())
    logger.error("%s.%s of row %s cannot be read: %s", site.type_name, site.field_name, row, reason)
    reads.unreadable.add(site.path)
