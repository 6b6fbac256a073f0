"""Puts managers and agents into the team tree: region → manager's team → agents.

A person who is already here is left where they are: since the first load people may have been moved and renamed.
"""

from backend.crm.pipeline.errors import PipelineError
from backend.crm.pipeline.people import Agent
from backend.identity.models import RoleAssignment, Team, User

_SALES, _SALES_MANAGER = "sales", "sales_manager"


class Placement:
    """The users of the data set by login, found or made."""

    def __init__(self, agents: tuple[Agent, ...]) -> None:
        self._agents = agents
        self._managers = {agent.manager.login: agent.manager for agent in agents}
        logins = {agent.login for agent in agents} | self._managers.keys()
        found = User.objects.filter(username__in=logins).select_related("team__parent")
        self.users: dict[str, User] = {user.username: user for user in found}
        self.new_logins: set[str] = set()
        self._regions: dict[str, Team] = {}

    def place(self) -> dict[str, User]:
        """Make the people who are missing, with their teams and roles, and return everybody by login."""
        for manager in self._managers.values():
            if manager.login not in self.users:
                team = _new_team(f"{manager.region} · {manager.name}", above=self._region(manager.region))
                self._add(manager.login, manager.name, "Sales manager", team, _SALES_MANAGER)
        for agent in self._agents:
            if agent.login not in self.users:
                team_of_manager = self.users[agent.manager.login].team
                self._add(agent.login, agent.name, "Sales agent", team_of_manager, _SALES)
        return self.users

    def _region(self, name: str) -> Team:
        """Return the team of a regional office: the one its managers' teams hang under, or a new one."""
        if name not in self._regions:
            self._regions[name] = self._known_region(name) or _new_team(name, above=None)
        return self._regions[name]

    def _known_region(self, name: str) -> Team | None:
        for manager in self._managers.values():
            user = self.users.get(manager.login) if manager.region == name else None
            if user and user.team and user.team.parent:
                return user.team.parent
        return None

    def _add(self, login: str, name: str, title: str, team: Team | None, role: str) -> None:
        user = User(username=login, name=name, title=title, team=team)
        user.set_unusable_password()
        user.save(force_insert=True)
        RoleAssignment.objects.create(user=user, role=role)
        self.users[login] = user
        self.new_logins.add(login)


def _new_team(name: str, *, above: Team | None) -> Team:
    """Make a team. One of that name that is not the data set's is never joined: it would open its rows to strangers."""
    if Team.objects.filter(name=name).exists():
        raise PipelineError(f"A team named {name!r} is already here and is not this data set's: rename it first.")
    team = Team(name=name, parent=above)
    team.path = [*(above.path if above else ()), team.pk]
    team.save(force_insert=True)
    return team
