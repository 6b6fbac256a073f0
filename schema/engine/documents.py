"""Parsed and validated documents, with the plans compiled for them: parse, validate and compile happen once."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from graphql import (
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    ObjectFieldNode,
    OperationDefinitionNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    parse,
    specified_rules,
    validate,
    visit,
)

from schema.engine.arguments import structure
from schema.engine.cursors import null_mask
from schema.engine.introspection import IntrospectionSizeRule
from schema.engine.plan import PlanCache

MAX_TOKENS = 4000
MAX_ERRORS = 20
# A document and its plans take some two hundred times its text: this bounds what strangers can make a worker keep.
MOST_TEXT_KEPT = 300_000
_RULES = (*specified_rules, IntrospectionSizeRule)
# `id` and `ids` are bound by the resolver; of a cursor only its presence is known before its order is.
_BOUND_ARGUMENTS = frozenset({"id", "ids"})
_CURSOR_ARGUMENTS = frozenset({"after", "before"})
# Values in these become slots: only the structure around them changes the SQL.
_STRUCTURED_ARGUMENTS = frozenset({"filter", "search", "having"})

Shaper = Callable[[Mapping[str, Any]], Hashable]


@dataclass(slots=True)
class Document:
    """One document under one view's schema. `operations` are those a request may name."""

    ast: DocumentNode
    operations: Sequence[OperationDefinitionNode]
    errors: Sequence[GraphQLError]
    shapers: tuple[Shaper, ...]
    plans: PlanCache = field(default_factory=PlanCache)

    def shape(self, variables: Mapping[str, Any]) -> Hashable:
        """Return what of the variables changes the SQL. Operations with equal shapes share plans."""
        return tuple(shaper(variables) for shaper in self.shapers)


class DocumentCache:
    """The documents of one schema, the least recently used leaving first. Broken ones are not kept."""

    def __init__(self, schema: GraphQLSchema, *, size: int) -> None:
        self._schema, self._size = schema, size
        self._documents: OrderedDict[str, Document] = OrderedDict()
        self._text_kept = 0

    def get(self, text: str) -> Document:
        """Return the document for a text.

        Raises: GraphQLError if the text is not GraphQL, or has too many tokens.
        """
        document = self._documents.get(text)
        if document is not None:
            self._documents.move_to_end(text)
            return document
        ast = parse(text, max_tokens=MAX_TOKENS, no_location=False)
        operations = [each for each in ast.definitions if isinstance(each, OperationDefinitionNode)]
        document = Document(ast, operations, self._errors(ast), _shapers(ast))
        if not document.errors:
            self._keep(text, document)
        return document

    def _errors(self, ast: DocumentNode) -> Sequence[GraphQLError]:
        return [_presentable(error) for error in validate(self._schema, ast, _RULES, max_errors=MAX_ERRORS)]

    def _keep(self, text: str, document: Document) -> None:
        if len(text) > MOST_TEXT_KEPT:
            return
        self._documents[text] = document
        self._text_kept += len(text)
        while len(self._documents) > self._size or self._text_kept > MOST_TEXT_KEPT:
            gone, _ = self._documents.popitem(last=False)
            self._text_kept -= len(gone)


def _presentable(error: GraphQLError) -> GraphQLError:
    """Return a validation error without Python's own words, as in the refusal of a number of 5,000 digits."""
    if error.original_error is None or isinstance(error.original_error, GraphQLError):
        return error
    return GraphQLError("A value in the document cannot be read.", error.nodes)


def _shapers(ast: DocumentNode) -> tuple[Shaper, ...]:
    finder = _VariableUses()
    visit(ast, finder)
    return tuple(partial(shape, name=name) for name, shape in sorted(finder.uses, key=repr))


class _VariableUses(Visitor):
    """Finds each variable and whether its value, or only its being there, can change a plan."""

    def __init__(self) -> None:
        super().__init__()
        self.uses: set[tuple[str, Callable[..., Hashable]]] = set()

    def enter_variable(self, node: VariableNode, _key: Any, parent: Any, _path: Any, ancestors: list[Any]) -> None:
        if isinstance(parent, VariableDefinitionNode):
            return
        argument = next((each for each in (parent, *reversed(ancestors)) if isinstance(each, ArgumentNode)), None)
        on_directive = any(isinstance(ancestor, DirectiveNode) for ancestor in ancestors)
        name = argument.name.value if argument is not None and not on_directive else ""
        if name in _CURSOR_ARGUMENTS:
            self.uses.add((node.name.value, _cursor_shape))
        elif name in _STRUCTURED_ARGUMENTS and isinstance(parent, ArgumentNode | ObjectFieldNode):
            self.uses.add((node.name.value, _structure))
        elif name not in _BOUND_ARGUMENTS:
            # Whatever is not known to be harmless is part of the shape with its value: that is never wrong.
            self.uses.add((node.name.value, _value))


def _value(variables: Mapping[str, Any], *, name: str) -> Hashable:
    return repr(variables[name]) if name in variables else None


def _structure(variables: Mapping[str, Any], *, name: str) -> Hashable:
    return structure(variables[name]) if name in variables else "absent"


def _cursor_shape(variables: Mapping[str, Any], *, name: str) -> Hashable:
    """Which of a cursor's values are null decides the SQL. The cursor need not be genuine here: binding checks it."""
    text = variables.get(name)
    return None if text is None else null_mask(str(text))
