"""The engine answers every operation as plain resolvers over the same rows do, for every role.

`PRISM_DIFFERENTIAL_EXAMPLES` says how many operations each principal sends; unless it is the usual number they are
random, and a failing one is made small.
"""

import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.differential.engine import Engine
from tests.differential.operations import Operation, operations
from tests.differential.pair import Pair
from tests.differential.principals import CASES
from tests.differential.rows import World

# The mark makes pytest-django create the database; the rows are committed by `world`, outside any test's transaction.
pytestmark = pytest.mark.django_db

_USUAL = 40
_EXAMPLES = int(os.environ.get("PRISM_DIFFERENTIAL_EXAMPLES", _USUAL))
_PHASES = (Phase.generate,) if _EXAMPLES == _USUAL else (Phase.generate, Phase.shrink)


@pytest.mark.parametrize(("policy", "who"), CASES, ids=str)
def test_the_engine_answers_as_plain_resolvers_do(
    world: World, engines: dict[str, Engine], policy: str, who: str
) -> None:
    pair = Pair(world, engines[policy], policy, who)

    @settings(
        max_examples=_EXAMPLES,
        derandomize=_EXAMPLES == _USUAL,
        database=None,
        deadline=None,
        phases=_PHASES,
        # Documents are large on purpose.
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
    )
    @given(operations(pair.material))
    def same(operation: Operation) -> None:
        pair.check(operation)

    same()
