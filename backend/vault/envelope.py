"""The form of a stored value: format ‖ key id ‖ nonce ‖ AES-256-GCM ciphertext and tag.

One byte 0x01, four bytes of key id (big endian), twelve of nonce, as many as the plaintext has, sixteen of tag.
docs/adr/0012-a-stored-value-knows-its-place.md says why.
"""

import os
import uuid
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backend.vault.errors import KeyLengthError, SealBroken, UnknownFormat

KEY_BYTES = 32
LARGEST_KEY_ID = 2**31 - 1
_FORMAT = b"\x01"
_HEADER_BYTES, _NONCE_BYTES, _TAG_BYTES = 5, 12, 16
_BODY = _HEADER_BYTES + _NONCE_BYTES
SHORTEST = _BODY + _TAG_BYTES


class Ciphers(Protocol):
    """Whoever knows the data keys by their ids: the keyring."""

    def cipher(self, key_id: int) -> AESGCM:
        """Return the cipher of a data key. Raises: KeyMissing, KeyWrong."""


@dataclass(frozen=True, slots=True)
class DataKey:
    """A data key in use: its id, and the cipher that holds it."""

    key_id: int
    cipher: AESGCM = field(repr=False)
    prefix: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "prefix", _FORMAT + self.key_id.to_bytes(4, "big"))


def data_key(key_id: int, key: bytes) -> DataKey:
    """Return a data key ready for use.

    Raises: KeyLengthError if `key` is not 32 bytes.
    """
    return DataKey(key_id, cipher_of(key))


def cipher_of(key: bytes) -> AESGCM:
    """Return AES-256-GCM under `key`.

    Raises: KeyLengthError if `key` is not 32 bytes: the library would take 16 and 24, too.
    """
    if len(key) != KEY_BYTES:
        raise KeyLengthError
    return AESGCM(key)


def associated_data(table: str, column: str, primary_key: uuid.UUID) -> bytes:
    """Return what binds a value to its place. No name in PostgreSQL holds a zero byte, so no two places share it."""
    return place(table, column) + primary_key.bytes


def place(table: str, column: str) -> bytes:
    """Return the part of the associated data that all values of a column share."""
    return f"{table}\0{column}\0".encode()


def seal(plaintext: bytes, *, data_key: DataKey, associated_data: bytes) -> bytes:
    """Return `plaintext` sealed under a data key, for one place only. Two seals of one plaintext differ."""
    nonce = os.urandom(_NONCE_BYTES)
    return data_key.prefix + nonce + data_key.cipher.encrypt(nonce, plaintext, associated_data)


def open_sealed(sealed: bytes, *, keyring: Ciphers, associated_data: bytes) -> bytes:
    """Return the plaintext of a stored value.

    Raises: SealBroken, UnknownFormat, KeyMissing, KeyWrong.
    """
    cipher = keyring.cipher(key_id_of(sealed))
    try:
        return cipher.decrypt(sealed[_HEADER_BYTES:_BODY], sealed[_BODY:], associated_data)
    except InvalidTag:
        # Without its cause: the traceback of the library's error adds nothing.
        raise SealBroken from None


def key_id_of(sealed: bytes) -> int:
    """Return the id of the data key a stored value was sealed under.

    Raises: UnknownFormat, SealBroken when it is too short to be a whole value.
    """
    if sealed[:1] != _FORMAT:
        raise UnknownFormat
    if len(sealed) < SHORTEST:
        raise SealBroken
    return int.from_bytes(sealed[1:_HEADER_BYTES], "big")
