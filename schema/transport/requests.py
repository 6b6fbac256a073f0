"""From HTTP to a GraphQL request. Whatever is not one is answered with a code, before anything else looks at it.

Source: https://graphql.github.io/graphql-over-http/draft/
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import orjson

from permissions.errors import ErrorCode

LARGEST_BODY = 1_000_000
LONGEST_PURPOSE = 200


class HttpError(Exception):
    """A request that is answered before it reaches the graph."""

    def __init__(self, status: int, code: ErrorCode, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.headers = status, code, dict(headers or {})


@dataclass(frozen=True, slots=True)
class GraphRequest:
    """A well-formed GraphQL request. `purpose` is what the answer is for, in the client's words: it is recorded."""

    query: str
    variables: dict[str, Any] | None
    operation_name: str | None
    purpose: str = ""


def parse_post(content_type: str, body: bytes) -> GraphRequest:
    """Read a POST body.

    Raises: HttpError 415 for another media type, 400 for a body that is not a GraphQL request.
    """
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type not in {"application/json", "application/graphql-response+json"}:
        raise HttpError(415, ErrorCode.BAD_REQUEST, "Send the request as application/json.")
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise HttpError(400, ErrorCode.BAD_REQUEST, "The body is not valid JSON in UTF-8.") from None
    if not isinstance(content, dict):
        raise HttpError(400, ErrorCode.BAD_REQUEST, "The body must be a JSON object with a `query`.")
    return _request(content)


def parse_get(query_string: bytes) -> GraphRequest:
    """Read the parameters of a GET.

    Raises: HttpError 400 if they are not a GraphQL request.
    """
    try:
        pairs = parse_qs(query_string.decode(), keep_blank_values=True, max_num_fields=20, errors="strict")
        content: dict[str, Any] = {name: values[-1] for name, values in pairs.items()}
        for name in ("variables", "extensions"):
            if content.get(name):
                content[name] = orjson.loads(content[name])
            else:
                content.pop(name, None)
    except ValueError:
        raise HttpError(400, ErrorCode.BAD_REQUEST, "The parameters are not a GraphQL request.") from None
    return _request(content)


def _request(content: dict[str, Any]) -> GraphRequest:
    query, variables, name = content.get("query"), content.get("variables"), content.get("operationName")
    if not isinstance(query, str) or not query.strip():
        raise HttpError(400, ErrorCode.BAD_REQUEST, "`query` must be a string that holds a GraphQL document.")
    if variables is not None and not isinstance(variables, dict):
        raise HttpError(400, ErrorCode.BAD_REQUEST, "`variables` must be an object.")
    if name is not None and not isinstance(name, str):
        raise HttpError(400, ErrorCode.BAD_REQUEST, "`operationName` must be a string.")
    extensions = content.get("extensions")
    if not isinstance(extensions, dict | None):
        raise HttpError(400, ErrorCode.BAD_REQUEST, "`extensions` must be an object.")
    purpose = (extensions or {}).get("purpose", "")
    if not isinstance(purpose, str) or len(purpose) > LONGEST_PURPOSE:
        message = f"`extensions.purpose` must be a text of at most {LONGEST_PURPOSE} characters."
        raise HttpError(400, ErrorCode.BAD_REQUEST, message)
    return GraphRequest(query, variables, name or None, purpose)
