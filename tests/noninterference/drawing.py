"""Choices drawn by hypothesis, so that what fails can be made smaller and found again."""

from collections.abc import Sequence
from functools import cache
from typing import TypeVar

from hypothesis import strategies as st

_T = TypeVar("_T")


@cache
def _below(limit: int) -> st.SearchStrategy[int]:
    return st.integers(0, limit - 1)


class Dice:
    """Draws choices of an example. The simplest example takes the first option and says no."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def number(self, limit: int) -> int:
        """Return a number from 0 to below `limit`."""
        return self._draw(_below(limit)) if limit > 1 else 0

    def one_of(self, options: Sequence[_T]) -> _T:
        """Return one of the options."""
        return options[self.number(len(options))]

    def likely(self, percent: int) -> bool:
        """Say yes so often."""
        return self.number(100) >= 100 - percent
