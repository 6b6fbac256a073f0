"""Blind indexes: how an equality filter finds a value that nobody can read."""

import hmac

from django.apps import apps

from backend.vault.envelope import KEY_BYTES
from backend.vault.errors import KeyLengthError
from backend.vault.keyring import keyring
from backend.vault.normalise import Normaliser

INDEX_BYTES = 16


def blind_index(plaintext: str, *, key: bytes) -> bytes:
    """Return the keyed digest by which an equality filter finds `plaintext`.

    Equal inputs give equal digests: the column leaks equality and frequency, nothing else.

    Units: `key` 32 bytes; result 16 bytes.
    Raises: KeyLengthError if `key` is not 32 bytes.
    Source: CipherSweet's blind indexes; docs/adr/0013-one-index-key-per-column.md
    """
    if len(key) != KEY_BYTES:
        raise KeyLengthError
    # Any text has a digest: half a surrogate pair, which UTF-8 refuses, too.
    return hmac.digest(key, plaintext.encode(errors="surrogatepass"), "sha256")[:INDEX_BYTES]


def index_of(column_name: str, value: str) -> bytes:
    """Return the blind index of a value, in any spelling, as the column `table.column` holds it.

    Raises: LookupError when no encrypted column of that name is indexed; KeyUnusable, KeyWrong, ProviderFailed.
    """
    return blind_index(_normaliser(column_name)(value), key=keyring().index_key(column_name))


def _normaliser(column_name: str) -> Normaliser:
    for model in apps.get_models():
        for field in model._meta.local_concrete_fields:
            if f"{model._meta.db_table}.{field.column}" == column_name:
                normaliser = getattr(field, "index", None)
                if isinstance(normaliser, Normaliser):
                    return normaliser
    raise LookupError(f"No encrypted column {column_name} has a blind index.")
