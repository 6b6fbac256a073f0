"""A key-encryption key of our own: 32 bytes from the environment or a file."""

import base64
import binascii
import hashlib
import os
import re
import stat
from pathlib import Path

from cryptography.exceptions import InvalidTag

from backend.vault.envelope import KEY_BYTES, cipher_of
from backend.vault.errors import KeyUnusable, SealBroken

_NONCE_BYTES = 12
_HEX = re.compile(r"[0-9A-Fa-f]{64}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{43}=?")
_LONGEST_FILE = 1000


class LocalKey:
    """Wraps by AES-256-GCM in this process."""

    def __init__(self, key: bytes) -> None:
        self._cipher = cipher_of(key)
        # A digest of 256 random bits tells them apart and tells nothing of them.
        self.id = f"local:{hashlib.sha256(b'prism key id' + key).hexdigest()[:16]}"

    def __repr__(self) -> str:
        return f"LocalKey({self.id})"

    def wrap(self, key: bytes, *, associated_data: bytes) -> bytes:
        """Return nonce ‖ ciphertext and tag of `key`."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, key, associated_data)

    def unwrap(self, wrapped: bytes, *, associated_data: bytes) -> bytes:
        """Return what was wrapped. Raises: SealBroken."""
        try:
            return self._cipher.decrypt(wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], associated_data)
        except (InvalidTag, ValueError):
            raise SealBroken("A wrapped key") from None


def new_key_text() -> str:
    """Return a new key-encryption key, as PRISM_KEY takes it."""
    return base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).decode()


def read_key(text: str, *, name: str) -> bytes:
    """Return the 32 bytes written in `text`: hexadecimal, base64 or base64url.

    Raises: KeyUnusable, whose message has the name of the setting and never the text.
    """
    text = text.strip()
    if _HEX.fullmatch(text):
        return bytes.fromhex(text)
    if _BASE64.fullmatch(text):
        standard = text.rstrip("=").replace("-", "+").replace("_", "/") + "="
        try:
            # Strictly: 43 letters hold two bits more than 32 bytes, and a key has one spelling.
            key = base64.b64decode(standard, validate=True)
        except binascii.Error:
            key = b""
        if len(key) == KEY_BYTES and base64.b64encode(key).decode() == standard:
            return key
    raise KeyUnusable(
        f"{name} must be a key of 32 random bytes in base64 or hexadecimal, as `manage.py keys generate` makes one."
    )


def read_key_file(path: Path, *, name: str) -> str:
    """Return the text in a key file that only its owner can read.

    Raises: KeyUnusable.
    """
    try:
        with path.open(encoding="ascii", errors="replace") as file:
            mode = os.fstat(file.fileno()).st_mode
            text = file.read(_LONGEST_FILE)
    except OSError as error:
        raise KeyUnusable(f"{name} cannot be read ({error.strerror}): {path}.") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyUnusable(f"{name} can be read or changed by others than its owner: run chmod 600 {path}.")
    return text
