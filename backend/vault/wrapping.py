"""Keys wrapped by the key-encryption keys, and unwrapped again."""

import os

from backend.vault.envelope import KEY_BYTES
from backend.vault.errors import KeyWrong, SealBroken
from backend.vault.providers.configured import KeyEncryptionKeys
from backend.vault.states import KeyState
from backend.vault.store import StoredKey, Wrapped


def wrapped_new_key(keys: KeyEncryptionKeys, associated_data: bytes) -> Wrapped:
    """Return a new random key, wrapped by the current key-encryption key."""
    return _wrapped(keys, os.urandom(KEY_BYTES), associated_data)


def unwrapped(keys: KeyEncryptionKeys, stored: StoredKey) -> bytes:
    """Return a stored key.

    Raises: KeyWrong, ProviderFailed.
    """
    key_encryption_key = keys.of(stored.provider)
    if key_encryption_key is None or stored.wrapped is None:
        raise KeyWrong(stored.key_id, stored.provider)
    try:
        return key_encryption_key.unwrap(stored.wrapped, associated_data=stored.associated_data)
    except SealBroken:
        raise KeyWrong(stored.key_id, stored.provider) from None


def rewrapped(keys: KeyEncryptionKeys, stored: StoredKey) -> Wrapped | None:
    """Return a stored key wrapped by the current key-encryption key; None when it is, or when it is retired.

    Raises: KeyWrong, ProviderFailed.
    """
    if stored.state == KeyState.RETIRED or stored.provider == keys.current.id:
        return None
    return _wrapped(keys, unwrapped(keys, stored), stored.associated_data)


def _wrapped(keys: KeyEncryptionKeys, key: bytes, associated_data: bytes) -> Wrapped:
    return Wrapped(keys.current.id, keys.current.wrap(key, associated_data=associated_data))
