"""Prism as it is served, with one more path: `/bench/plans` tells how often the plan caches of a worker were hit.

With PRISM_BENCH_UNRECORDED set it keeps no record of what is read: the difference is what recording costs.
"""

import gc
import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import orjson

from backend.asgi import application as prism
from backend.asgi import graph
from schema.engine.plan import PlanCache

Message = MutableMapping[str, Any]


async def _unrecorded(*_: Any) -> None:
    """Keep no record. Nothing but this benchmark can be served without."""


if os.environ.get("PRISM_BENCH_UNRECORDED"):
    graph._record = _unrecorded  # type: ignore[method-assign,assignment]  # noqa: SLF001


async def application(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Answer `/bench/plans`; everything else is Prism's own."""
    if scope["type"] != "http" or scope["path"] != "/bench/plans":
        await prism(scope, receive, send)
        return
    # The caches stand behind no door of the application: they are found on the heap.
    caches = [thing for thing in gc.get_objects() if isinstance(thing, PlanCache)]
    body = orjson.dumps([sum(cache.hits for cache in caches), sum(cache.misses for cache in caches)])
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})
