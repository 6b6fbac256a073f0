"""Choices of an example. Hypothesis draws the seed, and so can find the example again."""

from collections.abc import Sequence
from random import Random
from typing import TypeVar

from hypothesis import strategies as st

_T = TypeVar("_T")


class Dice:
    """Makes the choices of one example.

    Choices drawn one by one by hypothesis would shrink better, but repeat each other: three in four operations did.
    """

    def __init__(self, random: Random) -> None:
        self._random = random

    def number(self, limit: int) -> int:
        """Return a number from 0 to below `limit`."""
        return self._random.randrange(limit)

    def one_of(self, options: Sequence[_T]) -> _T:
        """Return one of the options."""
        return self._random.choice(options)

    def likely(self, percent: int) -> bool:
        """Say yes so often."""
        return self._random.random() * 100 < percent


@st.composite
def dice(draw: st.DrawFn) -> Dice:
    """Generate dice."""
    return Dice(draw(st.randoms(use_true_random=True)))
