"""Who holds a role: the principals for whom a change of the policy is counted."""

import uuid
from collections.abc import Iterable

from backend.identity.models import PartnerClient, Team, User
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


def _below(team_id: uuid.UUID | None, teams: Iterable[tuple[uuid.UUID, list[uuid.UUID]]]) -> tuple[uuid.UUID, ...]:
    return tuple(sorted(key for key, path in teams if team_id in path))
