"""Seeded randomness: what is thrown depends on the seed alone, never on the clock or the process."""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """A stream of choices that one seed determines, in the order they are asked for."""

    __slots__ = ("_bits", "_random")

    def __init__(self, seed: str) -> None:
        # Made-up data must be repeatable, which is what a cryptographic generator is not.
        source = random.Random(seed)  # noqa: S311
        self._random = source.random
        self._bits = source.getrandbits

    def pick(self, items: Sequence[T]) -> T:
        """Return one of `items`, each as likely as the next."""
        return items[int(self._random() * len(items))]

    def chance(self, probability: float) -> bool:
        """Return True with the given probability (0 to 1)."""
        return self._random() < probability

    def between(self, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`, both included; `low` when the range is empty."""
        return low + int(self._random() * max(1, high - low + 1))

    def digits(self, count: int) -> str:
        """Return `count` decimal digits."""
        return str(int(self._random() * 10**count)).zfill(count)

    def key(self, moment: int) -> str:
        """Return a UUIDv7 for `moment` (milliseconds since 1970)."""
        bits = self._bits(74)
        high, middle, low = bits >> 62, 0x8000 | (bits >> 48 & 0x3FFF), bits & 0xFFFF_FFFF_FFFF
        return f"{moment >> 16:08x}-{moment & 0xFFFF:04x}-7{high:03x}-{middle:04x}-{low:012x}"

    def password(self) -> str:
        """Return a stored password that no login can match: Django's mark for unusable, then noise.

        Django's own `make_password(None)` draws its noise from the system, so two equal seeds would differ.
        """
        alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        return "!" + "".join(self.pick(alphabet) for _ in range(40))
