"""The key under which values in records of changes are recognised and never read."""

from backend.vault.keyring import Keyring

_NAME = "audit_auditchange.changes"


def fingerprint_key(keys: Keyring) -> bytes:
    """Return the 32 bytes that make fingerprints, and nothing else; made when there are none.

    Raises: KeyUnusable, KeyWrong, ProviderFailed.
    """
    return keys.index_key(_NAME)
