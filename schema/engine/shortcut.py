"""The shortest way to an answer: an operation that is one list, met before in this shape.

graphql-core would build an executor, collect fields and coerce arguments to come to the very plan that is kept. What
this does is what it did the first time; whatever is not plain goes the long way.
"""

from typing import Any

import orjson
from graphql import GraphQLError, GraphQLSchema, OperationDefinitionNode, located_error
from graphql.execution.values import VariableValues, get_variable_values
from strawberry.types import ExecutionResult

from schema.engine.context import EngineContext
from schema.engine.cursors import with_cursors
from schema.engine.documents import Document
from schema.engine.slots import Binding


async def answer_shortly(
    schema: GraphQLSchema,
    document: Document,
    operation: OperationDefinitionNode,
    variables: dict[str, Any] | None,
    context: EngineContext,
) -> ExecutionResult | None:
    """Return the answer, or None where the long way has to be gone."""
    coerced = _coerced(schema, operation, variables)
    if coerced is None:
        return None
    name = operation.name.value if operation.name else None
    shortcut = document.plans.shortcuts.get((name, document.shape(coerced)))
    if shortcut is None:
        return None
    binding = Binding(context.principal, coerced, context.codec)
    try:
        params = shortcut.statement.bind([binding])
    except GraphQLError:
        # A cursor that is not genuine: the long way says where it stands.
        return None
    document.plans.hits += 1
    try:
        (raw,) = await context.pool.fetch(shortcut.statement.sql, params)
    except Exception as error:  # noqa: BLE001  graphql-core, too, turns what a field raises into an error with its place
        return ExecutionResult(data=None, errors=[located_error(error, shortcut.nodes, [shortcut.key])])
    context.access.update(shortcut.plan.access)
    body = with_cursors(raw or b"null", shortcut.plan.cursors, context.codec)
    return ExecutionResult(data={shortcut.key: orjson.Fragment(body)}, errors=None)


def _coerced(
    schema: GraphQLSchema, operation: OperationDefinitionNode, variables: dict[str, Any] | None
) -> dict[str, Any] | None:
    if not operation.variable_definitions:
        return {}
    values = get_variable_values(schema, operation.variable_definitions, variables or {})
    return values.coerced if isinstance(values, VariableValues) else None
