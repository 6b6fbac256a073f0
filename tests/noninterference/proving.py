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
from tests.noninterference.drawing import Dice
from tests.noninterference.drawing import dice as drawn_dice
from tests.noninterference.hiding import hidden_changes
from tests.noninterference.material import Material
from tests.noninterference.naming import hidden_names, names_in, told_names
from tests.noninterference.operations import Form, Writer
from tests.noninterference.seen import Eyes
from tests.noninterference.stores import Side
from tests.noninterference.walking import walk
from tests.noninterference.worlds import Change, Kind, MemoryWorld


@dataclass(frozen=True)
class Focus:
    """Which changes and operations an example is made of. Each takes a few of them, and so meets their combinations."""

    kinds: Sequence[Kind] = tuple(Kind)
    forms: Sequence[Form] = (*Form, Form.LIST, Form.AGGREGATE)
    operations: int = 8

    def narrowed(self, dice: Dice) -> "Focus":
        """Return a focus on up to three kinds and two forms."""
        kinds = [dice.one_of(self.kinds) for _ in range(3)]
        return Focus(kinds, [dice.one_of(self.forms) for _ in range(2)], self.operations)


@dataclass
class Tally:
    """What was exercised."""

    pairs: int = 0
    changes: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)
    cases: int = 0
    without_difference: int = 0

    def __str__(self) -> str:
        counts = [f"{self.pairs} operations asked of both worlds of a pair: {_listed(self.forms)}"]
        counts.append(f"{sum(self.changes.values())} hidden changes: {_listed(self.changes)}")
        return "\n".join([*counts, f"{self.without_difference} pairs of worlds offered nothing to hide"])


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.most_common())


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
        dice = draw(drawn_dice())
        focus = focus.narrowed(dice)
        hidden = draw(hidden_changes(self.eyes, self.world, focus.kinds, self.tally.changes))
        if not hidden.changes:
            self.tally.without_difference += 1
            return
        note(f"hidden: {hidden.changes}")
        self.asker.become({Side.A: (), Side.B: hidden.changes})
        material = Material(self.schema, (self.world, hidden.world), hidden.changes)
        for _ in range(focus.operations):
            form, before = dice.one_of(focus.forms), self.asker.pairs
            try:
                self._operation(form, dice, material)
            except InterferenceError as error:
                raise InterferenceError(f"{error}\nhidden: {self._needed(hidden.changes, error)}") from None
            self.tally.forms[form] += self.asker.pairs - before
            self.tally.pairs += self.asker.pairs - before

    def _operation(self, form: Form, dice: Dice, material: Material) -> None:
        if form is Form.WALK:
            walk(dice, material, self.compare)
            return
        request = Writer(dice, material).request(form)
        self.compare(dict.fromkeys(Side, request))

    def _needed(self, changes: Sequence[Change], error: InterferenceError) -> Sequence[Change]:
        """Return the changes without which the answers would not differ."""
        needed = list(changes)
        if error.requests is None:
            return needed
        for change in changes:
            rest = [each for each in needed if each is not change]
            self.asker.become({Side.A: (), Side.B: rest})
            answers = self.asker.ask(self.app, self.principal, error.requests)
            if answers[Side.A] != answers[Side.B]:
                needed = rest
        return needed

    def compare(self, requests: dict[Side, Request]) -> dict[Side, bytes]:
        """Ask both worlds, and return the answers, which are equal.

        Raises: InterferenceError.
        """
        answers = self.asker.ask(self.app, self.principal, requests)
        if answers[Side.A] != answers[Side.B]:
            asked = requests[Side.A]
            raise InterferenceError(
                f"\n{asked.document}\n{asked.variables}\nA: {answers[Side.A].decode()}\nB: {answers[Side.B].decode()}",
                requests,
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
