"""From a coerced GraphQL value to what a statement compares with.

These run for each request, so what they refuse is refused whether or not a plan is known.
"""

from collections.abc import Iterable
from enum import Enum
from typing import Any

from permissions.errors import ErrorCode
from schema.errors import ClientError

__all__ = ["containing", "plain", "plain_list", "searched", "starting"]

LONGEST_LIST = 1000
LONGEST_SEARCH = 100


def plain(value: Any) -> Any:
    """Return a scalar as it is, an enum value as it is stored."""
    return value.value if isinstance(value, Enum) else value


def plain_list(values: Iterable[Any]) -> list[Any]:
    """Return a list of scalars or enum values as they are stored.

    Raises: ClientError BAD_USER_INPUT for a list that is too long.
    """
    given = list(values)
    if len(given) > LONGEST_LIST:
        raise ClientError(ErrorCode.BAD_USER_INPUT, f"A list has at most {LONGEST_LIST} values.")
    return [plain(value) for value in given]


def searched(text: str) -> str:
    """Return a term to search for.

    Raises: ClientError BAD_USER_INPUT for a term that is too long.
    """
    if len(text) > LONGEST_SEARCH:
        raise ClientError(ErrorCode.BAD_USER_INPUT, f"A search has at most {LONGEST_SEARCH} characters.")
    return text


def containing(text: str) -> str:
    """Return the LIKE pattern for texts that contain `text`."""
    return f"%{_escaped(text)}%"


def starting(text: str) -> str:
    """Return the LIKE pattern for texts that start with `text`."""
    return f"{_escaped(text)}%"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
