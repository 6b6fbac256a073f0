"""The schema, projected: each view has its own, in which what the principal may not see does not exist."""

import asyncio
import gc
from collections import OrderedDict
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
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
from schema.engine.ordering import may_aggregate, may_order_by
from schema.engine.selection import PageSelection
from schema.inputs.aggregates import AggregateMark
from schema.inputs.filters import FilterKey
from schema.inputs.order import OrderMark
from schema.mutation import Mutation
from schema.query import Query
from schema.rights import Mark
from schema.scalars import SCALARS

_DOCUMENTS_PER_SCHEMA = 256
_SCHEMAS = 64
# Schemas are built beside the event loop, one at a time: the types they are built from are shared.
BUILDER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="prism-schema")


class ProjectedSchema(strawberry.Schema):
    """The schema of one view; of everything there is when the view is None (the SDL that is committed)."""

    def __init__(self, view: View | None) -> None:
        self.view = view
        nouns = [noun for noun in NOUNS.all() if view is None or view.sees(noun.resource)]
        super().__init__(
            query=Query,
            mutation=Mutation if self.get_fields(_definition_of(Mutation)) else None,
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


def _definition_of(graph_type: Any) -> StrawberryObjectDefinition:
    definition: StrawberryObjectDefinition = graph_type.__strawberry_definition__
    return definition


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
    if isinstance(made_of, Mark):
        return made_of.holds(view)
    if isinstance(made_of, OrderMark):
        return may_order_by(view, NOUNS[made_of.resource], made_of.made_of)
    if isinstance(made_of, AggregateMark):
        return may_aggregate(view, NOUNS[made_of.resource], made_of.made_of)
    if isinstance(made_of, FilterKey):
        return may_order_by(view, NOUNS[made_of.resource], made_of.made_of)
    if isinstance(made_of, Column | Computed | Money) and resource is not None and made_of.sensitive is not None:
        return view.cell(resource, policy_name(made_of), made_of.sensitive).level is not CellLevel.ABSENT
    if isinstance(made_of, AnyNode):
        return any(view.sees(noun.resource) for noun in NOUNS.all())
    targets = targets_of(made_of)
    return not targets or any(view.sees(target) for target in targets)


Audience = tuple[frozenset[str], frozenset[str] | None]
"""Whom a schema is for: a role set, and token scopes where the credential has them."""


class SchemaCache:
    """The views and schemas of one policy in use, by role set and token scopes."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._schemas: OrderedDict[Audience, tuple[View, ProjectedSchema]] = OrderedDict()
        self._building: dict[Audience, asyncio.Future[tuple[View, ProjectedSchema]]] = {}

    def get(self, roles: frozenset[str], token_scopes: frozenset[str] | None) -> tuple[View, ProjectedSchema]:
        """Return the view and the schema of a principal; nothing is compiled twice while it is in use."""
        audience = (roles, token_scopes)
        known = self._schemas.get(audience)
        if known is None:
            return self._keep(audience, self._built(audience))
        self._schemas.move_to_end(audience)
        return known

    async def ready(self, roles: frozenset[str], token_scopes: frozenset[str] | None) -> tuple[View, ProjectedSchema]:
        """Return what `get` does. What has to be compiled is, beside the event loop, and once for all who wait."""
        audience = (roles, token_scopes)
        if audience in self._schemas:
            return self.get(roles, token_scopes)
        building = self._building.get(audience)
        if building is None:
            building = self._building[audience] = asyncio.ensure_future(self._build(audience))
        # A client that goes away must not take the others' schema with it.
        return await asyncio.shield(building)

    def audiences(self) -> Iterable[Audience]:
        """Return whom there are schemas for, the last used first."""
        return tuple(reversed(self._schemas))

    async def _build(self, audience: Audience) -> tuple[View, ProjectedSchema]:
        try:
            made = await asyncio.get_running_loop().run_in_executor(BUILDER, self._built, audience)
        finally:
            del self._building[audience]
        return self._keep(audience, made)

    def _built(self, audience: Audience) -> tuple[View, ProjectedSchema]:
        view = compile_view(self.policy, *audience)
        return view, ProjectedSchema(view)

    def _keep(self, audience: Audience, made: tuple[View, ProjectedSchema]) -> tuple[View, ProjectedSchema]:
        self._schemas[audience] = made
        if len(self._schemas) > _SCHEMAS:
            self._schemas.popitem(last=False)
        # A schema lives long and is large: without this, each full collection would walk through it.
        gc.collect()
        gc.freeze()
        return made
