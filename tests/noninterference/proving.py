"""One example of the proof: a pair of worlds that look alike to a principal, and operations asked of both."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import note
from hypothesis import strategies as st

from permissions.policy import Policy
from permissions.principal import Principal
from tests.noninterference.asking import Asker, InterferenceError, Request
from tests.noninterference.drawing import dice as drawn_dice
from tests.noninterference.hiding import hidden_changes
from tests.noninterference.material import Material
from tests.noninterference.naming import hidden_names, names_in, told_names
from tests.noninterference.operations import Form, Writer
from tests.noninterference.seen import Eyes
from tests.noninterference.stores import Side
from tests.noninterference.walking import walk
from tests.noninterference.worlds import Kind, MemoryWorld


@dataclass(frozen=True)
class Focus:
    """Which changes and operations an example is made of."""

    kinds: Sequence[Kind] = tuple(Kind)
    forms: Sequence[Form] = (*Form, Form.LIST, Form.AGGREGATE)
    operations: int = 8


@dataclass
class Tally:
    """What was exercised."""

    pairs: int = 0
    changes: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)
    without_difference: int = 0


class Prover:
    """Asks as one principal under one policy."""

    def __init__(self, asker: Asker, world: MemoryWorld, policy: Policy, principal: Principal, tally: Tally) -> None:
        self.asker, self.world, self.principal, self.tally = asker, world, principal, tally
        self.app = asker.app(policy)
        self.schema = asker.schema(self.app, principal)
        self.eyes = Eyes(policy, principal, world)
        self._hidden_names = hidden_names(self.schema)
        self._check_schema()
        self._seen: Any = None

    def example(self, draw: st.DrawFn, focus: Focus) -> None:
        """Draw a pair and operations, and compare all answers.

        Raises: InterferenceError.
        """
        hidden = draw(hidden_changes(self.eyes, self.world, focus.kinds, self.tally.changes))
        if not hidden.changes:
            self.tally.without_difference += 1
            return
        note(f"hidden: {hidden.changes}")
        self.asker.become({Side.A: (), Side.B: hidden.changes})
        material = Material(self.schema, (self.world, hidden.world), hidden.changes)
        dice = draw(drawn_dice())
        for _ in range(focus.operations):
            form = dice.one_of(focus.forms)
            before = self.asker.pairs
            if form is Form.WALK:
                walk(dice, material, self.compare)
            else:
                request = Writer(dice, material).request(form)
                self.compare({side: request for side in Side})
            self.tally.forms[form] += self.asker.pairs - before
            self.tally.pairs += self.asker.pairs - before

    def compare(self, requests: dict[Side, Request]) -> dict[Side, bytes]:
        """Ask both worlds, and return the answers, which are equal.

        Raises: InterferenceError.
        """
        answers = self.asker.ask(self.app, self.principal, requests)
        if answers[Side.A] != answers[Side.B]:
            asked = requests[Side.A]
            raise InterferenceError(
                f"\n{asked.document}\n{asked.variables}\nA: {answers[Side.A].decode()}\nB: {answers[Side.B].decode()}"
            )
        for side, request in requests.items():
            self._check_names(request, answers[side])
        return answers

    def _check_schema(self) -> None:
        """What is absent for the principal is in no type and no input of their schema."""
        for type_name in self.eyes.absent_types():
            if type_name in self.schema.type_map:
                raise InterferenceError(f"the schema holds {type_name}, which is absent")
        for type_name, name in self.eyes.absent_fields():
            for suffix in ("", "Filter", "Order", "Group", "GroupBy", "GroupKey", "Having", "AggregateOrder"):
                declared: Any = self.schema.type_map.get(f"{type_name}{suffix}")
                if declared is not None and name in declared.fields:
                    raise InterferenceError(f"{type_name}{suffix} holds {name}, which is absent")

    def _check_names(self, request: Request, answer: bytes) -> None:
        """No error names what is not in the principal's schema, unless the request did."""
        if b'"errors"' not in answer:
            return
        if b'"INTERNAL"' in answer:
            raise AssertionError(f"\n{request.document}\n{request.variables}\n{answer.decode()}")
        told = (told_names(answer.decode()) & self._hidden_names) - names_in(f"{request.document} {request.variables}")
        if told:
            raise InterferenceError(f"{sorted(told)} are hidden, and named by\n{request.document}\n{answer.decode()}")
