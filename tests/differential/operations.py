"""Hypothesis strategies for valid operations over a principal's whole schema.

Any two fields with one response key have one spelling within a document (`_Writer.claim`), so that fragments and
aliases can be put anywhere and the document stays valid. Documents are bounded by a budget of fields and a depth.
"""

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from graphql import GraphQLSchema, get_named_type, is_abstract_type, is_enum_type, is_leaf_type
from hypothesis import strategies as st

from tests.differential.nouns import NOUNS, Order, global_id

_T = TypeVar("_T")
_FIELDS = 28
_DEPTH = 4
# What no rows are in: ordinary fields, with tests of their own.
_ORDINARY = {
    "access",
    "explainAccess",
    "simulateAccess",
    "policyVersion",
    "policyVersions",
    "policyDiff",
    "revealRequests",
    "alerts",
}
_DIRECTIONS = ("ASC", "DESC", "ASC_NULLS_FIRST", "DESC_NULLS_FIRST")


@dataclass(frozen=True)
class CursorNeed:
    """A cursor the operation takes from an earlier answer: of which list, in which order, of which row."""

    type_name: str
    order: Order
    key: uuid.UUID

    @property
    def placeholder(self) -> str:
        """What stands for the cursor until it is known."""
        return "cursor:" + json.dumps([self.type_name, self.order, str(self.key)]).encode().hex()


@dataclass(frozen=True, repr=False)
class Operation:
    """A generated request. Cursors are placeholders, in the document and in the variables."""

    document: str
    variables: dict[str, Any]
    operation_name: str | None
    cursors: tuple[CursorNeed, ...]

    def __repr__(self) -> str:
        return "an operation (its text is in the note)"

    def with_cursors(self, spelled: Callable[[CursorNeed], str]) -> tuple[str, dict[str, Any]]:
        """Return the document and the variables with each cursor as `spelled` gives it."""
        document, variables = self.document, json.dumps(self.variables)
        for need in self.cursors:
            text = json.dumps(spelled(need))
            document = document.replace(f'"{need.placeholder}"', text)
            variables = variables.replace(f'"{need.placeholder}"', text)
        return document, json.loads(variables)


@dataclass(frozen=True)
class Material:
    """What operations are made of: the schema, the keys of each type (seen and hidden), the keys the principal sees."""

    schema: GraphQLSchema
    keys: dict[str, list[uuid.UUID]]
    visible: dict[str, list[uuid.UUID]]


@st.composite
def operations(draw: st.DrawFn, material: Material) -> Operation:
    """Generate one operation."""
    return _Writer(draw, material).operation()


@dataclass
class _Fragment:
    name: str
    type_name: str
    depth: int
    size: int


@dataclass
class _Writer:
    draw: st.DrawFn
    material: Material
    budget: int = _FIELDS
    variables: dict[str, Any] = field(default_factory=dict)
    definitions: dict[str, str] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    fragments: list[_Fragment] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    claims: dict[str, tuple[str, ...]] = field(default_factory=dict)
    cursors: list[CursorNeed] = field(default_factory=list)
    aliases: int = 0

    # ── Choices ─────────────────────────────────────────────────────────────
    def likely(self, percent: int) -> bool:
        """Say yes so often; the simplest example says no."""
        return self.draw(st.integers(0, 99)) >= 100 - percent

    def one_of(self, options: Sequence[_T]) -> _T:
        return options[self.draw(st.integers(0, len(options) - 1))]

    # ── Document ────────────────────────────────────────────────────────────
    def operation(self) -> Operation:
        body = self.selection("Query", _DEPTH)
        several = self.likely(15)
        header = ", ".join(f"${name}: {declared}" for name, declared in self.definitions.items())
        named = several or bool(header) or self.likely(50)
        head = f"query Asked{f'({header})' if header else ''} " if named else ""
        other = ["query Other { __typename }"] if several else []
        document = "\n".join([*other, head + body, *self.bodies])
        return Operation(document, self.variables, "Asked" if several else None, tuple(self.cursors))

    def selection(self, type_name: str, depth: int) -> str:
        count = 1 + self.draw(st.integers(0, 2 if type_name == "Query" else 3))
        return "{ " + " ".join(self.item(type_name, depth) for _ in range(count)) + " }"

    def item(self, type_name: str, depth: int) -> str:
        roll = self.draw(st.integers(0, 99))
        if roll >= 25 and (narrower := self.narrowed(type_name)):
            return self.fragment(self.one_of(narrower), depth)
        if roll >= 90:
            return self.fragment(type_name if roll < 97 else self.widened(type_name), depth)
        return "__typename" if roll >= 84 else self.field(type_name, depth)

    def fragment(self, type_name: str, depth: int) -> str:
        """Write an inline fragment, a new named one, or spread one that is there."""
        fitting = [
            each
            for each in self.fragments
            if each.type_name == type_name and each.depth <= depth and each.size <= self.budget
        ]
        if fitting and self.likely(50):
            known = self.one_of(fitting)
            self.budget -= known.size
            return f"...{known.name}{self.directive()}"
        if self.likely(40):
            return self.named_fragment(type_name, depth)
        condition = f" on {type_name}"
        return f"...{condition}{self.directive()} {self.selection(type_name, depth)}"

    def named_fragment(self, type_name: str, depth: int) -> str:
        before, number = self.budget, len(self.bodies)
        self.bodies.append("")
        name = f"F{number}"
        self.bodies[number] = f"fragment {name} on {type_name} {self.selection(type_name, depth)}"
        self.fragments.append(_Fragment(name, type_name, depth, before - self.budget))
        return f"...{name}{self.directive()}"

    def narrowed(self, type_name: str) -> list[str]:
        """Return the object types an interface may turn out to be; none for an object type."""
        wide = self.type(type_name)
        return (
            sorted(each.name for each in self.material.schema.get_possible_types(wide))
            if is_abstract_type(wide)
            else []
        )

    def widened(self, type_name: str) -> str:
        interfaces: list[str] = [each.name for each in getattr(self.type(type_name), "interfaces", ())]
        return self.one_of([type_name, *interfaces])

    def directive(self) -> str:
        if not self.likely(12):
            return ""
        name = self.one_of(["include", "skip"])
        return f" @{name}(if: {self.flag()})"

    def flag(self) -> str:
        if self.flags and self.likely(40):
            return f"${self.one_of(self.flags)}"
        value = self.likely(50)
        if self.likely(50):
            return json.dumps(value)
        text = self.variable("Boolean!", value)
        self.flags.append(text[1:])
        return text

    # ── Fields ──────────────────────────────────────────────────────────────
    def field(self, type_name: str, depth: int) -> str:
        fields = {
            name: each
            for name, each in self.type(type_name).fields.items()
            if name not in _ORDINARY and not name.endswith("Aggregate")
        }
        self.budget -= 1
        plain = [name for name, each in fields.items() if is_leaf_type(get_named_type(each.type))]
        deep = [name for name in fields if name not in plain]
        go_deeper = deep and depth > 0 and self.budget > 0 and (not plain or self.likely(60))
        if not go_deeper and not plain:
            return "__typename"
        name = self.one_of(deep if go_deeper else plain)
        arguments = self.arguments(type_name, name)
        text = self.key(type_name, name, arguments) + arguments + self.directive()
        if not go_deeper:
            return text
        target: str = get_named_type(fields[name].type).name
        below = depth - 1 if target in NOUNS or is_abstract_type(self.type(target)) else depth
        return f"{text} {self.selection(target, below)}"

    def key(self, type_name: str, name: str, arguments: str) -> str:
        """Return the field's name, behind an alias where the name is taken for something else."""
        spelled = (str(self.type(type_name).fields[name].type), arguments)
        if self.claims.setdefault(name, spelled) == spelled and not self.likely(15):
            return name
        self.aliases += 1
        return f"a{self.aliases}: {name}"

    def arguments(self, type_name: str, name: str) -> str:
        declared = self.type(type_name).fields[name].args
        target = get_named_type(self.type(type_name).fields[name].type).name
        if "id" in declared:
            return f"(id: {self.given('ID!', self.some_id(target))})"
        if "ids" in declared:
            return f"(ids: {self.ids()})"
        if "orderBy" in declared:
            return self.page(target.removesuffix("Connection"))
        return ""

    def some_id(self, type_name: str, *, foreign: bool = True) -> str:
        """Return an id: of a row in sight, of any row, of a row that never was, of another type."""
        roll = self.draw(st.integers(0, 99))
        if type_name not in NOUNS or (foreign and roll >= 97):
            type_name = self.one_of(list(NOUNS))
        visible, known = self.material.visible[type_name], self.material.keys[type_name]
        keys = visible if roll < 65 and visible else known
        if roll >= 92 or not keys:
            return global_id(type_name, uuid.UUID(int=self.draw(st.integers(0, 9))))
        return global_id(type_name, self.one_of(keys))

    def ids(self) -> str:
        wanted = [self.some_id("Node") for _ in range(self.draw(st.integers(0, 4)))]
        if self.likely(40):
            return self.variable("[ID!]!", wanted)
        return "[" + ", ".join(self.given("ID!", each) for each in wanted) + "]"

    # ── Pages ───────────────────────────────────────────────────────────────
    def page(self, type_name: str) -> str:
        order, written = self.order(type_name)
        parts = [f"orderBy: {written}"] if written else []
        size = self.draw(st.integers(0, 99))
        if size >= 15:
            name = "first" if size < 70 else "last"
            parts.append(f"{name}: {self.given('Int', self.draw(st.integers(0, 5)))}")
        elif size >= 10:
            parts.append(f"first: {self.given('Int', None)}")
        for name in ("after", "before"):
            if self.material.visible[type_name] and self.likely(22):
                need = CursorNeed(type_name, order, self.one_of(self.material.visible[type_name]))
                self.cursors.append(need)
                parts.append(f"{name}: {self.given('String', need.placeholder)}")
        return f"({', '.join(parts)})" if parts else ""

    def order(self, type_name: str) -> tuple[Order, str]:
        """Return an order, and how it is written: not at all where it is the default."""
        default = NOUNS[type_name].default_order
        kind = f"{type_name}Order"
        if not self.likely(55) or kind not in self.material.schema.type_map:
            empty = {0: "null", 1: "[]"}.get(self.draw(st.integers(0, 19)), "")
            return default, empty
        # Orders through relations have tests of their own.
        names = [name for name, each in self.type(kind).fields.items() if is_enum_type(each.type)]
        asked = [(self.one_of(names), self.one_of(_DIRECTIONS)) for _ in range(1 + self.draw(st.integers(0, 2)))]
        if self.likely(35):
            return tuple(asked), self.variable(f"[{kind}!]", [{name: direction} for name, direction in asked])
        keys = [f"{{{name}: {self.direction(direction)}}}" for name, direction in asked]
        return tuple(asked), f"[{', '.join(keys)}]" if len(keys) > 1 else keys[0]

    def direction(self, direction: str) -> str:
        return self.variable("OrderDirection!", direction) if self.likely(15) else direction

    # ── Variables ───────────────────────────────────────────────────────────
    def given(self, declared: str, value: Any) -> str:
        """Write a value as a literal or as a variable."""
        return self.variable(declared, value) if self.likely(40) else json.dumps(value)

    def variable(self, declared: str, value: Any) -> str:
        """Declare a variable that has this value: sent, or by its default."""
        name = f"v{len(self.definitions)}"
        way = self.draw(st.integers(0, 3))
        if way == 0 and value is not None:
            self.definitions[name] = f"{declared} = {_literal(value, declared)}"
        elif way == 1 and value is None:
            self.definitions[name] = declared
        else:
            self.definitions[name] = f"{declared} = {_literal(value, declared)}" if way == 2 else declared
            self.variables[name] = value
        return f"${name}"

    def type(self, name: str) -> Any:
        return self.material.schema.type_map[name]


def _literal(value: Any, declared: str) -> str:
    """Return a value as GraphQL writes it: enum values and the keys of objects have no quotes."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        entries = [f"{name}: {direction}" for entry in value for name, direction in entry.items()]
        return "[" + ", ".join(f"{{{entry}}}" for entry in entries) + "]"
    return str(value) if declared == "OrderDirection!" else json.dumps(value)
