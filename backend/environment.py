"""Reading what an operator sets."""

import os
from collections.abc import Sequence

from backend.errors import SetupError


def whole_number(name: str, default: int, *, least: int, most: int) -> int:
    """Return the environment variable `name` as a whole number from `least` to `most`, or `default` when it is not set.

    Raises: SetupError.
    """
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    # The length first: int() of a very long text is slow, and then fails with a message of its own.
    if text.isascii() and text.isdigit() and len(text) < 20 and least <= int(text) <= most:
        return int(text)
    raise SetupError(f"{name} must be a whole number from {least} to {most}.")


def one_of(name: str, default: str, choices: Sequence[str]) -> str:
    """Return the environment variable `name`, one of `choices`, or `default` when it is not set.

    Raises: SetupError.
    """
    text = os.environ.get(name, "").strip() or default
    if text not in choices:
        raise SetupError(f"{name} must be one of: {', '.join(choices)}.")
    return text
