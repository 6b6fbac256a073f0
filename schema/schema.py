"""The schema, projected: each view has its own, in which what the principal may not see does not exist."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from permissions.policy import Policy
from permissions.resources import Resource
from permissions.view import CellLevel, View, compile_view
from schema.directives import RequiresScopes, SensitiveDirective
from schema.engine.documents import DocumentCache
from schema.engine.executor import EngineExecutor
from schema.engine.fields import METADATA_KEY, NOUNS, Column, Computed, Money, policy_name, targets_of
from schema.engine.ordering import may_aggregate, may_order_by
from schema.inputs.aggregates import AggregateMark
from schema.inputs.filters import FilterKey
from schema.inputs.order import OrderMark
from schema.mutation import Mutation
from schema.query import Query
from schema.rights import Right
from schema.scalars import SCALARS

_DOCUMENTS_PER_SCHEMA = 256
_SCHEMAS = 64
# Schemas are built beside the event loop, one at a time: the types they are built from are shared.
BUILDER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="prism-schema")


class _Documents(SchemaExtension):
    """Takes parsing and validation from the schema's document cache."""

    async def on_parse(self) -> AsyncIterator[None]:
        """Look the document up."""
        execution = self.execution_context
        schema: Any = execution.schema
        document = schema.documents.get(execution.query)
        execution.graphql_document = document.ast
        execution.context.document = document
        yield

    async def on_validate(self) -> AsyncIterator[None]:
        """Take the errors found when the document was first met."""
        context = self.execution_context.context
        self.execution_context.pre_execution_errors = list(context.document.errors)
        context.started = not context.document.errors
        yield


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
            extensions=[_Documents],
            config=StrawberryConfig(scalar_map=SCALARS),
        )
        self.documents = DocumentCache(self._schema, size=_DOCUMENTS_PER_SCHEMA)

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


def _is_visible(field: StrawberryField, resource: Resource | None, view: View) -> bool:
    made_of = field.metadata.get(METADATA_KEY)
    if isinstance(made_of, Right):
        return view.may(made_of.resource, made_of.action)
    if isinstance(made_of, OrderMark):
        return may_order_by(view, NOUNS[made_of.resource], made_of.made_of)
    if isinstance(made_of, AggregateMark):
        return may_aggregate(view, NOUNS[made_of.resource], made_of.made_of)
    if isinstance(made_of, FilterKey):
        return may_order_by(view, NOUNS[made_of.resource], made_of.made_of)
    if isinstance(made_of, Column | Computed | Money) and resource is not None and made_of.sensitive is not None:
        return view.cell(resource, policy_name(made_of), made_of.sensitive).level is not CellLevel.ABSENT
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
        return made
