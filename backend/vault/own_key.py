"""The key-encryption key of an installation of our own: made once, in a file beside the secret key's."""

from backend.secret_key import make_private
from backend.vault.providers.configured import key_is_configured, own_key_file
from backend.vault.providers.local import new_key_text


def make_own_key() -> None:
    """Make the key file when there is neither a file nor a configured key; only its owner may read it.

    Raises: SetupError.
    """
    if not key_is_configured() and not own_key_file().exists():
        make_private(own_key_file(), new_key_text())
