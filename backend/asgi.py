"""The composition root: the graph at /graphql beside Django, in one ASGI application."""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.settings")
django = get_asgi_application()

# Django must be set up before the graph's modules read its models.
from backend.errors import SetupError  # noqa: E402
from backend.secret_key import require_secret_key  # noqa: E402
from backend.vault.checks import verify_keyring  # noqa: E402
from schema.transport.app import GraphApp  # noqa: E402

graph = GraphApp()


async def application(
    scope: MutableMapping[str, Any],
    receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
    send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
) -> None:
    """Route a connection: /graphql to the graph, everything else to Django."""
    match scope["type"]:
        case "lifespan":
            await _lifespan(receive, send)
        case "websocket":
            # Subscriptions are not served yet: the handshake is refused.
            await receive()
            await send({"type": "websocket.close", "code": 1000})
        case _ if scope["path"] == "/graphql" or scope["path"].startswith("/graphql/"):
            await graph(scope, receive, send)
        case _:
            await django(scope, receive, send)  # type: ignore[arg-type]


async def _lifespan(
    receive: Callable[[], Awaitable[MutableMapping[str, Any]]],
    send: Callable[[MutableMapping[str, Any]], Awaitable[None]],
) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            try:
                require_secret_key()
                verify_keyring()
                await graph.startup()
            except SetupError as error:
                await send({"type": "lifespan.startup.failed", "message": str(error)})
                return
            await send({"type": "lifespan.startup.complete"})
        else:
            await graph.shutdown()
            await send({"type": "lifespan.shutdown.complete"})
            return
