"""Where a read is put on record before it is answered: a file of this machine. See docs/adr/0014."""

import threading
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

from django.conf import settings

from backend.audit.errors import AuditUnavailable
from backend.audit.flushing import GroupFlush
from backend.audit.lines import encode_line
from backend.audit.records import ReadEntry, ReadRecord
from backend.audit.segments import Segment, open_segment, size_of

__all__ = ["AuditUnavailable", "JournalSync", "ReadEntry", "ReadJournal", "ReadRecord", "default_journal"]

BATCH = 500


class JournalSync(StrEnum):
    """What a record survives, once it is answered."""

    WRITE = "write"  # the end of the process, by whatever means
    FSYNC = "fsync"  # the end of the machine, too


# Invariant: when `append` returns, the whole line is with the kernel, in a file nothing removes before the database has
# committed the record. When it raises, nothing of the answer may leave.
class ReadJournal:
    """Takes records; `AuditDrain` moves them on. One a process, for all its threads."""

    def __init__(self, folder: Path, *, limit_bytes: int, sync: JournalSync = JournalSync.WRITE) -> None:
        """Keep at most `limit_bytes` in `folder`, all processes of this machine together."""
        self.folder = folder
        self.on_batch: Callable[[], None] = lambda: None
        self._limit = limit_bytes
        self._sync = sync
        self._segment: Segment | None = None
        # Written to no more, but flushed and closed by others than whoever appends.
        self._ended: list[Segment] = []
        self._elsewhere = 0
        self._count = 0
        self._appending = threading.Lock()
        self._flushing = threading.Lock()
        self._group = GroupFlush(self._flush)

    def append(self, record: ReadRecord) -> None:
        """Put a record into the journal: it survives the end of this process.

        Raises: AuditUnavailable.
        """
        line = encode_line(record)
        with self._appending:
            self._write(line)
            self._count += 1
        if self._count % BATCH == 0:
            self.on_batch()

    async def append_durably(self, record: ReadRecord) -> None:
        """Put a record into the journal and return when the disk has it: it survives the end of this machine.

        Raises: AuditUnavailable.
        """
        self.append(record)
        try:
            await self._group.done()
        except OSError as error:
            raise AuditUnavailable("the journal of reads cannot be flushed") from error

    async def keep(self, record: ReadRecord) -> None:
        """Put a record into the journal, as durably as the settings say.

        Raises: AuditUnavailable.
        """
        if self._sync is JournalSync.FSYNC:
            await self.append_durably(record)
        else:
            self.append(record)

    def rotate(self) -> None:
        """End the file that is being written, so that it can be drained; the next record begins another.

        Raises: OSError when the disk does not take what was to survive the machine. Those files stay, and fail every
        later flush: whoever waits for one of their records must not be told that it is safe.
        """
        with self._flushing:
            with self._appending:
                self._end()
                ended = list(self._ended)
            for segment in ended:
                if self._sync is JournalSync.FSYNC:
                    segment.flush()
                self._ended.remove(segment)
                segment.close()

    def measure(self) -> None:
        """Look how much the folder holds beside the file that is being written."""
        everything = size_of(self.folder)
        with self._appending:
            own = self._segment.size if self._segment else 0
            self._elsewhere = max(everything - own, 0)

    def _write(self, line: bytes) -> None:
        try:
            if self._segment is None:
                self._segment = open_segment(self.folder)
            if self._elsewhere + self._segment.size + len(line) > self._limit:
                raise AuditUnavailable("the journal of reads is full: the database has not taken it for too long")
            self._segment.append(line)
        except OSError as error:
            # The file may end in half a line, behind which no other may be written.
            self._end()
            raise AuditUnavailable("the journal of reads cannot be written") from error

    def _end(self) -> None:
        if self._segment is not None:
            self._ended.append(self._segment)
            self._segment = None

    def _flush(self) -> None:
        with self._flushing:
            with self._appending:
                written = [*self._ended, *([self._segment] if self._segment else [])]
            for segment in written:
                segment.flush()


def default_journal() -> ReadJournal:
    """Return the journal as the settings say."""
    return ReadJournal(
        settings.VAR_DIR / "audit",
        limit_bytes=settings.PRISM_AUDIT_JOURNAL_LIMIT_MB * 1_000_000,
        sync=JournalSync(settings.PRISM_AUDIT_SYNC),
    )
