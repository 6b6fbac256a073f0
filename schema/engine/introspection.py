"""How much a document may ask about the schema itself: the one part of the graph that no statement answers."""

from collections.abc import Iterable, Mapping
from typing import Any

from graphql import ASTValidationRule, FieldNode, FragmentSpreadNode, GraphQLError, SelectionNode, ValidationContext

# What the lists of this schema hold, taken generously. The introspection query of the usual tools costs about 265,000.
_LENGTHS: Mapping[str, int] = {"types": 80, "fields": 15, "args": 4, "inputFields": 10, "enumValues": 6}
_OTHER_LISTS = frozenset({"interfaces", "possibleTypes", "directives", "locations"})
_OTHER_LENGTH = 5
MOST_INTROSPECTED = 1_000_000


class IntrospectionSizeRule(ASTValidationRule):
    """A document introspects no more than the usual tools do.

    graphql-core bounds how deep introspection goes, not how wide: two lists under two hundred aliases would keep a
    worker busy for seconds. Each fragment is counted once, so fragments in fragments cost nothing to refuse.
    """

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._fragments: dict[str, int] = {}
        self._total = 0

    def enter_field(self, node: FieldNode, *_args: Any) -> None:
        """Count what a root of introspection asks for."""
        if node.name.value not in {"__schema", "__type"} or self._total > MOST_INTROSPECTED:
            return
        self._total += self._cost(node)
        if self._total > MOST_INTROSPECTED:
            self.report_error(GraphQLError("The document asks for too much of the schema at once.", [node]))

    def _cost(self, node: SelectionNode) -> int:
        if isinstance(node, FragmentSpreadNode):
            return self._fragment(node.name.value)
        inner = self._sum(node.selection_set.selections) if node.selection_set else 0  # type: ignore[attr-defined]
        return 1 + inner * _length(node.name.value) if isinstance(node, FieldNode) else inner

    def _fragment(self, name: str) -> int:
        if name not in self._fragments:
            # A fragment that spreads itself is refused by another rule: here it only must not go on for ever.
            self._fragments[name] = 0
            fragment = self.context.get_fragment(name)
            self._fragments[name] = self._sum(fragment.selection_set.selections) if fragment else 0
        return self._fragments[name]

    def _sum(self, selections: Iterable[SelectionNode]) -> int:
        return sum(self._cost(each) for each in selections)


def _length(field: str) -> int:
    return _LENGTHS.get(field, _OTHER_LENGTH if field in _OTHER_LISTS else 1)
