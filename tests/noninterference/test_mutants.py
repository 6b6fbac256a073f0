"""The proof has teeth: with any one guard taken away, it fails."""

from collections.abc import Callable

import pytest

from permissions.policy import default_policy, parse_policy
from tests.noninterference.asking import Asker, InterferenceError
from tests.noninterference.mutants import MUTANTS, Mutant
from tests.noninterference.principals import NAMED, user
from tests.noninterference.proving import Prover, Tally
from tests.noninterference.repeating import repeatedly
from tests.noninterference.worlds import MemoryWorld

_PATIENCE = 150

Hunt = Callable[[Mutant], None]


@pytest.fixture
def hunt(asker: Asker, world: MemoryWorld) -> tuple[Hunt, Tally]:
    """Return what tries a mutant's examples, and what it counts."""
    tally = Tally()

    def hunted(mutant: Mutant) -> None:
        policy = default_policy() if mutant.policy is None else parse_policy(mutant.policy)
        principal = NAMED.get(mutant.who) or user(mutant.who)
        prover = Prover(asker, world, policy, principal, tally)
        repeatedly(_PATIENCE, lambda draw: prover.example(draw, mutant.focus))

    return hunted, tally


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.guard.replace(" ", "-"))
def test_the_proof_fails_without(hunt: tuple[Hunt, Tally], mutant: Mutant, capsys: pytest.CaptureFixture[str]) -> None:
    hunted, tally = hunt
    with mutant.patched(), pytest.raises(InterferenceError):
        hunted(mutant)
    with capsys.disabled():
        print(f"\nwithout {mutant.guard}: noticed after {tally.pairs} pairs", end="")  # noqa: T201  what it is run for


def test_each_guard_is_named_once() -> None:
    assert len({mutant.guard for mutant in MUTANTS}) == len(MUTANTS)
