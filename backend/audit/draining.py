"""Moving what is in journals into the database. A file is removed after the commit of its last record, never before."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from backend.audit.errors import UnreadableRecordError
from backend.audit.journal import BATCH
from backend.audit.lines import decode_line
from backend.audit.reads import append_reads
from backend.audit.records import ReadRecord
from backend.audit.segments import locked, segments

logger = logging.getLogger("prism.audit")


@dataclass(slots=True)
class Drained:
    """What became of journals: records stored, and what was no record."""

    files: int = 0
    records: int = 0
    torn_bytes: int = 0
    damaged: list[Path] = field(default_factory=list)


# Invariant: whatever stops this, wherever it stops, the next drain finds the file and begins it again; the records that
# were committed are recognised by their keys.
def drain_folder(folder: Path) -> Drained:
    """Move every record of `folder` into the database, except those in files their processes still write.

    Raises: DatabaseError and the like; OSError.
    """
    drained = Drained()
    for path in segments(folder):
        with locked(path) as file:
            if file is not None:
                _drain_file(path, file, drained)
    return drained


def _drain_file(path: Path, file: BinaryIO, drained: Drained) -> None:
    lines = _Lines(file)
    while batch := list(islice(lines, BATCH)):
        drained.records += append_reads(batch)
    drained.files += 1
    drained.torn_bytes += lines.torn_bytes
    if lines.torn_bytes:
        # The process ended, or the disk filled, within a write: that answer never left. (Without fsync, a power cut
        # leaves the same trace; ADR 14.)
        logger.warning("%s ends in %d bytes of a record that was cut short", path.name, lines.torn_bytes)
    if lines.damaged:
        kept = path.with_suffix(".damaged")
        path.rename(kept)
        drained.damaged.append(kept)
        logger.error("%s was altered: %d lines cannot be read, the file is kept as %s", path.name, lines.damaged, kept)
    else:
        path.unlink()


class _Lines:
    """The records of a file, in order, and what else it holds."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.torn_bytes = 0
        self.damaged = 0

    def __iter__(self) -> Iterator[ReadRecord]:
        return self

    def __next__(self) -> ReadRecord:
        for line in self._file:
            if not line.endswith(b"\n"):
                self.torn_bytes = len(line)
                break
            try:
                return decode_line(line)
            except UnreadableRecordError:
                self.damaged += 1
        raise StopIteration
