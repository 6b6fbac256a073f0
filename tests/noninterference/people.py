"""The people of the proof's small world: a team tree, six colleagues, two partners. Keys are fixed and apart."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from backend.identity.models import PartnerClient, Team, User

MORNING = datetime(2026, 3, 2, 9, tzinfo=UTC)
# Few moments, so that rows tie; two of them a microsecond apart, and one in another quarter.
MOMENTS = (MORNING, MORNING + timedelta(microseconds=1), MORNING - timedelta(days=90))


def key(kind: int, number: int) -> uuid.UUID:
    """Return a row's key. Between two keys there is room for the neighbours that hidden changes add."""
    return uuid.UUID(int=(0x0197 << 112) | (0x7 << 76) | (0x2 << 62) | (kind << 40) | (number << 8))


def moment(number: int) -> datetime:
    """Return one of the moments."""
    return MOMENTS[number % len(MOMENTS)]


HQ, EAST, EAST_ONE, WEST = (key(1, number) for number in range(4))
REP, MATE, LEAD, FAR, BOSS, CLERK = (key(2, number) for number in range(6))
OURS, THEIRS = (key(3, number) for number in range(2))

# A team and all teams below it.
TEAMS_OF = {
    REP: (EAST_ONE,),
    MATE: (EAST_ONE,),
    LEAD: (EAST, EAST_ONE),
    FAR: (WEST,),
    BOSS: (HQ, EAST, EAST_ONE, WEST),
    CLERK: (HQ, EAST, EAST_ONE, WEST),
}
TEAM_OF = {REP: EAST_ONE, MATE: EAST_ONE, LEAD: EAST, FAR: WEST, BOSS: HQ, CLERK: HQ}

_TEAMS = ((HQ, "总部", None, (HQ,)), (EAST, "华东", HQ, (HQ, EAST)), (WEST, "华西", HQ, (HQ, WEST)))
_NAMES = {REP: "王小明", MATE: "李雷", LEAD: "韩梅", FAR: "赵远", BOSS: "钱总", CLERK: "孙会"}


def people() -> list[Any]:
    """Return the rows of teams, users and partners."""
    teams = [*_TEAMS, (EAST_ONE, "华东一部", EAST, (HQ, EAST, EAST_ONE))]
    rows: list[Any] = [
        Team(id=team, name=name, parent_id=parent, path=list(path), **_times(number))
        for number, (team, name, parent, path) in enumerate(teams)
    ]
    for number, (user, name) in enumerate(_NAMES.items()):
        login = f"user{number}"
        rows.append(User(id=user, username=login, name=name, title="", team_id=TEAM_OF[user], **_times(number)))
    for number, partner in enumerate((OURS, THEIRS)):
        rows.append(PartnerClient(id=partner, name=f"partner {number}", **_times(number)))
    return rows


def _times(number: int) -> dict[str, Any]:
    return {"created_at": moment(number), "updated_at": moment(number + 1)}
