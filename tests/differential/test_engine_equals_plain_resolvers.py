"""The engine answers every operation as plain resolvers over the same rows do, for every role.

`PRISM_DIFFERENTIAL_EXAMPLES` says how many operations each principal sends; above the usual number they are random.
"""

import json
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings

from tests.differential.access import access_of
from tests.differential.comparing import Comparison
from tests.differential.engine import Engine
from tests.differential.nouns import NOUNS
from tests.differential.operations import CursorNeed, Material, Operation, operations
from tests.differential.oracle import Oracle
from tests.differential.principals import CASES, POLICIES, policy_named, principal_named
from tests.differential.rows import World
from tests.differential.sight import Sight

# The mark makes pytest-django create the database; the rows are committed by `world`, outside any test's transaction.
pytestmark = pytest.mark.django_db

_USUAL = 40
_EXAMPLES = int(os.environ.get("PRISM_DIFFERENTIAL_EXAMPLES", _USUAL))


@pytest.fixture(scope="module")
def engines(world: World) -> Iterator[dict[str, Engine]]:
    made = {name: Engine(policy) for name, policy in POLICIES.items()}
    for engine in made.values():
        engine.__enter__()
    yield made
    for engine in made.values():
        engine.__exit__(None, None, None)


class Pair:
    """The engine and the oracle, asked as one principal."""

    def __init__(self, world: World, engine: Engine, policy: str, who: str) -> None:
        self.engine, self.principal = engine, principal_named(who)
        self.view, sdl = engine.view(self.principal)
        self.oracle = Oracle(Sight(policy_named(policy), self.principal, world), sdl)
        self.world = world

    @property
    def material(self) -> Material:
        """What operations for this principal are made of."""
        keys = {name: [row.pk for row in self.world.all(facts.model)] for name, facts in NOUNS.items()}
        visible = {name: [row.pk for row in self.oracle.visible(name)] for name in NOUNS}
        return Material(self.oracle.schema, keys, visible)

    def check(self, operation: Operation) -> None:
        """Assert that both answer alike."""
        name = operation.operation_name
        document, variables = operation.with_cursors(self._cursor)
        answered = self.engine.ask(self.principal, document, variables, name)
        expected = self.oracle.ask(document, variables, name)
        comparison = Comparison()
        for told in (document, json.dumps(variables), json.dumps(answered)[:3000], json.dumps(expected)[:3000]):
            note(told)
        assert "data" in answered
        comparison.errors(answered, expected)
        comparison.data(answered["data"], expected["data"])
        comparison.access(answered, expected, access_of(self.oracle, self.view, document, variables, name))

    def _cursor(self, need: CursorNeed) -> str:
        """Return the engine's cursor for a row, and tell the oracle what it stands for."""
        cursor = self.engine.cursor(self.principal, need)
        self.oracle.places[cursor] = (need.type_name, need.order, need.key)
        return cursor


@pytest.mark.parametrize(("policy", "who"), CASES, ids=str)
def test_the_engine_answers_as_plain_resolvers_do(
    world: World, engines: dict[str, Engine], policy: str, who: str
) -> None:
    pair = Pair(world, engines[policy], policy, who)
    material = pair.material

    @settings(
        max_examples=_EXAMPLES,
        derandomize=_EXAMPLES == _USUAL,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(operations(material))
    def same(operation: Operation) -> None:
        pair.check(operation)

    same()
