"""Row scopes: which rows `own`, `team`, `pool` … mean for each resource.

A scope is a predicate over a row and the principal's values. What hangs on a customer is in a scope when its customer
is, or when the row itself is (an opportunity somebody owns on a colleague's customer).
"""

from enum import StrEnum

from permissions.predicates import ALWAYS, Has, Is, IsConstant, Linked, Predicate, any_of, through
from permissions.principal import PrincipalValue
from permissions.resources import Resource


class Scope(StrEnum):
    """The names a policy uses for sets of rows."""

    OWN = "own"
    TEAM = "team"
    COLLABORATOR = "collaborator"
    POOL = "pool"
    PARTNER = "partner"
    DEAL = "deal"
    CONTRACTED = "contracted"
    ALL = "all"


SCOPE_MEANINGS: dict[Scope, str] = {
    Scope.OWN: "rows the principal owns, wrote or is assigned, and what hangs on their own customers",
    Scope.TEAM: "rows of the principal's team and all teams below it",
    Scope.COLLABORATOR: "customers the principal was invited to help with, and what hangs on them",
    Scope.POOL: "customers nobody owns, waiting in the pool to be claimed",
    Scope.PARTNER: "customers and opportunities shared with the partner",
    Scope.DEAL: "opportunities the partner itself brought",
    Scope.CONTRACTED: "customers with a contract, and what hangs on them",
    Scope.ALL: "every row",
}

_USER, _TEAMS, _PARTNER = PrincipalValue.USER_ID, PrincipalValue.TEAM_IDS, PrincipalValue.PARTNER_ID

_CUSTOMER: dict[Scope, Predicate] = {
    Scope.OWN: Is("owner_id", _USER),
    Scope.TEAM: Is("team_id", _TEAMS),
    Scope.COLLABORATOR: Linked("collaborations", "user_id", _USER),
    Scope.POOL: IsConstant("pool_status", "in_pool"),
    Scope.PARTNER: Linked("shares", "partner_id", _PARTNER),
    Scope.CONTRACTED: Has("contracts"),
    Scope.ALL: ALWAYS,
}


def _of_customer(**wider: Predicate) -> dict[Scope, Predicate]:
    """Return the scopes of a noun that hangs on a customer, some of them widened by the row's own columns."""
    inherited = {scope: through("customer", predicate) for scope, predicate in _CUSTOMER.items()}
    return inherited | {Scope(name): any_of([inherited[Scope(name)], predicate]) for name, predicate in wider.items()}


SCOPES: dict[Resource, dict[Scope, Predicate]] = {
    Resource.CUSTOMER: _CUSTOMER,
    Resource.CONTACT: _of_customer(),
    Resource.OPPORTUNITY: {
        **_of_customer(own=Is("owner_id", _USER), team=Is("team_id", _TEAMS), partner=Is("partner_id", _PARTNER)),
        Scope.DEAL: Is("partner_id", _PARTNER),
    },
    Resource.TASK: _of_customer(
        own=any_of([Is("assignee_id", _USER), Is("creator_id", _USER)]), team=Is("team_id", _TEAMS)
    ),
    Resource.CONTRACT: _of_customer(own=Is("owner_id", _USER), team=Is("team_id", _TEAMS)),
    Resource.FOLLOW_UP: _of_customer(own=Is("author_id", _USER)),
    Resource.PAYMENT: _of_customer(),
    Resource.USER: {Scope.OWN: Is("id", _USER), Scope.TEAM: Is("team_id", _TEAMS), Scope.ALL: ALWAYS},
    Resource.TEAM: {Scope.TEAM: Is("id", _TEAMS), Scope.ALL: ALWAYS},
    Resource.TAG: {Scope.ALL: ALWAYS},
    Resource.POLICY: {Scope.ALL: ALWAYS},
    Resource.AUDIT: {Scope.ALL: ALWAYS},
}

# A part is visible exactly where the row it belongs to is, with that row's levels.
PARTS: dict[Resource, tuple[str, Resource]] = {
    Resource.STAGE_CHANGE: ("opportunity", Resource.OPPORTUNITY),
    Resource.APPROVAL_STEP: ("contract", Resource.CONTRACT),
}
