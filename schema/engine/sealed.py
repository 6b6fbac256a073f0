"""Cells that Python finishes: sealed values, which it opens, and clear values whose reading is recorded.

A statement writes such a cell as a marked text: what is to be done with it, which of the plan's sites it belongs to,
the key of its row, and the stored bytes or the value. One pass over the answer puts what the principal sees in its
place.

Invariant: whether a cell is clear or masked is decided in the statement, by the view. This only carries it out.
"""

import logging
import secrets
import uuid
from binascii import a2b_base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from json.encoder import encode_basestring
from typing import Any, NamedTuple, cast

from cryptography.exceptions import InvalidTag
from django.db.models import Func, TextField

from backend.vault.envelope import SHORTEST, key_id_of
from backend.vault.errors import VaultError
from backend.vault.fields import Encrypted, EncryptedTextField
from backend.vault.keyring import Keyring
from permissions.categories import Category, Mask
from permissions.masks import MASKS, apply_mask
from schema.engine.notes import Note

logger = logging.getLogger("prism.vault")

# Unguessable, so no stored text can pass for a marked one.
_MARK = f"~{secrets.token_hex(6)}"
_SPLIT = b'"' + _MARK.encode()
_MARK_LENGTH = 5
# A row's key, 16 bytes, is 24 characters of base64.
_KEY_BYTES, _KEY_LENGTH = 16, 24
# The parts of a stored value: see backend/vault/envelope.py.
_HEADER, _NONCE, _BODY = slice(0, 5), slice(5, 17), 17
# How JSON writes the line feeds between the lines of base64.
_LINE_END = rb"\n"


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
    """What an operation gave in clear, for the record: the keys of the rows, in base64, by site; see `row_key`.

    `notes` are what was read otherwise than cell by cell, with the rows where those are known. `unreadable` are the
    paths of fields of which a stored value did not open.
    """

    rows: dict[Site, list[bytes]] = field(default_factory=dict)
    notes: dict[Note, dict[uuid.UUID, None]] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)

    def note(self, *notes: Note, row: uuid.UUID | None = None) -> None:
        """Note what was read otherwise than cell by cell, and of which row where that is known."""
        for each in notes:
            rows = self.notes.setdefault(each, {})
            if row is not None:
                rows[row] = None


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
    """A stored value, marked: its row's key and its bytes, in base64, which PostgreSQL breaks into lines."""

    written = "encode(uuid_send(%(expressions)s, 'base64')"
    arg_joiner = "), 'base64') || encode("


class RecordedText(_Marked):
    """A clear value that is not sealed, marked for the record: its row's key in base64, its text."""

    written = "encode(uuid_send(%(expressions)s)::text"
    arg_joiner = "), 'base64') || ("


def row_key(written: bytes) -> uuid.UUID:
    """Return a row's key from its base64."""
    return uuid.UUID(bytes=a2b_base64(written))


def finished(raw: bytes, sites: Sequence[Site], reads: Reads, keyring: Keyring) -> bytes:
    """Return an answer with its marked cells as the principal sees them, and note in `reads` what is clear.

    A value that does not open is null, and its path is noted.
    """
    if not sites:
        return raw
    # The loop runs once for each marked cell, thousands of times in a large answer: it calls no more than it must.
    # json's encoder of strings, for orjson takes a kilobyte for each and gives most of it back.
    first, *parts = raw.split(_SPLIT)
    cells, pieces = _cells(sites, reads), [first]
    put, known = pieces.append, dict[bytes, Decrypt]()
    for part in parts:
        end = part.index(b'"', _MARK_LENGTH)
        site, place, redact, seen = cells[part[:_MARK_LENGTH]]
        body = part[_MARK_LENGTH:end]
        try:
            if place is None:
                put(b'"' + body[_KEY_LENGTH:] + b'"')
            else:
                stored = a2b_base64(body[_KEY_LENGTH:].replace(_LINE_END, b""))
                decrypt = known.get(stored[_HEADER]) or _learn(stored[_HEADER], known, keyring)
                text = decrypt(stored[_NONCE], stored[_BODY:], place + a2b_base64(body[:_KEY_LENGTH])).decode()
                shown = text if redact is None else redact(text)
                put(b"null" if shown is None else encode_basestring(shown).encode())
            if seen is not None:
                seen.append(body[:_KEY_LENGTH])
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
    row = row_key(body[:_KEY_LENGTH])
    logger.error("%s.%s of row %s cannot be read: %s", site.type_name, site.field_name, row, reason)
    reads.unreadable.add(site.path)
