"""Non-interference: what a principal receives is a function of their view alone, to the byte.

`PRISM_PROOF_EXAMPLES` multiplies the usual number of examples (`make proof`); then they are random.
"""

import os
from collections.abc import Callable, Iterator

import pytest
from hypothesis import strategies as st

from permissions.policy import default_policy, parse_policy
from tests.noninterference.asking import Asker
from tests.noninterference.principals import NAMED, SUMS, random_policies, user
from tests.noninterference.proving import Focus, Prover, Tally
from tests.noninterference.repeating import repeatedly
from tests.noninterference.worlds import MemoryWorld

_TIMES = int(os.environ.get("PRISM_PROOF_EXAMPLES", "1"))
_EXAMPLES = 33
_POLICIES = 45


@pytest.fixture(scope="module")
def tally() -> Iterator[Tally]:
    """Count what all tests of this module exercised, and say so at the end."""
    counted = Tally()
    yield counted


@pytest.mark.parametrize("name", NAMED)
def test_equal_views_give_equal_bytes(asker: Asker, world: MemoryWorld, tally: Tally, name: str) -> None:
    prover = Prover(asker, world, default_policy(), NAMED[name], tally)
    repeatedly(_EXAMPLES * _TIMES, lambda draw: prover.example(draw, Focus()), usual=_TIMES == 1)


def test_values_seen_only_in_sums_are_not_learnt_from_small_groups(
    asker: Asker, world: MemoryWorld, tally: Tally
) -> None:
    prover = Prover(asker, world, parse_policy(SUMS), user("analyst"), tally)
    repeatedly(_EXAMPLES * _TIMES, lambda draw: prover.example(draw, Focus()), usual=_TIMES == 1)


def test_so_it_is_under_any_policy(asker: Asker, world: MemoryWorld, tally: Tally) -> None:
    def tried(draw: st.DrawFn) -> None:
        policy, principal = draw(random_policies())
        Prover(asker, world, policy, principal, tally).example(draw, Focus(operations=30))

    repeatedly(_POLICIES * _TIMES, tried, usual=_TIMES == 1)


def test_enough_was_asked(tally: Tally, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{tally.pairs} pairs of operations, {tally.forms}, {tally.changes}, {tally.without_difference} without")  # noqa: T201
