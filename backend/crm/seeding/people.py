"""The demo organisation: twenty people in four teams under two regions, one of every role, and one partner.

The one-of-each demo accounts log in under their role's code: `DEMO_ACCOUNTS` lists them, `PARTNER_NAME` names the
partner's client. Nobody has a password: `make demo` hands out tokens.
"""

from dataclasses import dataclass
from typing import NamedTuple

from backend.crm.seeding.copy import Table, Writer
from backend.crm.seeding.dice import Dice
from backend.crm.seeding.moments import HOUR, stamp
from backend.identity.models import PartnerClient, RoleAssignment, Team, User


class DemoAccount(NamedTuple):
    """A demo account: the role it shows, and its user name."""

    role: str
    username: str


ROLES = ("sales", "sales_manager", "finance", "support", "marketing", "director", "intern", "admin", "auditor")
DEMO_ACCOUNTS: tuple[DemoAccount, ...] = tuple(DemoAccount(role, role) for role in ROLES)

PARTNER_ROLE = "partner"
PARTNER_NAME = "合作方甲"
PARTNER_TOKEN_SCOPES = ("customers:read", "opportunities:read")

COMPANY = "棱镜科技"
# Each team with the team above it, parents first.
TEAMS: tuple[tuple[str, str | None], ...] = (
    (COMPANY, None),
    ("华东区", COMPANY),
    ("华南区", COMPANY),
    ("上海销售组", "华东区"),
    ("杭州销售组", "华东区"),
    ("广州销售组", "华南区"),
    ("深圳销售组", "华南区"),
)


@dataclass(frozen=True, slots=True)
class Person:
    """One of the twenty. `share` is how many of a hundred owned customers are theirs."""

    username: str
    name: str
    title: str
    team: str
    roles: tuple[str, ...]
    share: int = 0


PEOPLE: tuple[Person, ...] = (
    Person("sales", "陈思远", "客户经理", "上海销售组", ("sales",), 22),
    Person("sales_manager", "林建国", "华东区经理", "华东区", ("sales_manager",), 2),
    Person("finance", "周敏", "财务主管", COMPANY, ("finance",)),
    Person("support", "何雨婷", "客服专员", COMPANY, ("support",)),
    Person("marketing", "宋佳怡", "市场专员", COMPANY, ("marketing",)),
    Person("director", "郑海涛", "销售总监", COMPANY, ("director",)),
    Person("intern", "吕子涵", "销售实习生", "上海销售组", ("intern",), 2),
    Person("admin", "唐志强", "系统管理员", COMPANY, ("admin",)),
    Person("auditor", "沈文静", "内审专员", COMPANY, ("auditor",)),
    Person("xu.lei", "徐磊", "上海组主管", "上海销售组", ("sales_manager",), 2),
    Person("gao.yan", "高艳", "杭州组主管", "杭州销售组", ("sales_manager",), 2),
    Person("liang.jiahao", "梁嘉豪", "广州组主管", "广州销售组", ("sales_manager",), 2),
    Person("huang.jun", "黄军", "深圳组主管", "深圳销售组", ("sales_manager",), 2),
    Person("zhu.lin", "朱琳", "客户经理", "上海销售组", ("sales",), 10),
    Person("jiang.tao", "蒋涛", "客户经理", "杭州销售组", ("sales",), 10),
    # Two roles on one person: what they see is the union.
    Person("ye.xin", "叶欣", "客户经理兼客服", "杭州销售组", ("sales", "support"), 8),
    Person("luo.peng", "罗鹏", "客户经理", "广州销售组", ("sales",), 10),
    Person("deng.na", "邓娜", "客户经理", "广州销售组", ("sales",), 9),
    Person("xie.chao", "谢超", "客户经理", "深圳销售组", ("sales",), 10),
    Person("cai.wenxuan", "蔡文轩", "客户经理", "深圳销售组", ("sales",), 9),
)

TEAM_TABLE = Table(Team, ("id", "created_at", "updated_at", "name", "parent_id", "path"))
USER_TABLE = Table(
    User,
    (
        "id",
        "created_at",
        "updated_at",
        "password",
        "is_superuser",
        "username",
        "name",
        "title",
        "team_id",
        "is_active",
        "is_staff",
    ),
)
ROLE_TABLE = Table(RoleAssignment, ("id", "user_id", "role"))
PARTNER_TABLE = Table(PartnerClient, ("id", "created_at", "updated_at", "name", "roles", "token_scopes", "is_active"))
PEOPLE_TABLES = (TEAM_TABLE, USER_TABLE, ROLE_TABLE, PARTNER_TABLE)


@dataclass(frozen=True, slots=True)
class Colleague:
    """A seeded user who may own customers: keys of the user, of their team, and of who approves for them."""

    key: str
    team: str
    approver: str
    share: int


@dataclass(frozen=True, slots=True)
class Organisation:
    """The keys of the seeded people that other rows point at."""

    owners: tuple[Colleague, ...]
    director: str
    finance: str
    support: str
    partner: str


def write_people(writer: Writer, dice: Dice, moment: int) -> Organisation:
    """Write teams, users, roles and the partner, all made at `moment`, and return their keys."""
    teams = _write_teams(writer, dice, moment)
    users = {person.username: dice.key(moment + HOUR) for person in PEOPLE}
    for person in PEOPLE:
        at = stamp(moment + HOUR)
        key, team = users[person.username], teams[person.team]
        writer.add(
            USER_TABLE,
            (key, at, at, dice.password(), False, person.username, person.name, person.title, team, True, False),
        )
    roles = [(users[person.username], role) for person in PEOPLE for role in person.roles]
    writer.add(ROLE_TABLE, *((number, user, role) for number, (user, role) in enumerate(roles, start=1)))
    owners = tuple(
        Colleague(users[person.username], teams[person.team], users[_approver(person)], person.share)
        for person in PEOPLE
        if person.share
    )
    partner = _write_partner(writer, dice, moment)
    return Organisation(owners, users["director"], users["finance"], users["support"], partner)


def _write_teams(writer: Writer, dice: Dice, moment: int) -> dict[str, str]:
    paths: dict[str, list[str]] = {}
    at = stamp(moment)
    for name, parent in TEAMS:
        above = paths[parent] if parent else []
        key = dice.key(moment)
        paths[name] = [*above, key]
        writer.add(TEAM_TABLE, (key, at, at, name, above[-1] if above else None, paths[name]))
    return {name: path[-1] for name, path in paths.items()}


def _write_partner(writer: Writer, dice: Dice, moment: int) -> str:
    key, at = dice.key(moment), stamp(moment)
    writer.add(PARTNER_TABLE, (key, at, at, PARTNER_NAME, [PARTNER_ROLE], list(PARTNER_TOKEN_SCOPES), True))
    return key


def _approver(person: Person) -> str:
    """Return the user name of who approves for `person`: their team's manager, or the director for a manager."""
    if "sales_manager" in person.roles:
        return "director"
    return next(other.username for other in PEOPLE if other.team == person.team and "sales_manager" in other.roles)
