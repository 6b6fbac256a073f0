"""Deals: the rows of sales_pipeline.csv that become opportunities."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from backend.crm.models.choices import OpportunityStage
from backend.crm.pipeline.accounts import Account
from backend.crm.pipeline.errors import RowError
from backend.crm.pipeline.people import Agent
from backend.crm.pipeline.rejects import Reject, sift
from backend.crm.pipeline.sheet import Sheet, SourceRow
from backend.crm.pipeline.values import day, money, name, text

STAGES = {
    "Prospecting": OpportunityStage.INITIAL_CONTACT,
    "Engaging": OpportunityStage.NEEDS_ANALYSIS,
    "Won": OpportunityStage.WON,
    "Lost": OpportunityStage.LOST,
}
_CLOSED = frozenset({OpportunityStage.WON, OpportunityStage.LOST})


@dataclass(frozen=True, slots=True)
class Deal:
    """One opportunity. `account` is empty where the file names none."""

    key: str
    agent: Agent
    product: str
    account: str
    stage: OpportunityStage
    opened_on: date | None
    closed_on: date | None
    value: Decimal | None


@dataclass(slots=True)
class DealReader:
    """Reads deals that name only people, products and accounts that were loaded."""

    agents: Mapping[str, Agent]
    products: set[str]
    accounts: Mapping[str, Account]

    def read(self, sheet: Sheet, rejects: list[Reject]) -> list[Deal]:
        """Return the deals in the order of the file."""
        first_rows: dict[str, int] = {}

        def read(row: SourceRow) -> Deal:
            deal = self._deal(row.cells)
            if deal.key in first_rows:
                raise RowError(f"opportunity_id {deal.key!r} is already in row {first_rows[deal.key]}")
            first_rows[deal.key] = row.number
            return deal

        return sift(sheet, read, rejects)

    def _deal(self, cells: Mapping[str, str]) -> Deal:
        key, stage = name(cells, "opportunity_id"), _stage(cells)
        agent, product, account = name(cells, "sales_agent"), name(cells, "product"), text(cells, "account")
        if agent not in self.agents:
            raise RowError(f"sales_agent {agent!r} is not a loaded agent")
        if product not in self.products:
            raise RowError(f"product {product!r} is not a loaded product")
        if account and account not in self.accounts:
            raise RowError(f"account {account!r} is not a loaded account")
        opened_on, closed_on, value = _course(cells, stage)
        return Deal(key, self.agents[agent], product, account, stage, opened_on, closed_on, value)


def _stage(cells: Mapping[str, str]) -> OpportunityStage:
    stage = name(cells, "deal_stage")
    if stage not in STAGES:
        raise RowError(f"deal_stage {stage!r} is none of {', '.join(STAGES)}")
    return STAGES[stage]


def _course(cells: Mapping[str, str], stage: OpportunityStage) -> tuple[date | None, date | None, Decimal | None]:
    """Return the days a deal was opened and closed and its value, which must agree with its stage."""
    opened_on, closed_on = day(cells, "engage_date"), day(cells, "close_date")
    value = money(cells, "close_value")
    if stage in _CLOSED and (closed_on is None or value is None):
        raise RowError(f"deal_stage is {cells['deal_stage']} and close_date or close_value is empty")
    if stage not in _CLOSED and (closed_on or value is not None):
        raise RowError(f"deal_stage is {cells['deal_stage']} and close_date or close_value is not empty")
    if opened_on and closed_on and closed_on < opened_on:
        raise RowError("close_date is before engage_date")
    return opened_on, closed_on, value


def owners(deals: list[Deal]) -> dict[str, Agent]:
    """Return who owns each account: the agent with the most deals on it, the first by name where several have."""
    counts = Counter((deal.account, deal.agent) for deal in deals if deal.account)
    best: dict[str, Agent] = {}
    for (account, agent), _ in sorted(counts.items(), key=lambda item: (-item[1], item[0][1].name)):
        best.setdefault(account, agent)
    return best
