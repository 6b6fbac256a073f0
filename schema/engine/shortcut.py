"""The shortest way to an answer: an operation that is one list or one row, met before in this shape.

graphql-core would build an executor, collect fields and coerce arguments to come to the very plan that is kept. What
this does is what it did the first time; whatever is not plain goes the long way.
"""

import uuid
from typing import Any

import orjson
from graphql import GraphQLError, GraphQLSchema, OperationDefinitionNode, VariableNode, located_error
from graphql.execution.values import VariableValues, get_variable_values
from strawberry.types import ExecutionResult

from schema.engine.context import EngineContext
from schema.engine.documents import Document
from schema.engine.plan import Shortcut
from schema.engine.slots import Binding
from schema.errors import not_found


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
    binding = Binding(context.principal, coerced, context.codec, context.keyring)
    if shortcut.row_type is not None:
        binding.keys = _row_key(shortcut, coerced)
        if binding.keys is None:
            return None
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
    if raw is None and shortcut.row_type is not None:
        missing = located_error(not_found(), shortcut.nodes, [shortcut.key])
        return ExecutionResult(data={shortcut.key: None}, errors=[missing])
    body = context.finished(raw or b"null", shortcut.plan)
    return ExecutionResult(data={shortcut.key: orjson.Fragment(body)}, errors=None)


def _row_key(shortcut: Shortcut, variables: dict[str, Any]) -> uuid.UUID | None:
    """Return the key in the argument `id`; None if that is no id of the row's type, which the long way tells."""
    value = next(each.value for each in shortcut.nodes[0].arguments or () if each.name.value == "id")
    text = variables.get(value.name.value) if isinstance(value, VariableNode) else getattr(value, "value", None)
    type_name, _, key = str(text).rpartition("_")
    try:
        parsed = uuid.UUID(key)
    except ValueError:
        return None
    return parsed if type_name == shortcut.row_type and str(parsed) == key else None


def _coerced(
    schema: GraphQLSchema, operation: OperationDefinitionNode, variables: dict[str, Any] | None
) -> dict[str, Any] | None:
    if not operation.variable_definitions:
        return {}
    values = get_variable_values(schema, operation.variable_definitions, variables or {})
    return values.coerced if isinstance(values, VariableValues) else None
