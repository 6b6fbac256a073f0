"""The rows that could not be loaded, and the file they are handed back in."""

import csv
import io
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from backend.crm.pipeline.errors import PipelineError, RowError
from backend.crm.pipeline.sheet import Sheet, SourceRow

T = TypeVar("T")

HEADER = ("file", "row", "reason", "original")


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was not loaded, and why."""

    file: str
    row: SourceRow
    reason: str


def sift(sheet: Sheet, read: Callable[[SourceRow], T], rejects: list[Reject]) -> list[T]:
    """Return what `read` makes of each row of `sheet`; rows it raises RowError for go to `rejects`."""
    accepted = []
    for row in sheet.rows:
        try:
            accepted.append(read(row))
        except RowError as error:
            rejects.append(Reject(sheet.file, row, str(error)))
    return accepted


@contextmanager
def rejects_file(path: Path, rejects: Iterable[Reject]) -> Iterator[None]:
    """Write `rejects` to `path` when the block ends well; leave what was there when it does not.

    Raises: PipelineError before the block is entered when the file cannot be written.
    """
    try:
        draft = _write_draft(path, rejects)
    except OSError as error:
        raise PipelineError(f"The rejects file {path} cannot be written: {error.strerror}.") from error
    try:
        yield
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _write_draft(path: Path, rejects: Iterable[Reject]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        raise IsADirectoryError(None, "it is a folder")
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADER)
        for reject in rejects:
            writer.writerow((reject.file, reject.row.number, reject.reason, _line(reject.row.original)))
    return Path(name)


def _line(cells: tuple[str, ...]) -> str:
    """Return `cells` as the CSV line they came from, to be mended and sent again."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(cells)
    return line.getvalue()
