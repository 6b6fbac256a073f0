"""Generates arguments: filters, orders, groups, cursors, ids, made from the principal's own input types."""

import json
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    get_nullable_type,
    is_required_input_field,
)

from tests.differential.nouns import NOUNS
from tests.noninterference.drawing import Dice
from tests.noninterference.material import Material, Word, scalar
from tests.noninterference.seen import fields_of

DEEPEST_RELATION = 3
_FILTER, _LIST_FILTER = "Filter", "ListFilter"
# What a lookup's value is made of: a value of the field, a part of one, or neither.
_PARTS = {"contains", "startsWith"}


@dataclass
class Arguments:
    """Writes the arguments of one operation, and gathers its variables."""

    dice: Dice
    material: Material
    cursors: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    definitions: dict[str, str] = field(default_factory=dict)

    def given(self, value: Any, declared: Any) -> str:
        """Write a value in place, or as a variable."""
        if not self.dice.likely(25):
            return literal(value)
        name = f"v{len(self.definitions)}"
        self.definitions[name] = str(declared)
        self.variables[name] = value
        return f"${name}"

    def argument(self, name: str, declared: GraphQLArgument, target: str) -> Any:
        """Return a value for an argument of a field that leads to rows of `target`."""
        dice = self.dice
        match name:
            case "first" | "last":
                return 1 + dice.number(5)
            case "after" | "before":
                return dice.one_of(self.cursors) if self.cursors else "AAAA"
            case "search":
                hot = self.material.hot_texts
                return self.part(dice.one_of(hot if hot and dice.likely(60) else self.material.texts))
            case "id":
                return self.id()
            case "ids":
                return [self.id() for _ in range(1 + dice.number(4))]
            case "field":
                types = self.material.hot_types or list(NOUNS)
                return dice.one_of(list(fields_of(dice.one_of(types))))
            case "timeZone":
                return dice.one_of(["Asia/Shanghai", "UTC", "America/New_York"])
            case "limit":
                return 1 + dice.number(10)
            case _:
                return self.value(declared.type, target)

    def id(self) -> str:
        """Return the id of a touched row, or of any."""
        hot = self.material.hot_ids
        return self.dice.one_of(hot if hot and self.dice.likely(60) else self.material.ids)

    def part(self, text: str) -> str:
        """Return one to three characters of a text."""
        start = self.dice.number(len(text))
        return text[start : start + 1 + self.dice.number(3)]

    # ── Values by type ──────────────────────────────────────────────────────
    def value(self, declared: Any, type_name: str, depth: int = 0) -> Any:
        """Return a value of an input type."""
        kind: Any = get_nullable_type(declared)
        if isinstance(kind, GraphQLList):
            count = 1 + self.dice.number(2)
            return [self.value(kind.of_type, type_name, depth) for _ in range(count)]
        if isinstance(kind, GraphQLEnumType):
            return Word(self.dice.one_of(list(kind.values)))
        if not isinstance(kind, GraphQLInputObjectType):
            return scalar(kind.name, self.dice.number(1000))
        if kind.name.endswith(_LIST_FILTER):
            return {self.dice.one_of(list(kind.fields)): self._rows(kind, depth + 1)}
        target = kind.name.removesuffix(_FILTER)
        if kind.name.endswith(_FILTER) and target in NOUNS:
            return self.filter(kind, target, depth)
        return self._object(kind, type_name, depth)

    def _rows(self, kind: GraphQLInputObjectType, depth: int) -> Any:
        inner: Any = get_nullable_type(kind.fields["some"].type)
        return self.filter(inner, inner.name.removesuffix(_FILTER), depth)

    def _object(self, kind: GraphQLInputObjectType, type_name: str, depth: int) -> dict[str, Any]:
        names = list(kind.fields)
        if kind.is_one_of:
            chosen = [self._preferred(type_name, names)]
        else:
            required = [name for name in names if is_required_input_field(kind.fields[name])]
            chosen = list(dict.fromkeys([*required, self._preferred(type_name, names)]))
        made: dict[str, Any] = {}
        for name in chosen:
            inner: Any = get_nullable_type(kind.fields[name].type)
            if isinstance(inner, GraphQLInputObjectType) and name in fields_of(type_name):
                below = fields_of(type_name)[name]
                is_lookup = "eq" in inner.fields
                made[name] = (
                    self.lookups(inner, type_name, name)
                    if is_lookup
                    else self.value(inner, below if below in NOUNS else type_name, depth + 1)
                )
            elif isinstance(inner, GraphQLInputObjectType) and "eq" in inner.fields:
                made[name] = (
                    {self.dice.one_of(["eq", "gt", "lte", "ne"]): self.dice.number(6)}
                    if name == "count"
                    else (self.lookups(inner, *self._some_amount(type_name)))
                )
            else:
                made[name] = (
                    True if getattr(inner, "name", "") == "Boolean" else self.value(inner, type_name, depth + 1)
                )
        return made

    def _some_amount(self, type_name: str) -> tuple[str, str]:
        amounts = [(type_name, name) for name, kind in fields_of(type_name).items() if kind == "Money"]
        return self.dice.one_of([*amounts, ("Contract", "amount")])

    def _preferred(self, type_name: str, names: list[str]) -> str:
        hot = [name for of, name in self.material.hot_fields if of == type_name and name in names]
        hot += [name for name in names if self.material.leads_to_hot(type_name, name)]
        return self.dice.one_of(hot if hot and self.dice.likely(60) else names)

    # ── Filters ─────────────────────────────────────────────────────────────
    def filter(self, kind: GraphQLInputObjectType, type_name: str, depth: int) -> dict[str, Any]:
        """Return a filter over rows of a type."""
        count = 1 + (self.dice.number(2) if depth < 2 else 0)
        return dict(self._entry(kind, type_name, depth) for _ in range(count))

    def _entry(self, kind: GraphQLInputObjectType, type_name: str, depth: int) -> tuple[str, Any]:
        roll = self.dice.number(100)
        if roll >= 80 and depth < DEEPEST_RELATION:
            name = ("not", "and", "or")[roll % 3]
            if name == "not":
                return name, self.filter(kind, type_name, depth + 1)
            return name, [self.filter(kind, type_name, depth + 1) for _ in range(1 + self.dice.number(2))]
        relations = [
            name for name in kind.fields if fields_of(type_name).get(name, "scalar") not in {"scalar", "Money"}
        ]
        plain = [name for name in kind.fields if name not in relations and name in fields_of(type_name)]
        if relations and depth < DEEPEST_RELATION and (roll >= 45 or not plain):
            toward = [name for name in relations if self.material.leads_to_hot(type_name, name)]
            name = self.dice.one_of(toward if toward and self.dice.likely(60) else relations)
            return name, self.value(
                kind.fields[name].type, type_name, depth if self._is_list(kind, name) else depth + 1
            )
        name = self._preferred(type_name, plain)
        return name, self.lookups(get_nullable_type(kind.fields[name].type), type_name, name)

    def _is_list(self, kind: GraphQLInputObjectType, name: str) -> bool:
        declared: Any = get_nullable_type(kind.fields[name].type)
        return bool(declared.name.endswith(_LIST_FILTER))

    def lookups(self, kind: Any, type_name: str, name: str) -> dict[str, Any]:
        """Return one question about a field, with a value that some row has."""
        lookup = self.dice.one_of(list(kind.fields))
        declared: Any = get_nullable_type(kind.fields[lookup].type)
        if lookup == "isNull":
            return {lookup: self.dice.likely(50)}
        if lookup == "between":
            return {lookup: {end: self.known(declared.fields[end].type, type_name, name) for end in ("from", "to")}}
        if isinstance(declared, GraphQLList):
            return {lookup: [self.known(declared.of_type, type_name, name) for _ in range(1 + self.dice.number(3))]}
        value = self.known(declared, type_name, name)
        return {lookup: self.part(value) if lookup in _PARTS and value else value}

    def known(self, declared: Any, type_name: str, name: str) -> Any:
        """Return a value of a field in either world: the attacker guesses right."""
        hot = self.material.hot.get((type_name, name))
        options = hot if hot and self.dice.likely(70) else self.material.values(type_name, name)
        kind: Any = get_nullable_type(declared)
        if not options:
            return self.value(kind, type_name)
        value = self.dice.one_of(options)
        return Word(value.upper()) if isinstance(kind, GraphQLEnumType) else value


def literal(value: Any) -> str:
    """Return a value as a document writes it."""
    match value:
        case Word():
            return str(value)
        case dict():
            return "{" + ", ".join(f"{name}: {literal(each)}" for name, each in value.items()) + "}"
        case list():
            return "[" + ", ".join(literal(each) for each in value) + "]"
        case _:
            return json.dumps(value, ensure_ascii=False)
