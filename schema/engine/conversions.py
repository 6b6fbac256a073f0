"""From a coerced GraphQL value to what a statement compares with."""

from collections.abc import Iterable
from enum import Enum
from typing import Any

__all__ = ["containing", "plain", "plain_list", "starting"]


def plain(value: Any) -> Any:
    """Return a scalar as it is, an enum value as it is stored."""
    return value.value if isinstance(value, Enum) else value


def plain_list(values: Iterable[Any]) -> list[Any]:
    """Return a list of scalars or enum values as they are stored."""
    return [plain(value) for value in values]


def containing(text: str) -> str:
    """Return the LIKE pattern for texts that contain `text`."""
    return f"%{_escaped(text)}%"


def starting(text: str) -> str:
    """Return the LIKE pattern for texts that start with `text`."""
    return f"{_escaped(text)}%"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
