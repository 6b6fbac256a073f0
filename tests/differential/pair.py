"""The engine and the oracle, asked as one principal."""

import json

from hypothesis import currently_in_test_context, note

from tests.differential.access import access_of
from tests.differential.comparing import Comparison
from tests.differential.engine import Engine
from tests.differential.nouns import NOUNS
from tests.differential.operations import CursorNeed, Material, Operation
from tests.differential.oracle import Oracle
from tests.differential.principals import policy_named, principal_named
from tests.differential.rows import World
from tests.differential.sight import Sight


class Pair:
    """Asks both, and compares what they answer."""

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
        if currently_in_test_context():
            note(f"{document}\n{json.dumps(variables)}\n{json.dumps(answered)[:3000]}\n{json.dumps(expected)[:3000]}")
        comparison = Comparison()
        assert "data" in answered
        comparison.errors(answered, expected)
        comparison.data(answered["data"], expected["data"])
        comparison.access(answered, expected, access_of(self.oracle, self.view, document, variables, name))

    def _cursor(self, need: CursorNeed) -> str:
        """Return the engine's cursor for a row, and tell the oracle what it stands for."""
        cursor = self.engine.cursor(self.principal, need)
        self.oracle.places[cursor] = (need.type_name, need.order, need.key)
        return cursor
