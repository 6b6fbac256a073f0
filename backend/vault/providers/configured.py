"""The key-encryption keys of this installation, as its environment names them; see docs/vault.md."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from backend.database import var_dir
from backend.vault.errors import KeyUnusable
from backend.vault.providers.base import KeyEncryptionKey
from backend.vault.providers.local import LocalKey, read_key, read_key_file
from backend.vault.providers.transit import SCHEME, transit_key

_SOURCES = ("PRISM_KEY", "PRISM_KEY_FILE", "PRISM_VAULT_TRANSIT_KEY")


@dataclass(frozen=True, slots=True)
class KeyEncryptionKeys:
    """The key that wraps, and those before it, which still unwrap."""

    current: KeyEncryptionKey
    older: tuple[KeyEncryptionKey, ...] = ()

    def of(self, provider: str) -> KeyEncryptionKey | None:
        """Return the one with this id."""
        return next((key for key in (self.current, *self.older) if key.id == provider), None)


def key_encryption_keys() -> KeyEncryptionKeys:
    """Return the configured keys, or the one in the file this installation made for itself.

    Raises: KeyUnusable when there is none, or one that cannot serve.
    """
    return KeyEncryptionKeys(_current(), tuple(_older()))


def key_is_configured() -> bool:
    """Whether an operator chose a key, wherever it is kept."""
    return any(os.environ.get(name) for name in _SOURCES)


def own_key_file() -> Path:
    """Return where the key that this installation made for itself is, or would be."""
    return var_dir() / "prism.key"


def _current() -> KeyEncryptionKey:
    named = [name for name in _SOURCES if os.environ.get(name)]
    if len(named) > 1:
        raise KeyUnusable(f"{named[0]} and {named[1]} are both set, and there is one key: keep the one that counts.")
    match named:
        case ["PRISM_KEY"]:
            return _read(os.environ["PRISM_KEY"], name="PRISM_KEY")
        case ["PRISM_KEY_FILE"]:
            path = Path(os.environ["PRISM_KEY_FILE"]).expanduser()
            return _read(read_key_file(path, name="PRISM_KEY_FILE"), name="The key in PRISM_KEY_FILE")
        case ["PRISM_VAULT_TRANSIT_KEY"]:
            return transit_key(os.environ["PRISM_VAULT_TRANSIT_KEY"])
    if own_key_file().exists():
        name = "The key file of this installation"
        return _read(read_key_file(own_key_file(), name=name), name=name)
    raise KeyUnusable(
        "There is no key to encrypt with: run `manage.py keys generate` and set PRISM_KEY or PRISM_KEY_FILE."
    )


def _older() -> Iterator[KeyEncryptionKey]:
    for text in os.environ.get("PRISM_KEY_OLD", "").split(","):
        if text.strip():
            yield _read(text, name="PRISM_KEY_OLD")


def _read(text: str, *, name: str) -> KeyEncryptionKey:
    text = text.strip()
    return transit_key(text) if text.startswith(SCHEME) else LocalKey(read_key(text, name=name))
