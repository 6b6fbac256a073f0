"""Finding what was done to a chain: records altered, removed, moved, added, or cut off at the end.

What a chain alone cannot tell is whether all of it was made anew from some place on: that takes an anchor kept where
whoever did it cannot write. See docs/adr/0015.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from backend.audit.chain import Anchor, beginning, head_of, link_after
from backend.audit.chained import Chained, chained
from backend.audit.models import ChainName


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with the records from `first` to `last` of a chain."""

    chain: ChainName
    first: int
    last: int
    what: str

    def __str__(self) -> str:
        where = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        return f"{self.chain.value} {where}: {self.what}"


def verify(
    chain: ChainName, anchors: Iterable[Anchor] = (), *, advance: Callable[[int], object] = bool
) -> Iterator[Finding]:
    """Yield what is wrong with a chain, in its order. `advance` is called with the sequence that was reached.

    Records that are added meanwhile are verified too.
    """
    head = head_of(chain)
    walk = _Walk(chain, [*anchors, *([head] if head else [])])
    for record in chained(chain):
        yield from walk.step(record)
        advance(record.sequence)
    yield from walk.missing()
    now = head_of(chain)
    reached = walk.previous.sequence
    if now is None and reached:
        yield Finding(chain, reached, reached, "the chain has records, and its head is missing")
    elif now is not None and reached > now.sequence:
        yield Finding(chain, now.sequence + 1, reached, "added behind the head of the chain")


class _Walk:
    """Follows a chain from its beginning."""

    def __init__(self, chain: ChainName, anchors: Iterable[Anchor]) -> None:
        self._chain = chain
        self._anchors = [anchor for anchor in anchors if anchor.chain == chain]
        self.previous = beginning(chain)

    def step(self, record: Chained) -> Iterator[Finding]:
        """Yield what is wrong with the next record, and with what should be before it."""
        place, expected = record.sequence, self.previous.sequence + 1
        if place > expected:
            yield Finding(self._chain, expected, place - 1, "removed")
        if place < expected:
            yield self._finding(place, "there are two records of this number")
        if link_after(Anchor(self._chain, place - 1, record.previous_hash), record.content).hash != record.hash:
            yield self._finding(place, "altered, or moved here from another place")
        elif place == expected and record.previous_hash != self.previous.hash:
            yield self._finding(place, "does not follow the record before it")
        self.previous = Anchor(self._chain, place, record.hash)
        yield from self._unlike_anchors()

    def missing(self) -> Iterator[Finding]:
        """Yield what should be behind the last record."""
        reached = self.previous.sequence
        for anchor in self._anchors:
            if anchor.sequence > reached:
                yield Finding(self._chain, reached + 1, anchor.sequence, "removed from the end of the chain")

    def _unlike_anchors(self) -> Iterator[Finding]:
        for anchor in self._anchors:
            if anchor.sequence == self.previous.sequence and anchor.hash != self.previous.hash:
                yield self._finding(anchor.sequence, "not the record that was there when its hash was noted")

    def _finding(self, place: int, what: str) -> Finding:
        return Finding(self._chain, place, place, what)
