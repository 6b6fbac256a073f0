"""The mapping file: a TOML table per file and column that says what a misspelt value means."""

import tomllib
from collections.abc import Mapping as Map
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.crm.pipeline.errors import PipelineError

DEFAULT_MAPPING = Path(__file__).with_name("crm_sales.toml")


@dataclass(frozen=True, slots=True)
class Mapping:
    """Repairs by file name without `.csv`, then by column."""

    tables: Map[str, Map[str, Map[str, str]]]

    def repairs(self, file: str) -> Map[str, Map[str, str]]:
        """Return the repairs of `file` by column."""
        return self.tables.get(file.removesuffix(".csv"), {})


def read_mapping(path: Path, columns: Map[str, tuple[str, ...]]) -> Mapping:
    """Return the mapping file at `path`.

    Raises: PipelineError when it cannot be read, or names a file or column that is not in `columns`.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PipelineError(f"The mapping file {path} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PipelineError(f"The mapping file {path} is not TOML: {error}.") from error
    known = {file.removesuffix(".csv"): names for file, names in columns.items()}
    for file, table in tables.items():
        _check(path, file, table, known.get(file))
    return Mapping(tables)


def _check(path: Path, file: str, table: Any, columns: tuple[str, ...] | None) -> None:
    if columns is None or not isinstance(table, dict):
        raise PipelineError(f"The mapping file {path} names a file that is not in the data set: {file!r}.")
    for column, repairs in table.items():
        if column not in columns or not isinstance(repairs, dict):
            raise PipelineError(f"The mapping file {path} names a column that {file}.csv does not have: {column!r}.")
        if not all(isinstance(meant, str) for meant in repairs.values()):
            raise PipelineError(f"The mapping file {path} maps {file}.{column} to something that is not text.")
