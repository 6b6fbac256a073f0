"""The graph over HTTP: an ASGI application at /graphql. See docs/adr/0003 for why it is not Strawberry's view."""

import contextlib
import gc
import hashlib
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from backend.audit.drain import AuditDrain
from backend.audit.errors import AuditUnavailable
from backend.audit.journal import default_journal
from backend.identity.principals import PrincipalDirectory
from backend.vault.keyring import keyring
from permissions.errors import AccessDenied, ErrorCode
from permissions.policy import Policy
from permissions.principal import ANONYMOUS, Principal
from schema.active import ActiveSchemas, PolicyUnavailableError
from schema.context import PrismContext
from schema.engine.cursors import CursorCodec
from schema.engine.pool import ReadPool, default_pool
from schema.origin import NOWHERE, Origin
from schema.transport.explorer import explorer
from schema.transport.recording import origin_of, read_record
from schema.transport.requests import LARGEST_BODY, GraphRequest, HttpError, parse_get, parse_post
from schema.transport.responses import JSON, encode, encode_error, media_type

logger = logging.getLogger("prism.graph")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_BY_METHOD = {
    "POST": frozenset({OperationType.QUERY, OperationType.MUTATION}),
    "GET": frozenset({OperationType.QUERY}),
}


class GraphApp:
    """Answers GraphQL requests for whoever sends them, under the policy in force or, where one is given, under that."""

    def __init__(self, policy: Policy | None = None) -> None:
        self._schemas = ActiveSchemas(policy)
        self._directory = PrincipalDirectory()
        self._pool: ReadPool | None = None
        self._keyring = keyring()
        self._journal = default_journal()
        self._drain = AuditDrain(self._journal)
        self._cursor_key = hashlib.sha256(b"cursor\0" + settings.SECRET_KEY.encode()).digest()

    async def startup(self) -> None:
        """Connect to the database and settle the heap: what lives as long as the process is not collected again."""
        self._pool = default_pool()
        await self._pool.open()
        await self._drain.start()
        # Ready before the first request. If it cannot be read yet, the requests will ask again.
        with contextlib.suppress(PolicyUnavailableError):
            await self._schemas.current()
        gc.collect()
        gc.freeze()

    async def shutdown(self) -> None:
        """Disconnect."""
        await self._drain.stop()
        if self._pool is not None:
            await self._pool.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        if _is_for_a_browser(scope, headers):
            await explorer(scope, receive, send)
            return
        answer_type = media_type(headers.get("accept", ""))
        try:
            request = await _read(scope, headers, receive)
            principal = await self._principal(headers.get("authorization"))
            origin = origin_of(headers, scope.get("client"))
            status, body = await self._execute(request, principal, origin, scope["method"])
            extra: Mapping[str, str] = {}
        except HttpError as error:
            status, body, extra = error.status, encode_error(error.code, str(error)), error.headers
        except Exception:
            # The last resort: whatever we failed to foresee is logged, and its text reaches nobody else.
            logger.exception("a request failed")
            status, body, extra = 500, encode_error(ErrorCode.INTERNAL, "Something went wrong on our side."), {}
        else:
            # Clients of the older media type take any status but 200 for a broken connection.
            status = 200 if answer_type == JSON else status
        await _respond(send, status, body, answer_type, extra)

    async def _principal(self, authorization: str | None) -> Principal:
        if authorization is None:
            return ANONYMOUS
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            message = "Send the credential as `Authorization: Bearer …`."
            raise HttpError(401, ErrorCode.UNAUTHENTICATED, message, {"WWW-Authenticate": "Bearer"})
        try:
            return await self._directory.principal_of(token.strip())
        except AccessDenied as error:
            raise HttpError(401, error.code, str(error), {"WWW-Authenticate": "Bearer"}) from error
        except (DatabaseError, InterfaceError) as error:
            message = "The database cannot be reached just now: try again."
            raise HttpError(503, ErrorCode.UNAVAILABLE, message, {"Retry-After": "1"}) from error

    async def _execute(
        self, request: GraphRequest, principal: Principal, origin: Origin, method: str
    ) -> tuple[int, bytes]:
        context, schema = await self._context(principal, origin, request.operation_name or "")
        try:
            result = await schema.execute(
                request.query,
                variable_values=request.variables,
                context_value=context,
                operation_name=request.operation_name,
                allowed_operation_types=_BY_METHOD[method],
            )
        except (CannotGetOperationTypeError, MissingQueryError):
            raise HttpError(
                400, ErrorCode.OPERATION_NOT_FOUND, "Name, in `operationName`, one operation of the document."
            ) from None
        except InvalidOperationTypeError:
            raise HttpError(
                405,
                ErrorCode.BAD_REQUEST,
                "This operation cannot be sent that way: send it by POST.",
                {"Allow": "POST"},
            ) from None
        # Invariant: no answer with a value in clear leaves before its record is kept.
        await self._record(context, request, principal, origin)
        return encode(result.data, result.errors, context.access, started=context.started)

    async def _record(self, context: PrismContext, request: GraphRequest, principal: Principal, origin: Origin) -> None:
        record = read_record(context.reads, request, principal, origin, context.policy_version)
        if record is None:
            return
        try:
            await self._journal.keep(record)
        except AuditUnavailable:
            logger.exception("an answer was withheld: its reading could not be put on record")
            message = "What you asked for cannot be put on record just now, so it cannot be shown: try again."
            raise HttpError(503, ErrorCode.UNAVAILABLE, message, {"Retry-After": "1"}) from None

    async def _context(
        self, principal: Principal, origin: Origin = NOWHERE, operation: str = ""
    ) -> tuple[PrismContext, Any]:
        if self._pool is None:
            raise HttpError(503, ErrorCode.UNAVAILABLE, "The server is starting.")
        try:
            schemas = await self._schemas.current()
        except PolicyUnavailableError:
            raise HttpError(503, ErrorCode.UNAVAILABLE, "The policy cannot be read just now: try again.") from None
        view, schema = await schemas.ready(principal.roles, principal.token_scopes)
        owner = f"{principal.kind}:{principal.user_id or principal.partner_id or ''}"
        codec = CursorCodec(key=self._cursor_key, owner=owner, lifetime_hours=settings.PRISM_CURSOR_LIFETIME_HOURS)
        roles = tuple(schemas.policy.roles[name] for name in view.roles)
        context = PrismContext(
            principal,
            view,
            codec,
            self._pool,
            keyring=self._keyring,
            roles=roles,
            projector=self._schemas,
            policy_version=schemas.policy.version,
            origin=origin,
            operation=operation,
        )
        return context, schema


def _is_for_a_browser(scope: Scope, headers: Mapping[str, str]) -> bool:
    if scope["path"] != "/graphql":
        return True
    wants_page = "text/html" in headers.get("accept", "") and b"query=" not in scope["query_string"]
    return scope["method"] in {"GET", "HEAD"} and wants_page


async def _read(scope: Scope, headers: Mapping[str, str], receive: Receive) -> GraphRequest:
    match scope["method"]:
        case "GET":
            return parse_get(scope["query_string"])
        case "POST":
            return parse_post(headers.get("content-type", ""), await _body(headers, receive))
        case _:
            raise HttpError(405, ErrorCode.BAD_REQUEST, "The graph answers GET and POST.", {"Allow": "GET, POST"})


async def _body(headers: Mapping[str, str], receive: Receive) -> bytes:
    too_large = HttpError(413, ErrorCode.REQUEST_TOO_LARGE, f"A request has at most {LARGEST_BODY} bytes.")
    length = headers.get("content-length", "0")
    if length.isascii() and length.isdigit() and int(length[:20]) > LARGEST_BODY:
        raise too_large
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise HttpError(400, ErrorCode.BAD_REQUEST, "The request ended early.")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > LARGEST_BODY:
            raise too_large
        if not message.get("more_body", False):
            return b"".join(parts)


async def _respond(send: Send, status: int, body: bytes, content_type: str, extra: Mapping[str, str]) -> None:
    headers = {
        "content-type": f"{content_type}; charset=utf-8",
        "content-length": str(len(body)),
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        **{name.lower(): value for name, value in extra.items()},
    }
    raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
