"""A process that answers: it puts reads on record and then says so, until it is killed."""

import asyncio
import sys
from itertools import count
from pathlib import Path

from backend.audit.drain import AuditDrain
from backend.audit.journal import JournalSync, ReadJournal
from tests.backend.audit.making import make_record

# Told once the process has moved its first records into the database.
MOVED = "moved"
_BEFORE_MOVING = 100


def main(folder: str, sync: str, *, is_draining: bool) -> None:
    """Answer without end."""
    asyncio.run(_answer(ReadJournal(Path(folder), limit_bytes=10**9, sync=JournalSync(sync)), is_draining=is_draining))


async def _answer(journal: ReadJournal, *, is_draining: bool) -> None:
    drain = AuditDrain(journal, interval=0.005)
    if is_draining:
        await drain.start()
    for number in count(1):
        record = make_record(rows=20)
        await journal.keep(record)
        _say(str(record.id))
        if is_draining:
            # Let the drain in, which shares this loop.
            await asyncio.sleep(0)
        if is_draining and number == _BEFORE_MOVING:
            assert await drain.settle()
            _say(MOVED)


def _say(line: str) -> None:
    # One write of less than a pipe's buffer: a line is told whole or not at all.
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
