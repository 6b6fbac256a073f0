"""Argument values that remember where they came from: a literal of the document, or a place in a variable.

The compiler walks an argument once, to write SQL for its structure; its leaves become slots, so another value with the
same structure needs no other plan.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import FieldNode, ListValueNode, ObjectValueNode, ValueNode, VariableNode

from schema.engine.slots import Binding


@dataclass(frozen=True, slots=True)
class InputSlot:
    """A value inside a variable, converted to what the statement compares with."""

    variable: str
    path: tuple[str | int, ...]
    convert: Callable[[Any], Any]

    def bind(self, binding: Binding) -> object:
        """Return this request's value."""
        value: Any = binding.variables[self.variable]
        for step in self.path:
            value = value[step]
        return self.convert(value)


@dataclass(frozen=True, slots=True)
class LiteralSlot:
    """A value written in the document. Its type tells true from 1, which Python takes for equal."""

    value: Hashable
    kind: type

    def bind(self, binding: Binding) -> object:  # noqa: ARG002  the same for every request
        """Return the value."""
        return list(self.value) if isinstance(self.value, tuple) else self.value


@dataclass(frozen=True, slots=True)
class Argument:
    """A coerced value beside its place: the variable it is (part of), or else the node it was written as."""

    value: Any
    node: ValueNode | None
    variable: tuple[str, tuple[str | int, ...]] | None = None

    def items(self) -> Iterator[tuple[str, "Argument"]]:
        """Walk an input object's fields."""
        for key in self.value:
            yield key, self._child(key)

    def elements(self) -> Iterator["Argument"]:
        """Walk a list."""
        for index in range(len(self.value)):
            yield self._child(index)

    def slot(self, convert: Callable[[Any], Any]) -> InputSlot | LiteralSlot:
        """Return the slot that gives the value to the statement."""
        if self.variable is not None:
            return InputSlot(*self.variable, convert)
        # A list that mixes literals and variables is taken as it is now: such a variable's value is in the shape.
        value = _frozen(convert(self.value))
        return LiteralSlot(value, type(value))

    def _child(self, key: str | int) -> "Argument":
        value = self.value[key]
        if self.variable is not None:
            name, path = self.variable
            return Argument(value, None, (name, (*path, key)))
        return placed(value, _inner(self.node, key))


def argument(name: str, arguments: Mapping[str, Any], node: FieldNode) -> Argument | None:
    """Return a field's argument, or None where it was not given or is null."""
    value = arguments.get(name)
    if value is None:
        return None
    written = next((each.value for each in node.arguments or () if each.name.value == name), None)
    return placed(value, written)


def placed(value: Any, node: ValueNode | None) -> Argument:
    """Return a value beside the node it was written as."""
    if isinstance(node, VariableNode):
        return Argument(value, None, (node.name.value, ()))
    return Argument(value, node)


def structure(value: Any) -> Hashable:
    """Return what of an input value can change the SQL: its keys and the lengths of its lists of objects."""
    if isinstance(value, Mapping):
        return tuple((key, structure(inner)) for key, inner in value.items())
    if isinstance(value, list):
        return tuple(structure(inner) for inner in value) if any(isinstance(each, dict | list) for each in value) else 0
    return value is None


def _inner(node: ValueNode | None, key: str | int) -> ValueNode | None:
    if isinstance(node, ObjectValueNode):
        return next((field.value for field in node.fields if field.name.value == key), None)
    if isinstance(node, ListValueNode) and isinstance(key, int):
        return node.values[key]
    # A single value stands for a list of one.
    return node


def _frozen(value: Any) -> Hashable:
    return tuple(value) if isinstance(value, list) else value
