"""System checks: without its key Prism does not start, for it would not write in clear.

prism.E020  there is no key-encryption key
prism.E021  the key-encryption key is malformed, or others can read it
prism.E022  the key-encryption key does not unwrap the keys in the database
prism.E023  an encrypted field of a model whose rows have no UUID for a key (backend/vault/fields.py)
prism.E024  an encrypted field that is unique, indexed, or has a default in the database (the same)
"""

from collections.abc import Sequence
from typing import Any

import psycopg
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import DEFAULT_DB_ALIAS

from backend.errors import SetupError
from backend.vault.errors import KeyUnusable, VaultError
from backend.vault.keyring import keyring
from backend.vault.providers.configured import key_encryption_keys, key_is_configured, own_key_file

_HINT = "`manage.py keys generate` prints a key. Keep a copy apart from the database: without it nothing opens again."


@register("prism")
def check_key(**_: Any) -> Sequence[CheckMessage]:
    """Refuse to run without a key-encryption key that can serve."""
    try:
        key_encryption_keys()
    except VaultError as error:
        missing = not key_is_configured() and not own_key_file().exists()
        return [Error(str(error), hint=_HINT, id="prism.E020" if missing else "prism.E021")]
    return []


@register(Tags.database)
def check_keys_in_the_database(*, databases: Sequence[str] | None = None, **_: Any) -> Sequence[CheckMessage]:
    """Refuse a key-encryption key that does not unwrap what is stored; asked where the database may be asked."""
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    try:
        keyring().unwrap_all()
    except KeyUnusable:
        return []  # check_key says so.
    except (psycopg.errors.UndefinedTable, psycopg.OperationalError):
        return []  # Not migrated yet, or out of reach, which Django says itself; a check never raises.
    except VaultError as error:
        hint = "See docs/vault.md, When the key is lost."
        return [Error(str(error), hint=hint, id="prism.E022")]
    return []


def verify_keyring() -> None:
    """Return when every key in the database can be used; a server calls this before it serves.

    Raises: SetupError.
    """
    try:
        keyring().unwrap_all()
    except VaultError as error:
        raise SetupError(str(error)) from error
    except psycopg.errors.UndefinedTable as error:
        raise SetupError("The database has no table of keys: run `manage.py migrate`.") from error
    except psycopg.OperationalError as error:
        raise SetupError("Prism cannot read its keys: the database does not answer.") from error
