"""Accounts: the companies that become customers, with the companies they belong to."""

from dataclasses import dataclass
from decimal import Decimal

from backend.crm.pipeline.errors import RowError
from backend.crm.pipeline.rejects import Reject, sift
from backend.crm.pipeline.sheet import Sheet, SourceRow
from backend.crm.pipeline.values import money, name, text

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Account:
    """A company. `revenue` is in US dollars; `parent` is empty or the name of another loaded account."""

    name: str
    sector: str
    location: str
    revenue: Decimal | None
    parent: str
    row: SourceRow


def read_accounts(sheet: Sheet, rejects: list[Reject]) -> dict[str, Account]:
    """Return the accounts by name, each with its parent, if it names one, among them.

    The year of foundation and the number of employees are not read: no field of a customer holds them.
    """
    first_rows: dict[str, int] = {}

    def read(row: SourceRow) -> Account:
        account = _read(row)
        if account.name in first_rows:
            raise RowError(f"account {account.name!r} is already in row {first_rows[account.name]}")
        first_rows[account.name] = row.number
        return account

    readable = {account.name: account for account in sift(sheet, read, rejects)}
    rooted = _rooted(readable)
    orphans = (account for account in readable.values() if account.name not in rooted)
    rejects.extend(Reject(sheet.file, orphan.row, _why_orphan(orphan, readable)) for orphan in orphans)
    return rooted


def _read(row: SourceRow) -> Account:
    cells = row.cells
    return Account(
        name=name(cells, "account"),
        sector=text(cells, "sector"),
        location=text(cells, "office_location"),
        revenue=money(cells, "revenue", unit=_MILLION),
        parent=text(cells, "subsidiary_of"),
        row=row,
    )


def _rooted(accounts: dict[str, Account]) -> dict[str, Account]:
    """Return the accounts whose line of parents ends: those without one, then those below them, and so on."""
    rooted: dict[str, Account] = {}
    while True:
        found = {
            account.name: account
            for account in accounts.values()
            if account.name not in rooted and (not account.parent or account.parent in rooted)
        }
        if not found:
            return rooted
        rooted |= found


def _why_orphan(account: Account, accounts: dict[str, Account]) -> str:
    if account.parent in accounts:
        return f"subsidiary_of {account.parent!r} leads in a circle or to a rejected account"
    return f"subsidiary_of {account.parent!r} is not a loaded account"
