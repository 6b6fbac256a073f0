"""The key behind every signature: `PRISM_SECRET_KEY`, or, for an installation of our own, a file made once."""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from backend.database import var_dir
from backend.errors import SetupError

SHORTEST_KEY = 32


def secret_key() -> str:
    """Return `PRISM_SECRET_KEY`, or the key in the file the demo made, or nothing: then prism.E001 refuses to go on."""
    return os.environ.get("PRISM_SECRET_KEY") or _stored_key()


def require_secret_key() -> None:
    """Return when there is a key that cannot be guessed; a server calls this before it serves.

    Raises: SetupError.
    """
    for error in check_secret_key():
        raise SetupError(error.msg)


def make_secret_key() -> None:
    """Make the key file when there is neither a file nor `PRISM_SECRET_KEY`; only its owner may read it."""
    if not secret_key():
        make_private(_key_file(), secrets.token_urlsafe(48))


def make_private(path: Path, text: str) -> bool:
    """Write `text` to `path` unless something is there, for its owner only; return whether it was written.

    Whoever else makes it at the same moment: one text stays, and a reader sees it whole.
    Raises: SetupError.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = _draft(path, text)
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return False
        finally:
            draft.unlink()
    except OSError as error:
        raise SetupError(
            f"Prism cannot write to {path.parent} ({error.strerror}): name another folder in PRISM_VAR."
        ) from error
    return True


def write_private(path: Path, text: str) -> None:
    """Write `text` to `path`, whole or not at all, readable by its owner only."""
    _draft(path, text).replace(path)


@register
def check_secret_key(**_: Any) -> Sequence[CheckMessage]:
    """Refuse to run on no key, or on one that can be guessed."""
    try:
        key = settings.SECRET_KEY
    except ImproperlyConfigured:  # Django's answer to an empty one; a check never raises.
        key = ""
    if len(key) >= SHORTEST_KEY:
        return []
    hint = "Put 48 or more random characters there, and keep them: tokens and cursors signed with another key are void."
    message = f"PRISM_SECRET_KEY must be set to a secret of at least {SHORTEST_KEY} characters."
    return [Error(message, hint=hint, id="prism.E001")]


def _key_file() -> Path:
    return var_dir() / "secret-key"


def _stored_key() -> str:
    try:
        return _key_file().read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except OSError as error:
        raise SetupError(f"Prism cannot read its key in {_key_file()} ({error.strerror}).") from error


def _draft(path: Path, text: str) -> Path:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return draft
