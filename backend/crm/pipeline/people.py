"""Agents and managers: what sales_teams.csv says about who works where."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from backend.crm.pipeline.errors import RowError
from backend.crm.pipeline.rejects import Reject, sift
from backend.crm.pipeline.sheet import Sheet, SourceRow
from backend.crm.pipeline.values import name


@dataclass(frozen=True, slots=True)
class Manager:
    """A manager: leads one team in one regional office."""

    login: str
    name: str
    region: str


@dataclass(frozen=True, slots=True)
class Agent:
    """A sales agent in a manager's team."""

    login: str
    name: str
    manager: Manager


def login_of(person: str) -> str:
    """Return the user name of a person the file knows by name only, in a realm no one else's login is in."""
    stem = re.sub(r"[^\w-]+", ".", person.casefold()).strip(".")
    if not stem:
        raise RowError(f"{person!r} is not a name")
    return f"{stem}@crm-sales"


def read_people(sheet: Sheet, rejects: list[Reject]) -> dict[str, Agent]:
    """Return the agents by name."""
    reader = _Reader({row.cells["manager"].casefold() for row in sheet.rows})
    return {agent.name: agent for agent in sift(sheet, reader.read, rejects)}


class _Reader:
    """Reads row after row, remembering whom it met: a person stands in one place of the tree only."""

    def __init__(self, leaders: set[str]) -> None:
        self._leaders = leaders
        self._managers: dict[str, Manager] = {}
        self._agents: dict[str, int] = {}

    def read(self, row: SourceRow) -> Agent:
        agent = name(row.cells, "sales_agent")
        manager = self._manager(row.cells)
        login = login_of(agent)
        if agent.casefold() in self._leaders:
            raise RowError(f"sales_agent {agent!r} is also a manager")
        if login in self._agents:
            raise RowError(f"sales_agent {agent!r} is already in row {self._agents[login]}")
        self._agents[login] = row.number
        self._managers[manager.login] = manager
        return Agent(login, agent, manager)

    def _manager(self, cells: Mapping[str, str]) -> Manager:
        manager, region = name(cells, "manager"), name(cells, "regional_office")
        login = login_of(manager)
        known = self._managers.get(login, Manager(login, manager, region))
        if (known.name, known.region) != (manager, region):
            raise RowError(f"manager {manager!r} is already {known.name!r} of {known.region}")
        return known
