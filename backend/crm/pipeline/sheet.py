"""Reads one CSV file strictly: a file that is foreign, damaged or cut short is refused whole, with one sentence."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from backend.crm.pipeline.errors import PipelineError

# What to read in place of a value, by column.
Repairs = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row: its number as a spreadsheet shows it (the header is row 1), and its cells by column.

    Cells have outer and repeated white space removed, then the mapping file's repairs; `original` has neither.
    """

    number: int
    cells: Mapping[str, str]
    original: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file's rows, and how many of its values the mapping file repaired."""

    file: str
    rows: tuple[SourceRow, ...] = field(repr=False)
    repaired: int


def read_sheet(path: Path, *, columns: tuple[str, ...], repairs: Repairs) -> Sheet:
    """Return the rows of the CSV file at `path`, whose header must be exactly `columns`.

    Raises: PipelineError when the file is missing, unreadable, empty, not UTF-8, foreign, damaged or cut short.
    """
    text = _text(path)
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise PipelineError(f"{path.name} is damaged or cut short: {error}.") from error
    if tuple(records[0]) != columns:
        raise PipelineError(f"{path.name} is a foreign file: its first line is not {','.join(columns)}.")
    if not text.endswith(("\n", "\r")):
        raise PipelineError(f"{path.name} is cut short: its last line has no end.")
    rows = tuple(_rows(path.name, records, columns, repairs))
    if not rows:
        raise PipelineError(f"{path.name} is cut short: it has a header and no rows.")
    return Sheet(path.name, rows, sum(_repaired(row, columns) for row in rows))


def _text(path: Path) -> str:
    if not path.is_file():
        raise PipelineError(f"{path.name} is missing from {path.parent}.")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise PipelineError(f"{path.name} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise PipelineError(f"{path.name} is not UTF-8 text (byte {error.start}).") from error
    if not text.strip():
        raise PipelineError(f"{path.name} is empty.")
    if "\0" in text:
        raise PipelineError(f"{path.name} is not text: it holds a zero byte.")
    return text


def _rows(file: str, records: list[list[str]], columns: tuple[str, ...], repairs: Repairs) -> Iterator[SourceRow]:
    for number, record in enumerate(records[1:], start=2):
        if not record:
            continue  # A blank line is no row.
        if len(record) != len(columns):
            raise PipelineError(
                f"{file} is damaged or cut short: row {number} has {len(record)} columns, not {len(columns)}."
            )
        cells = {column: " ".join(cell.split()) for column, cell in zip(columns, record, strict=True)}
        fixed = {column: repairs.get(column, {}).get(cell, cell) for column, cell in cells.items()}
        yield SourceRow(number, fixed, tuple(record))


def _repaired(row: SourceRow, columns: tuple[str, ...]) -> int:
    pairs = zip(columns, row.original, strict=True)
    return sum(row.cells[column] != " ".join(cell.split()) for column, cell in pairs)
