"""What the vault raises. No message holds a plaintext, a key or a ciphertext.

VaultError
├── SealBroken        a stored value was tampered with, or belongs to another row or column
├── UnknownFormat     a stored value that begins like none of ours
├── KeyMissing        the data key a value was sealed under is not there (any more)
├── KeyWrong          the key-encryption key does not open a wrapped key
├── KeyUnusable       a key-encryption key that is missing, malformed, or open to others
├── KeyLengthError    a key of another length than 32 bytes
├── NotStorable       a value its column cannot hold
├── KeyInUse          a data key that cannot be retired yet
└── ProviderFailed    the service that holds the key-encryption key refused or did not answer; has a code
"""

from enum import StrEnum


class VaultError(Exception):
    """The root of what the vault raises."""


class SealBroken(VaultError):  # noqa: N818  the glossary's word for it
    """A stored value that does not open where it stands."""

    def __init__(self, where: str = "A stored value") -> None:
        super().__init__(f"{where} does not open: it was changed, or it belongs to another row, column or table.")


class UnknownFormat(VaultError):  # noqa: N818  as above
    """A stored value that does not begin like one of ours."""

    def __init__(self) -> None:
        super().__init__("A stored value has a format this version of Prism does not know, or was never sealed.")


class KeyMissing(VaultError):  # noqa: N818  as above
    """No data key of this id can be used: it was retired, or never was in this database."""

    def __init__(self, key_id: int) -> None:
        super().__init__(
            f"Data key {key_id} is retired or not in this database, and a stored value needs it: restore the row of "
            "vault_datakey from a backup; `manage.py keys verify` names the values."
        )
        self.key_id = key_id


class KeyWrong(VaultError):  # noqa: N818  as above
    """The configured key-encryption keys do not unwrap a stored key."""

    def __init__(self, key_id: int, provider: str) -> None:
        super().__init__(
            f"Key {key_id} in the database was wrapped by the key-encryption key {provider}, which the configured ones "
            "are not: set PRISM_KEY or PRISM_KEY_FILE to that key, or name it in PRISM_KEY_OLD."
        )
        self.key_id = key_id


class KeyUnusable(VaultError):  # noqa: N818  as above
    """A key-encryption key that is missing, malformed, or that others can read."""


class KeyLengthError(VaultError):
    """A key of another length than 32 bytes."""

    def __init__(self) -> None:
        super().__init__("The key must be 32 bytes long.")


class NotStorable(VaultError):  # noqa: N818  as above
    """A value that its column cannot hold."""


class KeyInUse(VaultError):  # noqa: N818  as above
    """A data key that cannot be retired: it seals new values, or stored ones need it."""


class ProviderCode(StrEnum):
    """Why the service that holds the key-encryption key did not do what was asked."""

    REFUSED = "REFUSED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    SEALED = "SEALED"
    UNREACHABLE = "UNREACHABLE"
    TIMEOUT = "TIMEOUT"
    BAD_ANSWER = "BAD_ANSWER"


class ProviderFailed(VaultError):  # noqa: N818  as above
    """The service that holds the key-encryption key failed us."""

    def __init__(self, code: ProviderCode, message: str) -> None:
        super().__init__(message)
        self.code = code
