"""The schema, projected: each view has its own, in which what the principal may not see does not exist."""

from collections import OrderedDict
from collections.abc import AsyncIterator
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.types import ExecutionContext
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from permissions.policy import Policy
from permissions.resources import Resource
from permissions.view import CellLevel, View, compile_view
from schema import contact, contract, customer, follow_up, opportunity, payment, tag, task, team, user
from schema.directives import RequiresScopes, SensitiveDirective
from schema.engine.documents import DocumentCache
from schema.engine.executor import EngineExecutor
from schema.engine.fields import METADATA_KEY, NOUNS, Column, Computed, Money, policy_name, targets_of
from schema.engine.ordering import may_order_by
from schema.order import OrderKey
from schema.query import Query
from schema.scalars import SCALARS

# Imported for what they register: a noun is part of the graph once its module is read.
NOUN_MODULES = (contact, contract, customer, follow_up, opportunity, payment, tag, task, team, user)
_DOCUMENTS_PER_SCHEMA = 256
_SCHEMAS = 64


class _Documents(SchemaExtension):
    """Takes parsing and validation from the schema's document cache."""

    async def on_parse(self) -> AsyncIterator[None]:
        """Look the document up."""
        execution = self.execution_context
        schema: Any = execution.schema
        document = schema.documents.get(execution.query)
        if len(document.operations) > 1 and not execution.context.is_named:
            # Strawberry would run the first.
            raise CannotGetOperationTypeError(None)
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


def _is_visible(field: StrawberryField, resource: Resource | None, view: View) -> bool:
    made_of = field.metadata.get(METADATA_KEY)
    if isinstance(made_of, OrderKey):
        return may_order_by(view, NOUNS[made_of.resource], made_of.column)
    if isinstance(made_of, Column | Computed | Money) and resource is not None and made_of.sensitive is not None:
        return view.cell(resource, policy_name(made_of), made_of.sensitive).level is not CellLevel.ABSENT
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
            if len(self._schemas) > _SCHEMAS:
                self._schemas.popitem(last=False)
        else:
            self._schemas.move_to_end(key)
        return known
