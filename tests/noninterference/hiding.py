"""Hypothesis strategy of hidden changes: what a principal may not notice, proposed at random, judged by the oracle."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from hypothesis import strategies as st

from tests.noninterference.drawing import dice
from tests.noninterference.hidden_cells import CellProposals
from tests.noninterference.hidden_links import LinkProposals
from tests.noninterference.hidden_rows import RowProposals
from tests.noninterference.seen import Eyes
from tests.noninterference.worlds import Change, Kind, MemoryWorld

MOST_CHANGES = 6


@dataclass(frozen=True)
class Hidden:
    """Changes that leave a view as it is, and the world they give."""

    changes: tuple[Change, ...]
    world: MemoryWorld


@st.composite
def hidden_changes(
    draw: st.DrawFn, eyes: Eyes, world: MemoryWorld, kinds: Sequence[Kind], tally: Counter[str] | None = None
) -> Hidden:
    """Generate up to six changes of the given kinds that the oracle cannot see."""
    proposer = _Proposer(draw(dice()), eyes, world)
    proposed = proposer.several(kinds)
    before = eyes.seen
    changed = world.with_changes(proposed)
    if _sees(eyes, changed) != before:
        proposed, changed = _unseen(eyes, world, proposed, before)
    if tally is not None:
        tally.update(change.kind for change in proposed)
    return Hidden(tuple(proposed), changed)


def _unseen(eyes: Eyes, world: MemoryWorld, proposed: list[Change], before: Any) -> tuple[list[Change], MemoryWorld]:
    """Keep, one after the other, the changes that leave the view as it was."""
    kept: list[Change] = []
    current = world
    for change in proposed:
        candidate = current.with_changes([change])
        if _sees(eyes, candidate) == before:
            kept.append(change)
            current = candidate
    return kept, current


def _sees(eyes: Eyes, world: MemoryWorld) -> Any:
    return Eyes(eyes.policy, eyes.principal, world).seen


class _Proposer(CellProposals, RowProposals, LinkProposals):
    """Proposes changes of any kind."""

    def several(self, kinds: Sequence[Kind]) -> list[Change]:
        """Return up to six changes; the world may offer fewer."""
        wanted = 1 + self.dice.number(MOST_CHANGES)
        attempts = (self._propose(self.dice.one_of(kinds)) for _ in range(4 * wanted))
        return list(islice((change for change in attempts if change is not None), wanted))

    def _propose(self, kind: Kind) -> Change | None:
        proposals: dict[Kind, Callable[[Kind], Change | None]] = {
            Kind.HIDDEN_VALUE: self.hidden_value,
            Kind.HIDDEN_KEY: self.hidden_key,
            Kind.ADDED_ROW: self.added_row,
            Kind.REMOVED_ROW: self.removed_row,
            Kind.DELETED_ROW: self.deleted_row,
            Kind.LINK: self.link,
            Kind.UNEXPOSED: self.unexposed,
        }
        change = proposals.get(kind, self.cell)(kind)
        # One row is changed once: a second change would undo the first.
        if change is None or any(write.pk in self.touched or self.clashes(write) for write in change.writes):
            return None
        self.touched |= {write.pk for write in change.writes}
        self.after = self.after.with_changes([change])
        return change
