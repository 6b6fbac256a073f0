"""Why a principal sees what they see: the grants and denials of their roles, in the words of the policy."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from permissions.categories import Category, Sensitive
from permissions.policy import Denial, Grant, Role
from permissions.resources import Action, Level, Resource
from permissions.scopes import PARTS, Scope

# The order in which scopes are named as the reason for something. What ties a row to the principal comes before what
# is only true of the row: where the first suffices, the second is not told (docs/adr/0010).
TELLING_ORDER = (
    Scope.OWN,
    Scope.COLLABORATOR,
    Scope.PARTNER,
    Scope.DEAL,
    Scope.TEAM,
    Scope.ALL,
    Scope.POOL,
    Scope.CONTRACTED,
)


@dataclass(frozen=True, slots=True)
class Reason:
    """A grant or a denial of one role that bears on some rows. `level` is what a grant gives the cell in question."""

    role: str
    label: str
    scope: Scope
    level: Level
    is_denial: bool = False


def granted_as(resource: Resource) -> Resource:
    """Return the resource under which a policy speaks of `resource`: a part is spoken of as its whole."""
    return PARTS[resource][1] if resource in PARTS else resource


def row_reasons(roles: Iterable[Role], resource: Resource) -> tuple[Reason, ...]:
    """Return what lets these roles see rows of `resource`, in telling order."""
    return _told(
        Reason(role.name, role.label, grant.scope, Level.CLEAR)
        for role, grant in _grants(roles, resource)
        if Action.READ in grant.actions
    )


def cell_reasons(
    roles: Iterable[Role], resource: Resource, column: str, sensitive: Sensitive | None
) -> tuple[Reason, ...]:
    """Return what gives these roles the values of one column, the highest level first, then in telling order."""
    if sensitive is None:
        return row_reasons(roles, resource)
    reasons = _told(
        Reason(role.name, role.label, grant.scope, grant.level(sensitive.category, column))
        for role, grant in _grants(roles, resource)
        if Action.READ in grant.actions and grant.level(sensitive.category, column)
    )
    return tuple(sorted(reasons, key=lambda reason: -reason.level))


def cell_denials(roles: Iterable[Role], resource: Resource, category: Category) -> tuple[Reason, ...]:
    """Return what takes values of a category away from these roles, in telling order."""
    return _told(
        Reason(role.name, role.label, denial.scope, Level.ABSENT, is_denial=True)
        for role, denial in _denials(roles, resource)
        if category in denial.categories
    )


def scopes_of(roles: Iterable[Role], resource: Resource) -> dict[Scope, frozenset[Action]]:
    """Return the scopes in which these roles may do something with `resource`, with what they may do there."""
    scopes: dict[Scope, frozenset[Action]] = {}
    for _, grant in _grants(roles, resource):
        scopes[grant.scope] = scopes.get(grant.scope, frozenset()) | grant.actions
    return scopes


def _told(reasons: Iterable[Reason]) -> tuple[Reason, ...]:
    return tuple(sorted(dict.fromkeys(reasons), key=lambda reason: TELLING_ORDER.index(reason.scope)))


def _grants(roles: Iterable[Role], resource: Resource) -> Iterator[tuple[Role, Grant]]:
    named = granted_as(resource)
    return ((role, grant) for role in roles for grant in role.grants if grant.resource is named)


def _denials(roles: Iterable[Role], resource: Resource) -> Iterator[tuple[Role, Denial]]:
    named = granted_as(resource)
    return ((role, denial) for role in roles for denial in role.denials if denial.resource is named)
