"""Turns the data set into what will be stored, without touching the database."""

from dataclasses import dataclass

from backend.crm.pipeline.accounts import Account, read_accounts
from backend.crm.pipeline.deals import Deal, DealReader
from backend.crm.pipeline.errors import PipelineError
from backend.crm.pipeline.files import ACCOUNTS, PIPELINE, PRODUCTS, TEAMS, DataSet
from backend.crm.pipeline.people import Agent, read_people
from backend.crm.pipeline.products import read_products
from backend.crm.pipeline.rejects import Reject


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of one file's rows. read = loaded + rejected."""

    file: str
    read: int
    loaded: int
    rejected: int
    repaired: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be stored, what will not and why, and the count of both per file."""

    agents: tuple[Agent, ...]
    accounts: tuple[Account, ...]
    deals: tuple[Deal, ...]
    rejects: tuple[Reject, ...]
    tallies: tuple[Tally, ...]


def make_plan(data: DataSet) -> Plan:
    """Return what is to be stored of `data`. A row that names a rejected row is rejected with it."""
    rejects: list[Reject] = []
    agents = read_people(data.teams, rejects)
    products = read_products(data.products, rejects)
    accounts = read_accounts(data.accounts, rejects)
    deals = DealReader(agents, products, accounts).read(data.pipeline, rejects)
    loaded = {TEAMS: len(agents), PRODUCTS: len(products), ACCOUNTS: len(accounts), PIPELINE: len(deals)}
    tallies = tuple(
        Tally(
            file=sheet.file,
            read=len(sheet.rows),
            loaded=loaded[sheet.file],
            rejected=sum(reject.file == sheet.file for reject in rejects),
            repaired=sheet.repaired,
        )
        for sheet in data.sheets()
    )
    _check_balance(tallies)
    order = [sheet.file for sheet in data.sheets()]
    rejects.sort(key=lambda reject: (order.index(reject.file), reject.row.number))
    return Plan(tuple(agents.values()), tuple(accounts.values()), tuple(deals), tuple(rejects), tallies)


def _check_balance(tallies: tuple[Tally, ...]) -> None:
    """Refuse to go on when a row was neither loaded nor rejected: that would be a fault of this program."""
    for tally in tallies:
        if tally.read != tally.loaded + tally.rejected:
            raise PipelineError(
                f"{tally.file}: {tally.read} rows read, but {tally.loaded} loaded and {tally.rejected} rejected."
            )
