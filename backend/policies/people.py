"""Who holds which roles: for whom a change of the policy is counted, and who could make the next one."""

import uuid
from collections.abc import Iterable

from backend.identity.models import PartnerClient, RoleAssignment, Team, User
from permissions.principal import Principal, PrincipalKind


def principals_with(role: str) -> list[Principal]:
    """Return everybody active who holds `role`, each as if it were their only one."""
    teams = list(Team.objects.values_list("id", "path"))
    users = User.objects.filter(is_active=True, role_assignments__role=role).order_by("id")
    partners = PartnerClient.objects.filter(is_active=True, roles__contains=[role]).order_by("id")
    return [
        Principal(
            kind=PrincipalKind.USER,
            user_id=user_id,
            team_ids=_below(team_id, teams),
            roles=frozenset({role}),
        )
        for user_id, team_id in users.values_list("id", "team_id")
    ] + [
        Principal(kind=PrincipalKind.PARTNER, partner_id=partner_id, roles=frozenset({role}))
        for partner_id in partners.values_list("id", flat=True)
    ]


def role_sets() -> set[frozenset[str]]:
    """Return the sets of roles that active users hold."""
    held: dict[uuid.UUID, set[str]] = {}
    for user_id, role in RoleAssignment.objects.filter(user__is_active=True).values_list("user_id", "role"):
        held.setdefault(user_id, set()).add(role)
    return {frozenset(roles) for roles in held.values()}


def _below(team_id: uuid.UUID | None, teams: Iterable[tuple[uuid.UUID, list[uuid.UUID]]]) -> tuple[uuid.UUID, ...]:
    return tuple(sorted(key for key, path in teams if team_id in path))
