"""The schema, projected: each view has its own, in which what the principal may not see does not exist."""

import gc
from collections import OrderedDict
from collections.abc import Iterable
from functools import partial
from typing import Any

import strawberry
from graphql import GraphQLError, GraphQLSchema
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.graphql import OperationType

from permissions.policy import Policy
from permissions.resources import Resource
from permissions.view import CellLevel, View, compile_view
from schema import contact, contract, customer, follow_up, opportunity, payment, tag, task, team, user
from schema.directives import RequiresScopes, SensitiveDirective
from schema.engine.documents import DocumentCache
from schema.engine.execution import Operation, run
from schema.engine.executor import EngineExecutor
from schema.engine.fields import (
    METADATA_KEY,
    NOUNS,
    AnyNode,
    Column,
    Computed,
    Money,
    Page,
    descriptor_of,
    policy_name,
    targets_of,
)
from schema.engine.ordering import may_order_by
from schema.engine.selection import PageSelection
from schema.order import OrderKey
from schema.query import Query
from schema.scalars import SCALARS

# Imported for what they register: a noun is part of the graph once its module is read.
NOUN_MODULES = (contact, contract, customer, follow_up, opportunity, payment, tag, task, team, user)
_DOCUMENTS_PER_SCHEMA = 256
_SCHEMAS = 64


class ProjectedSchema(strawberry.Schema):
    """The schema of one view; of everything there is when the view is None (the SDL that is committed)."""

    def __init__(self, view: View | None) -> None:
        self.view = view
        nouns = [noun for noun in NOUNS.all() if view is None or view.sees(noun.resource)]
        super().__init__(
            query=Query,
            types=[noun.python_type for noun in nouns] + ([SensitiveDirective, RequiresScopes] if view is None else []),
            execution_context_class=EngineExecutor,
            config=StrawberryConfig(scalar_map=SCALARS),
        )
        self.documents = DocumentCache(self._schema, size=_DOCUMENTS_PER_SCHEMA)
        _shorten_resolvers(self._schema)

    async def execute(  # noqa: PLR0913, PLR0917  Strawberry's signature
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """Run an operation of a document that is parsed, validated and compiled once.

        This is Strawberry's own, without its extensions, which cost as much as the rest: docs/adr/0003.
        Raises: CannotGetOperationTypeError or InvalidOperationTypeError, as Strawberry's does.
        """
        operation = Operation(query or "", operation_name, variable_values, allowed_operation_types)
        return await run(
            self._schema,
            self.documents,
            operation,
            root_value=root_value,
            context_value=context_value,
            operation_extensions=operation_extensions,
        )

    def get_fields(self, type_definition: StrawberryObjectDefinition) -> list[StrawberryField]:
        """Return the fields of a type that are part of the view's graph."""
        if self.view is None:
            return type_definition.fields
        noun = NOUNS.by_type_name(type_definition.name)
        resource = noun.resource if noun else None
        return [field for field in type_definition.fields if _is_visible(field, resource, self.view)]

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Leave logging to the transport, which knows the request."""


def _shorten_resolvers(schema: GraphQLSchema) -> None:
    """Let lists give their selection at once: graphql-core has coerced the arguments, and the engine reads those."""
    for graphql_field in schema.query_type.fields.values() if schema.query_type else ():
        made_of = descriptor_of(graphql_field)
        if isinstance(made_of, Page):
            graphql_field.resolve = partial(_give, PageSelection(made_of.target))


def _give(selection: PageSelection, _source: Any, _info: Any, **_arguments: Any) -> PageSelection:
    return selection


def _is_visible(field: StrawberryField, resource: Resource | None, view: View) -> bool:
    made_of = field.metadata.get(METADATA_KEY)
    if isinstance(made_of, OrderKey):
        return may_order_by(view, NOUNS[made_of.resource], made_of.column)
    if isinstance(made_of, Column | Computed | Money) and resource is not None and made_of.sensitive is not None:
        return view.cell(resource, policy_name(made_of), made_of.sensitive).level is not CellLevel.ABSENT
    if isinstance(made_of, AnyNode):
        return bool(view.resources)
    targets = targets_of(made_of)
    return not targets or any(view.sees(target) for target in targets)


class SchemaCache:
    """The views and schemas of one policy in use, by role set and token scopes."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._schemas: OrderedDict[Any, tuple[View, ProjectedSchema]] = OrderedDict()

    def get(self, roles: frozenset[str], token_scopes: frozenset[str] | None) -> tuple[View, ProjectedSchema]:
        """Return the view and the schema of a principal; nothing is compiled twice while it is in use."""
        key = (roles, token_scopes)
        known = self._schemas.get(key)
        if known is None:
            view = compile_view(self.policy, roles, token_scopes)
            known = self._schemas[key] = (view, ProjectedSchema(view))
            # A schema lives long and is large: without this, each full collection would walk through it.
            gc.collect()
            gc.freeze()
            if len(self._schemas) > _SCHEMAS:
                self._schemas.popitem(last=False)
        else:
            self._schemas.move_to_end(key)
        return known
