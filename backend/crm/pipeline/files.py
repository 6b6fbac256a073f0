"""The four files of the data set, their columns, and how many rows its README promises."""

import re
from dataclasses import dataclass
from pathlib import Path

from backend.crm.pipeline.errors import PipelineError
from backend.crm.pipeline.mapping import Mapping
from backend.crm.pipeline.sheet import Sheet, read_sheet

TEAMS = "sales_teams.csv"
PRODUCTS = "products.csv"
ACCOUNTS = "accounts.csv"
PIPELINE = "sales_pipeline.csv"
# In the order they are read: each may name rows of those before it.
COLUMNS: dict[str, tuple[str, ...]] = {
    TEAMS: ("sales_agent", "manager", "regional_office"),
    PRODUCTS: ("product", "series", "sales_price"),
    ACCOUNTS: (*("account", "sector", "year_established", "revenue", "employees", "office_location", "subsidiary_of"),),
    PIPELINE: (
        *("opportunity_id", "sales_agent", "product", "account"),
        *("deal_stage", "engage_date", "close_date", "close_value"),
    ),
}
_PROMISE = re.compile(r"^\|\s*(?P<file>[\w.-]+\.csv)\s*\|\s*(?P<rows>[\d,]+)\s*\|", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class DataSet:
    """The four files, read and whole."""

    teams: Sheet
    products: Sheet
    accounts: Sheet
    pipeline: Sheet

    def sheets(self) -> tuple[Sheet, ...]:
        """Return the files in the order they are read."""
        return (self.teams, self.products, self.accounts, self.pipeline)


def read_data_set(folder: Path, mapping: Mapping) -> DataSet:
    """Return the data set in `folder`, repaired by `mapping`.

    Raises: PipelineError when a file is missing, foreign, damaged or cut short.
    """
    if not folder.is_dir():
        raise PipelineError(f"{folder} is not a folder.")
    promised = _promised_rows(folder / "README.md")
    sheets = {}
    for file, columns in COLUMNS.items():
        sheet = read_sheet(folder / file, columns=columns, repairs=mapping.repairs(file))
        if len(sheet.rows) < promised.get(file, 0):
            raise PipelineError(
                f"{file} is cut short: it has {len(sheet.rows):,} rows where README.md says {promised[file]:,}."
            )
        sheets[file] = sheet
    return DataSet(sheets[TEAMS], sheets[PRODUCTS], sheets[ACCOUNTS], sheets[PIPELINE])


def _promised_rows(readme: Path) -> dict[str, int]:
    """Return how many rows the data set's README says each file has; nothing when there is no README.

    A file cut between two lines is whole by every other sign.
    """
    try:
        text = readme.read_text(encoding="utf-8", errors="replace")
    except OSError:
        # The README is not part of the data: without it there is nothing to compare with.
        return {}
    return {found["file"]: int(found["rows"].replace(",", "")) for found in _PROMISE.finditer(text)}
