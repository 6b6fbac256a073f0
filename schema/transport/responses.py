"""From an execution result to bytes and a status.

Source: https://graphql.github.io/graphql-over-http/draft/#sec-Status-Codes
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from graphql import GraphQLError, GraphQLSyntaxError

from permissions.errors import ErrorCode
from schema.errors import coded

logger = logging.getLogger("prism.graph")

GRAPHQL_JSON = "application/graphql-response+json"
JSON = "application/json"
# What a client sent stands in many messages: not the whole of it.
_LONGEST_MESSAGE = 500


def media_type(accept: str) -> str:
    """Return the media type for an Accept header: the specification's own where the client names it."""
    return GRAPHQL_JSON if GRAPHQL_JSON in accept else JSON


def encode(
    data: Any, errors: Sequence[GraphQLError] | None, access: Mapping[str, Any], *, started: bool
) -> tuple[int, bytes]:
    """Return the status for the specification's own media type, and the body.

    `started` is false when the request never ran: then there is no `data`, and the status is 400.
    """
    body: dict[str, Any] = {}
    if errors:
        body["errors"] = [_formatted(error, started=started) for error in errors]
    if started:
        body["data"] = data
    if access and data is not None:
        body["extensions"] = {"access": access}
    return (200 if started else 400), orjson.dumps(body)


def encode_error(code: ErrorCode, message: str) -> bytes:
    """Return the body that answers a request that is not one."""
    return orjson.dumps({"errors": [{"message": message, "extensions": {"code": code.value}}]})


def _formatted(error: GraphQLError, *, started: bool) -> Mapping[str, Any]:
    if not started and not (error.extensions or {}).get("code"):
        parsing = isinstance(error, GraphQLSyntaxError)
        code = ErrorCode.PARSE_FAILED if parsing else ErrorCode.VALIDATION_FAILED
        if error.original_error is None:
            error.extensions = {"code": code.value}
    answer = coded(error)
    if (answer.extensions or {}).get("code") == ErrorCode.INTERNAL.value:
        logger.error("an operation failed", exc_info=error.original_error)
    formatted = dict(answer.formatted)
    formatted["message"] = _shortened(answer.message)
    return formatted


def _shortened(message: str) -> str:
    return message if len(message) <= _LONGEST_MESSAGE else f"{message[: _LONGEST_MESSAGE - 1]}…"
