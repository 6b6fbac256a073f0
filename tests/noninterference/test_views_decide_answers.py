"""Non-interference: what a principal receives is a function of their view alone, to the byte.

`PRISM_PROOF_TIMES` multiplies the usual number of examples (`make proof`); then they are random.
"""

import os

import pytest
from hypothesis import strategies as st

from permissions.policy import Policy, default_policy, parse_policy
from permissions.principal import Principal
from tests.noninterference.asking import Asker
from tests.noninterference.operations import Form
from tests.noninterference.principals import DENIALS, NAMED, SUMS, random_policies, user
from tests.noninterference.proving import Focus, Prover, Tally
from tests.noninterference.repeating import repeatedly
from tests.noninterference.worlds import Kind, MemoryWorld

_TIMES = int(os.environ.get("PRISM_PROOF_TIMES", "1"))
_EXAMPLES, _POLICIES = 31, 40
_AT_LEAST = 5000

CASES: dict[str, tuple[Policy, Principal]] = {
    **{name: (default_policy(), principal) for name, principal in NAMED.items()},
    "values seen only in sums": (parse_policy(SUMS), user("analyst")),
    "denials": (parse_policy(DENIALS), user("denied")),
}


@pytest.fixture(scope="module")
def tally() -> Tally:
    """Return the count of what all tests of this module exercise."""
    return Tally()


@pytest.mark.parametrize("name", CASES)
def test_equal_views_give_equal_bytes(asker: Asker, world: MemoryWorld, tally: Tally, name: str) -> None:
    prover = Prover(asker, world, *CASES[name], tally)
    repeatedly(_EXAMPLES * _TIMES, lambda draw: prover.example(draw, Focus()), usual=_TIMES == 1)
    tally.cases += 1


def test_so_they_do_under_any_policy(asker: Asker, world: MemoryWorld, tally: Tally) -> None:
    def tried(draw: st.DrawFn) -> None:
        policy, principal = draw(random_policies())
        prover = Prover(asker, world, policy, principal, tally)
        for _ in range(3):
            prover.example(draw, Focus())

    repeatedly(_POLICIES * _TIMES, tried, usual=_TIMES == 1)
    tally.cases += 1


def test_enough_was_asked(tally: Tally, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{tally}")  # noqa: T201  what the proof is worth
    every = tally.cases == len(CASES) + 1
    # Of those that ran: a selection of them answers for its own share.
    assert tally.pairs >= _AT_LEAST * _TIMES * tally.cases // (len(CASES) + 1)
    assert not every or (set(Kind), set(Form)) == (set(tally.changes), set(tally.forms))
