"""What one policy says that another does not: role by role, resource by resource, scope by scope."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from permissions.categories import Category
from permissions.policy import Denial, Grant, Policy, Role
from permissions.resources import Action, Level, Resource
from permissions.revealing import RevealSettings
from permissions.scopes import Scope

NONE = "none"
_WRITES = frozenset({Action.CREATE, Action.UPDATE})


class Aspect(StrEnum):
    """What about a policy changed."""

    SETTING = "setting"
    ROLE = "role"
    ACTION = "action"
    READ_LEVEL = "read_level"
    WRITE_LEVEL = "write_level"
    QUESTION = "question"
    APPROVAL = "approval"
    SUM = "sum"
    DENIED_ACTION = "denied_action"
    DENIED_CATEGORY = "denied_category"


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """One difference: `what` of the `aspect` was `before` and is `after`."""

    role: str | None
    resource: Resource | None
    scope: Scope | None
    aspect: Aspect
    what: str
    before: str
    after: str


Facts = Mapping[tuple[Aspect, str], str]
_Place = tuple[Resource, Scope]


def structural_diff(old: Policy, new: Policy) -> tuple[PolicyChange, ...]:
    """Return the differences from `old` to `new`, in the order of roles, resources and scopes.

    What grants of one role say of the same rows is united first, as the view unites it: writing one grant as two is no
    difference.
    """
    return tuple(_changes(old, new))


def _changes(old: Policy, new: Policy) -> Iterator[PolicyChange]:
    if old.smallest_group != new.smallest_group:
        sizes = str(old.smallest_group), str(new.smallest_group)
        yield PolicyChange(None, None, None, Aspect.SETTING, "smallest_group", *sizes)
    for setting in (each.name for each in fields(RevealSettings)):
        values = getattr(old.reveal, setting), getattr(new.reveal, setting)
        if values[0] != values[1]:
            yield PolicyChange(None, None, None, Aspect.SETTING, f"reveal {setting}", *map(str, values))
    for name in dict.fromkeys([*old.roles, *new.roles]):
        was, now = old.roles.get(name), new.roles.get(name)
        label_was, label_now = (role.label if role else NONE for role in (was, now))
        if label_was != label_now:
            yield PolicyChange(name, None, None, Aspect.ROLE, "label", label_was, label_now)
        yield from _role_changes(name, _places(was), _places(now))


def _role_changes(name: str, was: Mapping[_Place, Facts], now: Mapping[_Place, Facts]) -> Iterator[PolicyChange]:
    for resource, scope in sorted(set(was) | set(now), key=_place_order):
        before, after = was.get((resource, scope), {}), now.get((resource, scope), {})
        for key in sorted(set(before) | set(after)):
            values = before.get(key, NONE), after.get(key, NONE)
            if values[0] != values[1]:
                yield PolicyChange(name, resource, scope, key[0], key[1], *values)


def _place_order(place: _Place) -> tuple[int, int]:
    return list(Resource).index(place[0]), list(Scope).index(place[1])


def _places(role: Role | None) -> Mapping[_Place, Facts]:
    if role is None:
        return {}
    row_sets: dict[_Place, list[Grant | Denial]] = {}
    everything: list[Grant | Denial] = [*role.grants, *role.denials]
    for each in everything:
        row_sets.setdefault((each.resource, each.scope), []).append(each)
    return {place: _facts(each) for place, each in row_sets.items()}


def _facts(row_sets: list[Grant | Denial]) -> Facts:
    facts: dict[tuple[Aspect, str], str] = {}
    grants = [each for each in row_sets if isinstance(each, Grant)]
    readable = [grant for grant in grants if Action.READ in grant.actions]
    for action in sorted({action for grant in grants for action in grant.actions}):
        facts[Aspect.ACTION, action.value] = "granted"
    for aspect, of in (
        (Aspect.READ_LEVEL, readable),
        (Aspect.WRITE_LEVEL, [grant for grant in grants if grant.actions & _WRITES]),
    ):
        facts |= {(aspect, what): level.name for what, level in _levels(of).items()}
    for what in sorted(_everywhere(readable)):
        facts[Aspect.QUESTION, what] = "refused"
    for category in sorted(_approved([grant for grant in readable if Action.REVEAL in grant.actions])):
        facts[Aspect.APPROVAL, category.value] = "needed to reveal"
    for category in sorted({category for grant in readable for category in grant.aggregable}):
        facts[Aspect.SUM, category.value] = "in groups"
    for denial in row_sets:
        if isinstance(denial, Denial):
            facts |= {(Aspect.DENIED_ACTION, action.value): "denied" for action in denial.actions}
            facts |= {(Aspect.DENIED_CATEGORY, category.value): "denied" for category in denial.categories}
    return facts


def _levels(grants: Iterable[Grant]) -> Mapping[str, Level]:
    """Return the highest level of each category and each field named, as `contact_info` and `field phone`."""
    levels: dict[str, Level] = {}
    for grant in grants:
        named = {category.value: level for category, level in grant.levels.items()}
        named |= {f"field {column}": level for column, level in grant.fields.items()}
        for what, level in named.items():
            levels[what] = max(level, levels.get(what, Level.ABSENT))
    return {what: level for what, level in levels.items() if level or what.startswith("field ")}


def _everywhere(grants: list[Grant]) -> set[str]:
    """Return the categories that may be read, but not asked about, by every grant that lets them be read."""
    refused = {category for grant in grants for category in grant.unfilterable}
    return {
        category.value
        for category in refused
        if all(category in grant.unfilterable for grant in grants if grant.levels.get(category))
    }


def _approved(grants: list[Grant]) -> set[Category]:
    """Return the categories that need approval by every grant that lets them be revealed."""
    asked = {category for grant in grants for category in grant.approval}
    masked = Level.MASKED
    return {
        category
        for category in asked
        if all(category in grant.approval for grant in grants if grant.levels.get(category) is masked)
    }
