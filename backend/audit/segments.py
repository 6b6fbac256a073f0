"""The files of a journal. A process writes to one of its own at a time and holds the file's lock while it does.

Invariant: a file is emptied into the database by whoever holds its lock, and removed under that lock. The kernel drops
the lock of a process that dies, so what it left is free for the next one that looks.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from backend.models import new_id

PATTERN = "reads-*.journal"
DAMAGED_PATTERN = "reads-*.damaged"
_NEW = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


@dataclass(slots=True)
class Segment:
    """A file that is being written: its descriptor, which holds the lock, and its bytes so far."""

    descriptor: int
    folder: Path
    size: int = 0
    _is_named_on_disk: bool = False
    _has_failed: bool = False

    def append(self, line: bytes) -> None:
        """Write one line, whole.

        Raises: OSError; then the file may end in a part of the line, and nothing may be written behind it.
        """
        written = os.write(self.descriptor, line)
        self.size += written
        if written != len(line):
            raise OSError("the disk took a part of the record")

    def flush(self) -> None:
        """Return when the disk has what was written.

        Raises: OSError, from then on: the kernel reports what it could not write once, and then forgets it.
        """
        if self._has_failed:
            raise OSError("the disk did not take the records")
        self._has_failed = True
        os.fdatasync(self.descriptor)
        if not self._is_named_on_disk:
            _flush_folder(self.folder)
        self._is_named_on_disk, self._has_failed = True, False

    def close(self) -> None:
        """Give the file, and its lock, up."""
        os.close(self.descriptor)


def open_segment(folder: Path) -> Segment:
    """Return a new file in `folder`, locked.

    Raises: OSError.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    while True:
        # Named by time: the oldest is drained first.
        path = folder / f"reads-{new_id()}.journal"
        segment = Segment(os.open(path, _NEW, 0o600), folder)
        fcntl.flock(segment.descriptor, fcntl.LOCK_EX)
        # A drain may have found the new file before it was locked, taken it for a dead process's, and removed it.
        if os.fstat(segment.descriptor).st_nlink:
            return segment
        segment.close()


def segments(folder: Path) -> list[Path]:
    """Return the files of all journals in `folder`, the oldest first."""
    return sorted(folder.glob(PATTERN))


def damaged_segments(folder: Path) -> list[Path]:
    """Return the files kept for a person to look at, because they held what could not be read."""
    return sorted(folder.glob(DAMAGED_PATTERN))


def size_of(folder: Path) -> int:
    """Return the bytes of all journals in `folder`."""
    total = 0
    for path in folder.glob(PATTERN):
        try:
            total += path.stat().st_size
        except FileNotFoundError:  # It was drained in the meantime.
            continue
    return total


@contextmanager
def locked(path: Path) -> Iterator[BinaryIO | None]:
    """Open a file for draining; None when its process lives, when another drain has it, or when it is gone."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        yield None
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        yield file if os.fstat(file.fileno()).st_nlink else None


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
