"""Unusual volume: who is told when a person was shown many rows in a short time."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from backend.identity.models import RoleAssignment, User
from backend.reveals.models import Alert
from backend.reveals.quota import rows_within
from permissions.revealing import RevealSettings

MANAGER, AUDITOR = "sales_manager", "auditor"
# Alerts go to holders of these roles, and are read by them only as long as they hold one.
TOLD = frozenset({MANAGER, AUDITOR})
MOST_ALERTS = 200


class AlertKind(StrEnum):
    """What an alert is about."""

    REVEAL_VOLUME = "reveal_volume"


def alert_if_unusual(user_id: uuid.UUID, moment: datetime, settings: RevealSettings) -> None:
    """Raise an alert when a person was shown many rows; one is enough for as long as the policy looks back.

    Call it under the person's lock.
    """
    minutes = settings.alert_minutes
    count = len(rows_within(user_id, moment, minutes=minutes))
    told = Alert.objects.filter(
        about_id=user_id, kind=AlertKind.REVEAL_VOLUME, at__gt=moment - timedelta(minutes=minutes)
    )
    if count < settings.alert_count or told.exists():
        return
    Alert.objects.create(
        kind=AlertKind.REVEAL_VOLUME,
        at=moment,
        about_id=user_id,
        recipients=recipients_of(user_id),
        details={"rows": count, "minutes": minutes},
    )


def recipients_of(user_id: uuid.UUID) -> list[uuid.UUID]:
    """Return who is told about a person: managers of their team and of those above it, and every auditor.

    Nobody is told about themselves.
    """
    team = User.objects.select_related("team").get(id=user_id).team
    holders = RoleAssignment.objects.filter(user__is_active=True).exclude(user_id=user_id)
    managers = holders.filter(role=MANAGER, user__team__in=team.path if team else [])
    auditors = holders.filter(role=AUDITOR)
    told = {*managers.values_list("user_id", flat=True), *auditors.values_list("user_id", flat=True)}
    return sorted(told)


def alerts_for(user_id: uuid.UUID, *, limit: int) -> Sequence[Alert]:
    """Return the alerts a person is told of, the newest first."""
    return list(Alert.objects.filter(recipients__contains=[user_id]).order_by("-at", "-id")[:limit])
