"""The background task that empties the journals into the database and chains what was written."""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from django.db import DatabaseError, connection

from backend.audit.chaining import chain_changes
from backend.audit.draining import drain_folder
from backend.audit.journal import ReadJournal

logger = logging.getLogger("prism.audit")

INTERVAL_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0

_T = TypeVar("_T")


class AuditDrain:
    """Moves records on every half second, or sooner when there are many. One a process."""

    # Invariant: nothing that goes wrong ends the task or shows what a record holds. What is not moved is moved later.

    def __init__(self, journal: ReadJournal, *, interval: float = INTERVAL_SECONDS) -> None:
        self._journal = journal
        self._interval = interval
        self._wake = asyncio.Event()
        self._waiting: list[asyncio.Future[bool]] = []
        self._is_stopping = False
        self._task: asyncio.Task[None] | None = None
        # A thread of its own, with a database connection of its own: it delays nobody's look-ups.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="prism-audit")

    async def start(self) -> None:
        """Begin, with what processes before this one left behind."""
        loop = asyncio.get_running_loop()

        def wake() -> None:
            loop.call_soon_threadsafe(self._wake.set)

        self._journal.on_batch = wake
        self._task = asyncio.create_task(self._run(), name="audit drain")

    async def stop(self, *, within: float = 10.0) -> None:
        """Move on what there is, for at most `within` seconds. What is left then is moved by the next process."""
        if self._task is None or self._is_stopping:
            return
        self._is_stopping = True
        self._wake.set()
        self._journal.on_batch = _nothing
        done, _ = await asyncio.wait([self._task], timeout=within)
        if not done:
            logger.warning("the last reads were not moved in time: they stay in the journal")
            self._task.cancel()
            await asyncio.wait([self._task])
        # Whatever the thread still does, the last it does is to close its connection.
        self._thread.submit(_disconnect)
        self._thread.shutdown(wait=bool(done))

    async def settle(self) -> bool:
        """Return when a round that began after this call has ended: whether all that was recorded is now stored."""
        if self._task is None or self._task.done():
            return False
        waiting: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        self._wake.set()
        return await waiting

    async def _run(self) -> None:
        failures = 0
        is_last = False
        try:
            while not is_last:
                is_last = self._is_stopping
                self._wake.clear()
                failures = 0 if await self._answered_round() else failures + 1
                if not is_last:
                    await self._pause(failures)
        finally:
            _tell(self._waiting, is_done=False)

    async def _answered_round(self) -> bool:
        waiting, self._waiting = self._waiting, []
        is_done = False
        try:
            is_done = await self._in_thread(self._round)
        finally:
            _tell(waiting, is_done=is_done)
        return is_done

    async def _pause(self, failures: int) -> None:
        seconds = min(self._interval * 2 ** min(failures, 16), LONGEST_PAUSE_SECONDS)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()

    async def _in_thread(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    def _round(self) -> bool:
        """Do everything once; return whether everything was done."""
        return all([_succeeds(self._move), _succeeds(chain_changes)])

    def _move(self) -> None:
        self._journal.measure()
        # What is there already first: while the database is away, the files do not become more and more.
        drain_folder(self._journal.folder)
        self._journal.rotate()
        drain_folder(self._journal.folder)
        self._journal.measure()


def _succeeds(step: Callable[[], object]) -> bool:
    try:
        step()
    except Exception as error:  # noqa: BLE001  whatever it was, the next round must come
        # By name and code alone: the text of a database's error quotes rows.
        logger.error("auditing is behind: %s %s", type(error).__name__, _code(error))  # noqa: TRY400
        with contextlib.suppress(Exception):
            connection.close()
        return False
    return True


def _code(error: Exception) -> str:
    cause = error.__cause__ if isinstance(error, DatabaseError) else error
    return str(getattr(cause, "sqlstate", None) or getattr(cause, "errno", None) or "")


def _tell(waiting: list["asyncio.Future[bool]"], *, is_done: bool) -> None:
    for each in waiting:
        if not each.done():
            each.set_result(is_done)


def _disconnect() -> None:
    # Which connection is meant is decided where this runs: each thread has its own.
    connection.close()


def _nothing() -> None:
    """Wake nobody: there is no task any more."""
