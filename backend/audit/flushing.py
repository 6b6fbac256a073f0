"""Flushing to the disk for many at once: who comes during a flush waits for the next, and shares it."""

import asyncio
from collections.abc import Callable


class GroupFlush:
    """Runs `flush` in a thread, one at a time."""

    def __init__(self, flush: Callable[[], None]) -> None:
        self._flush = flush
        self._running: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None

    async def done(self) -> None:
        """Return when a flush that began after this call has ended, and raise what it raised."""
        if self._next is None:
            self._next = asyncio.create_task(self._after(self._running))
        # Shared: whoever gives up waiting does not stop it for the others.
        await asyncio.shield(self._next)

    async def _after(self, running: "asyncio.Task[None] | None") -> None:
        if running is not None and not running.done():
            await asyncio.wait([running])
        self._running, self._next = self._next, None
        await asyncio.to_thread(self._flush)
