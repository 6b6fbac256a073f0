"""The unwrapped keys of this process, in memory only."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backend.vault.envelope import DataKey, cipher_of
from backend.vault.errors import KeyMissing, VaultError
from backend.vault.key_changes import Record, unrecorded
from backend.vault.providers.configured import KeyEncryptionKeys, key_encryption_keys
from backend.vault.states import KeyState, Purpose
from backend.vault.store import KeyStore, StoredKey, Wrapped, default_conninfo
from backend.vault.wrapping import rewrapped, unwrapped, wrapped_new_key

# A process seals under a data key for at most so long after another was made active.
FRESH_SECONDS = 5.0


class Keyring:
    """Hands out keys by id or by column; reads the database when it meets one it does not know.

    Invariant: what it hands out for sealing and indexing is committed in the database, and was the active key at most
    FRESH_SECONDS ago.
    """

    def __init__(
        self,
        store: KeyStore,
        *,
        keys: Callable[[], KeyEncryptionKeys] = key_encryption_keys,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._keys, self._clock = store, keys, clock
        # One thread at a time reads and unwraps; looking a known key up takes no lock.
        self._lock = threading.RLock()
        self.forget()

    def __repr__(self) -> str:
        return f"Keyring({len(self._rows)} keys)"

    def forget(self) -> None:
        """Forget everything: the database may be another one."""
        with self._lock:
            self._ciphers: dict[int, AESGCM] = {}
            self._index_keys: dict[str, bytes] = {}
            self._rows: dict[int, StoredKey] = {}
            self._missing: dict[int, float] = {}
            self._current: DataKey | None = None
            self._current_at = -FRESH_SECONDS

    @property
    def current(self) -> DataKey:
        """The data key that seals now; the first one is made when there is none.

        Raises: KeyUnusable, KeyWrong, ProviderFailed.
        """
        current = self._current
        if current is not None and self._clock() - self._current_at < FRESH_SECONDS:
            return current
        with self._lock:
            return self._read_current()

    def cipher(self, key_id: int) -> AESGCM:
        """Return the cipher of a data key.

        Raises: KeyMissing, KeyUnusable, KeyWrong, ProviderFailed.
        """
        cipher = self._ciphers.get(key_id)
        return self._find_cipher(key_id) if cipher is None else cipher

    def index_key(self, name: str) -> bytes:
        """Return the 32 bytes that make the blind index of the column `table.column`; made when there are none.

        Raises: KeyUnusable, KeyWrong, ProviderFailed.
        """
        key = self._index_keys.get(name)
        return self._find_index_key(name) if key is None else key

    def unwrap_all(self) -> None:
        """Return when every key in the database can be used.

        Raises: KeyUnusable, KeyWrong, ProviderFailed.
        """
        keys = self._keys()
        with self._lock:
            self._read()
            for row in self._rows.values():
                if row.state != KeyState.RETIRED:
                    unwrapped(keys, row)

    def rotate(self, record: Record = unrecorded) -> int:
        """Make another data key the one that seals, and return its id."""
        key_id = self._store.rotate(self._make, record)
        self.forget()
        return key_id

    def rewrap(self, record: Record = unrecorded) -> int:
        """Wrap every key by the current key-encryption key, and return how many were not.

        Raises: KeyUnusable, KeyWrong, ProviderFailed.
        """
        keys = self._keys()
        return self._store.rewrap(lambda stored: rewrapped(keys, stored), record)

    def _read_current(self) -> DataKey:
        # The time first: what is committed while the answer travels is newer than it.
        now = self._clock()
        if self._current is not None and now - self._current_at < FRESH_SECONDS:
            return self._current  # Another thread has just read it.
        row = self._read_active(Purpose.DATA, "")
        if self._current is None or self._current.key_id != row.key_id:
            self._current = DataKey(row.key_id, self.cipher(row.key_id))
        self._current_at = now
        return self._current

    def _find_cipher(self, key_id: int) -> AESGCM:
        with self._lock:
            if key_id not in self._rows:
                self._look_for(key_id)
            row = self._rows.get(key_id)
            if row is None or row.state == KeyState.RETIRED or row.purpose != Purpose.DATA:
                raise KeyMissing(key_id)
            return self._ciphers.setdefault(key_id, cipher_of(self._unwrapped(row)))

    def _look_for(self, key_id: int) -> None:
        # Each value under a key that is gone would cost a query otherwise.
        if self._clock() - self._missing.get(key_id, -FRESH_SECONDS) >= FRESH_SECONDS:
            self._read()
            if key_id not in self._rows:
                self._missing[key_id] = self._clock()

    def _find_index_key(self, name: str) -> bytes:
        with self._lock:
            if name not in self._index_keys:
                self._index_keys[name] = self._unwrapped(self._read_active(Purpose.INDEX, name))
            return self._index_keys[name]

    def _read_active(self, purpose: Purpose, column_name: str) -> StoredKey:
        self._read()
        if (row := self._active(purpose, column_name)) is None:
            self._store.ensure(purpose, column_name, self._make)
            self._read()
            row = self._active(purpose, column_name)
        if row is None:
            raise VaultError("A key that was just added to vault_datakey is not there.")
        return row

    def _active(self, purpose: Purpose, column_name: str) -> StoredKey | None:
        wanted = (purpose, column_name, KeyState.ACTIVE)
        return next((row for row in self._rows.values() if (row.purpose, row.column_name, row.state) == wanted), None)

    def _read(self) -> None:
        self._rows = {row.key_id: row for row in self._store.read()}

    def _make(self, associated_data: bytes) -> Wrapped:
        return wrapped_new_key(self._keys(), associated_data)

    def _unwrapped(self, row: StoredKey) -> bytes:
        return unwrapped(self._keys(), row)


_default = Keyring(KeyStore(default_conninfo))
_in_use = _default


def keyring() -> Keyring:
    """Return the keyring of this process."""
    return _in_use


def keyring_at(url: str) -> Keyring:
    """Return a keyring over the database at `url`, for a process that reads more than one."""
    return Keyring(KeyStore(lambda: url))


@contextmanager
def using_keyring(other: Keyring) -> Iterator[None]:
    """Have the whole process use another keyring meanwhile."""
    global _in_use  # noqa: PLW0603  one a process is the point
    before, _in_use = _in_use, other
    try:
        yield
    finally:
        _in_use = before


def reset_keyring() -> None:
    """Forget the keys of this process, for tests."""
    keyring().forget()


def forget_keys(**_signal: Any) -> None:
    """Forget the keys of Django's database: it was migrated or flushed."""
    _default.forget()
