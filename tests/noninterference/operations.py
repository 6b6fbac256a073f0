"""Hypothesis-drawn operations over a principal's whole schema, valid and invalid, aimed at what was changed."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from graphql import get_named_type, is_abstract_type, is_leaf_type, is_required_argument

from tests.differential.nouns import NOUNS
from tests.noninterference.arguments import Arguments
from tests.noninterference.asking import Request
from tests.noninterference.drawing import Dice
from tests.noninterference.material import Material
from tests.noninterference.seen import full_schema

_FIELDS = 16
_DEPTH = 2
# What of a connection or aggregate shows rows.
_ROWS = frozenset({"nodes", "groups", "key"})

# For those in charge of the policy: what it makes of everybody, by purpose no function of the asker's own view.
_OF_OTHERS = frozenset({"policyVersions", "policyVersion", "policyDiff", "simulateAccess"})
# What people did about reveals: rows beside those of the views, with tests of their own.
_OF_REVEALS = frozenset({"revealRequests", "alerts"})
_LEFT_OUT = _OF_OTHERS | _OF_REVEALS


class Form(StrEnum):
    """The forms of operations."""

    LIST = "lists"
    AGGREGATE = "aggregates"
    LOOKUP = "look-ups by id"
    WALK = "pages in turn"
    INVALID = "invalid operations"


class Writer:
    """Writes one operation."""

    def __init__(self, dice: Dice, material: Material, cursors: Sequence[str] = ()) -> None:
        self.dice, self.material = dice, material
        self.arguments = Arguments(dice, material, list(cursors))
        self._budget = _FIELDS
        self._aliases = 0

    def request(self, form: Form) -> Request:
        """Return an operation of a form."""
        if form is Form.INVALID:
            return self._spoilt()
        roots = self._roots(form)
        count = 2 if self.dice.likely(10) else 1
        fields = [self._field("Query", self.dice.one_of(roots), _DEPTH) for _ in range(count)]
        return self._request(" ".join(fields))

    def listing(self) -> tuple[str, str, str] | None:
        """Return a root connection's name, its order and its filter; None where there is no list."""
        names = [name for name in self._roots(Form.LIST) if name != "viewer"]
        if not names:
            return None
        name = self.dice.one_of(names)
        field = self._type("Query").fields[name]
        chosen = [each for each, often in (("orderBy", 85), ("filter", 25)) if self.dice.likely(often)]
        return name, ", ".join(self._written(field, each) for each in chosen), self.plain_fields(_target(field))

    def plain_fields(self, type_name: str) -> str:
        """Return the leaves of a type, a few."""
        fields = self._type(type_name).fields
        leaves = [name for name, each in fields.items() if is_leaf_type(get_named_type(each.type))]
        return " ".join({self.dice.one_of(leaves) for _ in range(2)} | {"id"})

    def header(self) -> str:
        """Return the operation's head, with its variables."""
        definitions = ", ".join(f"${name}: {declared}" for name, declared in self.arguments.definitions.items())
        return f"query Asked({definitions})" if definitions else "query Asked"

    # ── Valid ───────────────────────────────────────────────────────────────
    def _request(self, body: str) -> Request:
        return Request(f"{self.header()} {{ {body} }}", self.arguments.variables)

    def _roots(self, form: Form) -> list[str]:
        fields = self._type("Query").fields
        roots = [name for name, each in fields.items() if _form_of(each) is form and name not in _LEFT_OUT]
        hot = [name for name in roots if _target(fields[name]) in self.material.hot_types]
        near = [name for name in roots if self.material.nears_hot(_target(fields[name]))]
        options = (hot, near, roots)[(0, 0, 1, 1, 2)[self.dice.number(5)]]
        return options or roots or ["viewer"]

    def _field(self, type_name: str, name: str, depth: int) -> str:
        self._budget -= 1
        field = self._type(type_name).fields[name]
        arguments = self._arguments(field)
        self._aliases += 1
        # Each field has a name of its own, so that no two can conflict.
        head = f"a{self._aliases}: {name}{arguments}"
        target = get_named_type(field.type)
        return head if is_leaf_type(target) else f"{head} {self._selection(target.name, depth)}"

    def _written(self, field: Any, name: str) -> str:
        declared = field.args[name]
        value = self.arguments.argument(name, declared, _target(field))
        return f"{name}: {self.arguments.given(value, declared.type)}"

    def _arguments(self, field: Any) -> str:
        chosen = {name for name, each in field.args.items() if is_required_argument(each) or self._wants(name)}
        chosen -= {"last"} if "first" in chosen else set()
        written = [self._written(field, name) for name in field.args if name in chosen]
        return f"({', '.join(written)})" if written else ""

    def _wants(self, name: str) -> bool:
        often = {"filter": 60, "orderBy": 50, "first": 35, "last": 25, "after": 1, "before": 1, "search": 20}
        return self.dice.likely(often.get(name, 45))

    def _selection(self, type_name: str, depth: int) -> str:
        wide = self._type(type_name)
        if is_abstract_type(wide):
            return f"{{ __typename id {self._narrowed(type_name, depth)} }}"
        deep = [name for name, each in wide.fields.items() if not is_leaf_type(get_named_type(each.type))]
        leaves = [name for name in wide.fields if name not in deep]
        hot = [name for of, name in self.material.hot_fields if of == type_name and name in wide.fields]
        chosen: list[str] = []
        if type_name not in NOUNS:
            # Connections, edges, groups and money: mostly everything, for there is little.
            chosen = [name for name in wide.fields if self.dice.likely(75 if name in _ROWS else 40)]
        else:
            chosen = [self.dice.one_of(leaves), *(hot if self.dice.likely(60) else [])]
            if deep and depth > 0 and self._budget > 0 and self.dice.likely(55):
                toward = [name for name in deep if self.material.leads_to_hot(type_name, name)]
                chosen.append(self.dice.one_of(toward if toward and self.dice.likely(75) else deep))
        written = [
            self._field(type_name, name, depth - (type_name in NOUNS))
            for name in dict.fromkeys(chosen)
            if (name in leaves or self._budget > 0) and name not in _LEFT_OUT
        ]
        return "{ " + " ".join(written or ["__typename"]) + " }"

    def _narrowed(self, type_name: str, depth: int) -> str:
        possible = sorted(each.name for each in self.material.schema.get_possible_types(self._type(type_name)))
        hot = [name for name in self.material.hot_types if name in possible]
        wanted = dict.fromkeys([*hot, *([self.dice.one_of(possible)] if possible else [])])
        return " ".join(f"... on {name} {self._selection(name, depth)}" for name in wanted)

    def _type(self, name: str) -> Any:
        return self.material.schema.type_map[name]

    # ── Invalid ─────────────────────────────────────────────────────────────
    def _spoilt(self) -> Request:
        """An operation with a mistake: often the name, or nearly the name, of something that is hidden."""
        full: Any = full_schema().type_map
        here = [name for name in NOUNS if name in self.material.schema.type_map] or ["Query"]
        type_name = self.dice.one_of([*here, "Query"])
        name = self.dice.one_of(list(full[type_name].fields))
        misspelt = name if self.dice.likely(40) else name[:-1] + self.dice.one_of(["", "x", name[-1] * 2])
        roots = [each for each in self._roots(Form.LIST) if _target(self._type("Query").fields[each]) == type_name]
        if type_name == "Query" or not roots:
            return self._request(
                self.dice.one_of([misspelt, f"{misspelt} {{ nodes {{ id }} }}", f"{name}(id: 5) {{ id }}"])
            )
        root = roots[0]
        value = self.dice.one_of(["{eq: 1}", "DESC", '"x"', "{isNull: false}"])
        bodies = [
            f"{root} {{ nodes {{ {misspelt} }} }}",
            f"{root}(filter: {{{misspelt}: {value}}}) {{ totalCount }}",
            f"{root}(orderBy: [{{{misspelt}: {value}}}]) {{ totalCount }}",
            f"{root}(first: 2, last: 1) {{ totalCount }}",
            f"{root}(first: {self.dice.one_of([-1, 501, 10**12])}) {{ totalCount }}",
            f"{root}(after: {self.dice.one_of(['AAAA', 7])}) {{ totalCount }}".replace("AAAA", '"AAAA"'),
            f"{type_name[0].lower()}{type_name[1:]}Aggregate(groupBy: [{{{misspelt}: true}}]) {{ groups {{ count }} }}",
            f"{type_name[0].lower()}{type_name[1:]}Aggregate {{ groups {{ {misspelt} {{ sum }} }} }}",
            f'node(id: "{self.arguments.id()}") {{ ... on {self.dice.one_of(list(NOUNS))} {{ {misspelt} }} }}',
        ]
        return self._request(self.dice.one_of(bodies))


def _form_of(field: Any) -> Form:
    """Return the form of operations a root field is for."""
    if "groupBy" in field.args:
        return Form.AGGREGATE
    return Form.LIST if "orderBy" in field.args else Form.LOOKUP


def _target(field: Any) -> str:
    """Return the noun a field leads to, through connections and aggregates."""
    name = str(get_named_type(field.type).name)
    return name.removesuffix("Connection").removesuffix("Aggregate")
