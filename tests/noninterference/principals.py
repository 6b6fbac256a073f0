"""Who asks: every role, some pairs of roles, nobody at all, and roles of policies drawn at random."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

from hypothesis import strategies as st

from permissions.categories import Category
from permissions.policy import Policy, parse_policy
from permissions.principal import ANONYMOUS, Principal, PrincipalKind
from permissions.resources import Action
from permissions.scopes import SCOPES
from tests.differential.nouns import NOUNS, sensitive_of, snake
from tests.noninterference.drawing import Dice
from tests.noninterference.drawing import dice as drawn_dice
from tests.noninterference.people import BOSS, CLERK, LEAD, OURS, REP, TEAMS_OF
from tests.noninterference.seen import fields_of

_WHO = {
    "sales_manager": LEAD,
    "finance": CLERK,
    "director": BOSS,
    "admin": BOSS,
    "auditor": BOSS,
}
ROLES = ("sales", "sales_manager", "finance", "support", "marketing", "director", "intern", "admin", "auditor")
PAIRS = (("sales", "support"), ("finance", "marketing"), ("intern", "sales_manager"), ("auditor", "sales"))

# A policy that lets sums be seen where values are not; its groups are larger than any list of the small world.
SUMS = """
version = "sums"
smallest_group = 40
[[roles.analyst.grants]]
resources = ["customer", "contact", "opportunity", "contract", "payment", "task"]
scopes = ["all"]
actions = ["read"]
levels = { contact_info = "masked" }
aggregable = ["financial", "commercial"]
[[roles.analyst.grants]]
resources = ["customer", "opportunity", "contract"]
scopes = ["own"]
actions = ["read"]
levels = { financial = "clear", commercial = "masked" }
[[roles.analyst.grants]]
resources = ["user", "team", "tag"]
scopes = ["all"]
actions = ["read"]
"""


# A policy whose denials cut through what its grants give.
DENIALS = """
version = "denials"
[[roles.denied.grants]]
resources = ["customer", "contact", "opportunity", "task", "contract", "follow_up", "payment"]
scopes = ["own", "team", "collaborator", "pool"]
actions = ["read"]
levels = { contact_info = "clear", identity = "masked", financial = "clear", commercial = "masked", internal = "clear" }
[[roles.denied.denials]]
resources = ["customer", "contact", "opportunity"]
scopes = ["contracted"]
categories = ["contact_info", "financial"]
[[roles.denied.denials]]
resources = ["task", "contact", "contract"]
scopes = ["collaborator"]
actions = ["read"]
"""


def user(*roles: str) -> Principal:
    """Return a colleague with roles."""
    who = next((_WHO[role] for role in roles if role in _WHO), REP)
    return Principal(PrincipalKind.USER, user_id=who, team_ids=TEAMS_OF[who], roles=frozenset(roles))


def partner(*roles: str, scopes: frozenset[str] | None = None) -> Principal:
    """Return a partner's server."""
    return Principal(PrincipalKind.PARTNER, partner_id=OURS, roles=frozenset(roles), token_scopes=scopes)


NAMED: Mapping[str, Principal] = {
    **{role: user(role) for role in ROLES},
    **{"+".join(pair): user(*pair) for pair in PAIRS},
    "partner": partner("partner"),
    "partner with token scopes": partner("partner", scopes=frozenset({"opportunities:read"})),
    "nobody": ANONYMOUS,
}


@st.composite
def random_policies(draw: st.DrawFn) -> tuple[Policy, Principal]:
    """Generate a policy from the grammar, and somebody who has its role."""
    dice = draw(drawn_dice())
    parts = ['version = "random"', f"smallest_group = {dice.one_of([1, 3, 12, 60])}"]
    parts += [_row_set(dice, "grants") for _ in range(1 + dice.number(5))]
    parts += [_row_set(dice, "denials") for _ in range(dice.number(3))]
    parts.append(_seen_by_all(dice))
    who = dice.one_of([user("drawn", "sales_manager"), user("drawn"), partner("drawn")])
    return parse_policy("\n".join(parts)), who


def _seen_by_all(dice: Dice) -> str:
    if not dice.likely(70):
        return ""
    return '[[roles.drawn.grants]]\nresources = ["user", "team", "tag"]\nscopes = ["all"]\nactions = ["read"]'


def _row_set(dice: Dice, kind: str) -> str:
    resources = [each for each in SCOPES if dice.likely(45)] or [dice.one_of(list(SCOPES))]
    shared = set.intersection(*(set(SCOPES[each]) for each in resources))
    scopes = dice.one_of([list(each) for size in (1, 2) for each in combinations(sorted(shared), size)] or [[]])
    if not scopes:
        resources, scopes = resources[:1], [dice.one_of(list(SCOPES[resources[0]]))]
    lines = [f"[[roles.drawn.{kind}]]", f"resources = {_names(resources)}", f"scopes = {_names(scopes)}"]
    if kind == "denials":
        lines.append(f"actions = {_names([Action.READ] if dice.likely(30) else [])}")
        return "\n".join([*lines, f"categories = {_names(_some(dice))}"])
    levels = ", ".join(f'{each} = "{dice.one_of(["clear", "masked", "absent", "masked"])}"' for each in Category)
    lines += [f"actions = {_names([Action.READ])}", f"levels = {{ {levels} }}", f"fields = {{ {_fields(dice)} }}"]
    lines += [f"{each} = {_names(_some(dice))}" for each in ("unfilterable", "aggregable") if dice.likely(30)]
    return "\n".join(lines)


def _fields(dice: Dice) -> str:
    if not dice.likely(40):
        return ""
    columns = sorted({snake(name) for of in NOUNS for name in fields_of(of) if sensitive_of(of, name) is not None})
    chosen = {dice.one_of(columns): dice.one_of(["clear", "masked", "absent"]) for _ in range(2)}
    return ", ".join(f'{column} = "{level}"' for column, level in chosen.items())


def _some(dice: Dice) -> list[Any]:
    return [each for each in Category if dice.likely(30)]


def _names(values: Any) -> str:
    return "[" + ", ".join(f'"{each}"' for each in values) + "]"
