"""Loads the data set: read and judge everything, then write everything, or nothing."""

from dataclasses import dataclass
from pathlib import Path

from backend.crm.pipeline.errors import PipelineError
from backend.crm.pipeline.files import COLUMNS, PRODUCTS, read_data_set
from backend.crm.pipeline.mapping import read_mapping
from backend.crm.pipeline.plan import Tally, make_plan
from backend.crm.pipeline.rejects import rejects_file
from backend.crm.pipeline.store import Stored, store


@dataclass(frozen=True, slots=True)
class Report:
    """What a load did with each file's rows."""

    tallies: tuple[Tally, ...]
    stored: Stored

    def lines(self) -> list[str]:
        """Return one line per file for the person at the terminal."""
        return [self._line(tally) for tally in self.tallies]

    def changed(self) -> bool:
        """Return whether anything was written."""
        return bool(self.stored.new_people or any(self.stored.new.values()))

    def rejected(self) -> int:
        """Return how many rows were rejected in all files together."""
        return sum(tally.rejected for tally in self.tallies)

    def _line(self, tally: Tally) -> str:
        counts = f"{tally.file}: {tally.read:,} read = {tally.loaded:,} loaded + {tally.rejected:,} rejected"
        if tally.file == PRODUCTS:
            details = "names the pipeline may use; not stored"
        else:
            new = self.stored.new[tally.file]
            details = f"{new:,} new, {tally.loaded - new:,} already here"
        repaired = f"; repaired: {tally.repaired:,}" if tally.repaired else ""
        return f"{counts} ({details}{repaired})"


def load(folder: Path, *, mapping: Path, rejects: Path) -> Report:
    """Load the data set in `folder`, writing what cannot be loaded to the file `rejects`.

    Raises: PipelineError, with nothing written, when the folder, one of its files, the mapping or `rejects` is unfit.
    """
    if rejects.resolve() in {(folder / file).resolve() for file in COLUMNS}:
        raise PipelineError(f"The rejects file {rejects} would overwrite a file of the data set.")
    plan = make_plan(read_data_set(folder, read_mapping(mapping, COLUMNS)))
    with rejects_file(rejects, plan.rejects):
        return Report(plan.tallies, store(plan))
