"""Running an operation: its document from the cache, graphql-core for the rest."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from graphql import GraphQLError, GraphQLSchema, OperationDefinitionNode, execute
from strawberry.execution.is_awaitable import optimized_is_awaitable
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from permissions.errors import ErrorCode
from schema.engine.context import EngineContext
from schema.engine.documents import Document, DocumentCache
from schema.engine.executor import EngineExecutor
from schema.engine.shortcut import answer_shortly
from schema.errors import ClientError


@dataclass(frozen=True, slots=True)
class Operation:
    """What a request asks to run."""

    text: str
    name: str | None
    variables: dict[str, Any] | None
    allowed: Iterable[OperationType] | None


async def run(
    schema: GraphQLSchema,
    documents: DocumentCache,
    operation: Operation,
    *,
    root_value: Any,
    context_value: Any,
    operation_extensions: dict[str, Any] | None,
) -> ExecutionResult:
    """Run an operation of a document that is parsed, validated and compiled once.

    Raises: CannotGetOperationTypeError or InvalidOperationTypeError, as Strawberry does.
    """
    try:
        document = documents.get(operation.text)
    except GraphQLError as error:
        return ExecutionResult(data=None, errors=[error])
    definition = _named(document, operation)
    if document.errors:
        return ExecutionResult(data=None, errors=list(document.errors))
    if context_value is not None:
        context_value.document, context_value.started = document, True
        short = await answer_shortly(schema, document, definition, operation.variables, context_value)
        if short is not None:
            return _with_unreadable(short, context_value)
    result: Any = execute(
        schema,
        document.ast,
        root_value=root_value,
        context_value=context_value,
        variable_values=operation.variables,
        operation_name=operation.name,
        executor_class=EngineExecutor,
        is_awaitable=cast("Any", optimized_is_awaitable),
        operation_extensions=operation_extensions,
    )
    if optimized_is_awaitable(result):
        result = await result
    return _with_unreadable(ExecutionResult(data=result.data, errors=result.errors), context_value)


def _with_unreadable(result: ExecutionResult, context: EngineContext | None) -> ExecutionResult:
    """Tell which fields hold a stored value that does not open: it is null in the data, and never somebody else's."""
    for path in sorted(context.reads.unreadable) if context is not None else ():
        message = f"A value of {path} cannot be read: what is stored was changed, or its key is gone."
        result.errors = [*(result.errors or ()), ClientError(ErrorCode.UNREADABLE, message)]
    return result


def _named(document: Document, operation: Operation) -> OperationDefinitionNode:
    """Return the operation a request names.

    Raises: CannotGetOperationTypeError unless it names one; InvalidOperationTypeError for a type not allowed.
    """
    name = operation.name
    named = [each for each in document.operations if name is None or (each.name and each.name.value == name)]
    if len(named) != 1:
        raise CannotGetOperationTypeError(name)
    operation_type = OperationType(named[0].operation.value)
    if operation.allowed is not None and operation_type not in operation.allowed:
        raise InvalidOperationTypeError(operation_type)
    return named[0]
