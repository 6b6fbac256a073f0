"""What `extensions.access` should say of an operation: read from the document and the view, never from rows."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_abstract_type,
    is_type_sub_type_of,
    parse,
    value_from_ast_untyped,
)

from permissions.view import CellLevel, View
from tests.differential.nouns import NOUNS, sensitive_of, snake
from tests.differential.oracle import Oracle, split_id

Entries = dict[str, list[dict[str, Any]]]


@dataclass
class AccessReader:
    """Walks one operation. Where several types meet at one path, each may have its say: `entries` lists them all."""

    oracle: Oracle
    view: View
    variables: Mapping[str, Any]
    fragments: Mapping[str, FragmentDefinitionNode]
    entries: Entries = field(default_factory=lambda: defaultdict(list))

    def walk(self, type_name: str, sets: Sequence[SelectionSetNode], path: str) -> None:
        """Note every gated field of a type that the selections choose, and go on below it."""
        for key, nodes in self._collected(type_name, sets).items():
            name = nodes[0].name.value
            if name == "__typename":
                continue
            below = f"{path}.{key}" if path else key
            self._note(type_name, name, below)
            deeper = [node.selection_set for node in nodes if node.selection_set]
            for target in self._targets(type_name, nodes[0]) if deeper else ():
                self.walk(target, deeper, below)

    def _note(self, type_name: str, name: str, path: str) -> None:
        sensitive = sensitive_of(type_name, name)
        if sensitive is None:
            return
        resource = NOUNS[type_name].resource
        level = self.view.cell(resource, snake(name), sensitive).level
        if level is not CellLevel.CLEAR:
            reveal = self.oracle.sight.may_reveal(resource, snake(name), sensitive)
            named = {"level": level.value, "category": sensitive.category.name, "mask": sensitive.mask.name}
            self.entries[path].append({**named, "reveal": reveal})

    def _targets(self, type_name: str, node: FieldNode) -> list[str]:
        """The object types a field can give; for ids at the root, those the ids name."""
        schema: Any = self.oracle.schema
        named: Any = get_named_type(schema.type_map[type_name].fields[node.name.value].type)
        if type_name == "Viewer" and named.name == "User" and self.oracle.sight.principal.user_id is None:
            return []
        if type_name == "Query" and (named.name in NOUNS or is_abstract_type(named)):
            return self._looked_up(named.name, node)
        if is_abstract_type(named):
            return [each.name for each in schema.get_possible_types(named)]
        return [named.name]

    def _looked_up(self, named: str, node: FieldNode) -> list[str]:
        given = {
            each.name.value: value_from_ast_untyped(each.value, dict(self.variables)) for each in node.arguments or ()
        }
        ids = given["ids"] if "ids" in given else [given["id"]]
        try:
            types = [split_id(each, expected=named if named in NOUNS else None)[0] for each in ids]
        except GraphQLError:
            return []
        return [each for each in dict.fromkeys(types) if each in self.oracle.schema.type_map]

    def _collected(self, type_name: str, sets: Sequence[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        found: dict[str, list[FieldNode]] = defaultdict(list)
        for selection in (each for chosen in sets for each in chosen.selections):
            if not self._included(selection):
                continue
            if isinstance(selection, FieldNode):
                found[(selection.alias or selection.name).value].append(selection)
                continue
            inner: Any = selection
            if isinstance(selection, FragmentSpreadNode):
                inner = self.fragments[selection.name.value]
            if self._applies(inner, type_name):
                for key, nodes in self._collected(type_name, [inner.selection_set]).items():
                    found[key] += nodes
        return found

    def _applies(self, fragment: InlineFragmentNode | FragmentDefinitionNode, type_name: str) -> bool:
        if fragment.type_condition is None:
            return True
        types: Any = self.oracle.schema.type_map
        condition = types[fragment.type_condition.name.value]
        return is_type_sub_type_of(self.oracle.schema, types[type_name], condition)

    def _included(self, selection: Any) -> bool:
        for directive in selection.directives or ():
            value = directive.arguments[0].value
            given = self.variables[value.name.value] if isinstance(value, VariableNode) else value.value
            if given is not (directive.name.value == "include"):
                return False
        return True


def access_of(
    oracle: Oracle, view: View, document: str, variables: Mapping[str, Any], operation_name: str | None
) -> Entries:
    """Return, by response path, the entries `extensions.access` may hold there."""
    definitions = parse(document).definitions
    operations = [each for each in definitions if isinstance(each, OperationDefinitionNode)]
    chosen = next(each for each in operations if operation_name is None or _name(each) == operation_name)
    fragments = {each.name.value: each for each in definitions if isinstance(each, FragmentDefinitionNode)}
    defaults = {
        each.variable.name.value: value_from_ast_untyped(each.default_value)
        for each in chosen.variable_definitions or ()
        if each.default_value is not None
    }
    reader = AccessReader(oracle, view, {**defaults, **variables}, fragments)
    reader.walk("Query", [chosen.selection_set], "")
    return dict(reader.entries)


def _name(operation: OperationDefinitionNode) -> str | None:
    return operation.name.value if operation.name else None
