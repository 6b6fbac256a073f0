"""What a keeper of a key-encryption key has to be able to do."""

from typing import Protocol


class KeyEncryptionKey(Protocol):
    """A key that wraps other keys and never leaves its keeper."""

    @property
    def id(self) -> str:
        """Which key this is, without telling the key: stored beside what it wrapped."""

    def wrap(self, key: bytes, *, associated_data: bytes) -> bytes:
        """Return `key` wrapped for one row: `associated_data` names it, and another row's does not unwrap it.

        Raises: ProviderFailed.
        """

    def unwrap(self, wrapped: bytes, *, associated_data: bytes) -> bytes:
        """Return what was wrapped.

        Raises: SealBroken when this key did not wrap it, or not for that row; ProviderFailed.
        """
