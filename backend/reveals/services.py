"""Revealing: some columns of one row, to one person, for some minutes.

Invariant: every call is recorded, and a refused one changes nothing else. What a grant shows is decided when it is
read, by the view of that moment: nothing here gives anybody more than their view allows.
"""

import uuid
from datetime import datetime, timedelta

from backend.reveals import clock
from backend.reveals.alerts import alert_if_unusual
from backend.reveals.asking import Ask, Asker, Outcome
from backend.reveals.codes import Problem, RevealCode
from backend.reveals.models import RequestState, RevealGrant, RevealRequest
from backend.reveals.quota import one_at_a_time, rows_today
from backend.reveals.recording import Step, record_attempt, text_of
from permissions.revealing import RevealSettings

# How long a reveal is answered again, not given anew, when its idempotency key comes back.
REPLAYED = timedelta(days=7)


def reveal(asker: Asker, ask: Ask, settings: RevealSettings) -> Outcome:
    """Show a person some columns of a row until the policy's minutes have passed; or say why not."""
    with one_at_a_time(asker.user_id):
        moment = clock.now()
        before = _replayed(asker, ask, moment)
        approved = _approved_request(asker, ask, moment) if ask.needs_approval else None
        problems = _conflicts(before, ask) if before else _problems(asker, ask, moment, settings, approved)
        grant = None if problems else before or grant_reveal(asker.user_id, ask, moment, settings, approved)
        expires_at = grant.expires_at if grant else None
        record_attempt(asker, ask, Step.REVEAL, moment, problems, expiresAt=text_of(expires_at))
        return Outcome(problems, expires_at, remaining_today(asker.user_id, moment, settings))


def remaining_today(user_id: uuid.UUID, moment: datetime, settings: RevealSettings) -> int:
    """Return how many more rows may be revealed to a person today."""
    return max(settings.daily_quota - len(rows_today(user_id, moment)), 0)


def _problems(
    asker: Asker, ask: Ask, moment: datetime, settings: RevealSettings, approved: RevealRequest | None
) -> tuple[Problem, ...]:
    if problems := ask.all_problems():
        return problems
    if ask.needs_approval and approved is None:
        return (Problem(RevealCode.APPROVAL_REQUIRED, ("fields",)),)
    return quota_problems(ask, rows_today(asker.user_id, moment), settings)


def grant_reveal(
    user_id: uuid.UUID, ask: Ask, moment: datetime, settings: RevealSettings, approved: RevealRequest | None
) -> RevealGrant:
    """Make a grant, and raise the alarm where it is one too many. Call it under the person's lock."""
    grant = RevealGrant.objects.create(
        created_at=moment,
        user_id=user_id,
        resource=ask.resource,
        row_id=ask.row_id,
        columns=list(ask.columns),
        reason=ask.reason,
        expires_at=moment + timedelta(minutes=settings.minutes),
        is_approved=approved is not None,
        request=approved,
        idempotency_key=ask.idempotency_key,
    )
    alert_if_unusual(user_id, moment, settings)
    return grant


def quota_problems(ask: Ask, shown: set[tuple[str, uuid.UUID]], settings: RevealSettings) -> tuple[Problem, ...]:
    """Return what the quota has against one more row: a row shown before today is no more."""
    if (ask.resource, ask.row_id) in shown or len(shown) < settings.daily_quota:
        return ()
    return (Problem(RevealCode.QUOTA_EXCEEDED, ("id",)),)


def _approved_request(asker: Asker, ask: Ask, moment: datetime) -> RevealRequest | None:
    """Return an approval of these columns that may still be used."""
    return RevealRequest.objects.filter(
        user_id=asker.user_id,
        resource=ask.resource,
        row_id=ask.row_id,
        columns__contains=list(ask.columns),
        state=RequestState.APPROVED,
        expires_at__gt=moment,
    ).first()


def _replayed(asker: Asker, ask: Ask, moment: datetime) -> RevealGrant | None:
    if not ask.idempotency_key or ask.all_problems():
        return None
    return RevealGrant.objects.filter(
        user_id=asker.user_id, idempotency_key=ask.idempotency_key, created_at__gt=moment - REPLAYED
    ).first()


def _conflicts(before: RevealGrant, ask: Ask) -> tuple[Problem, ...]:
    same = (before.resource, before.row_id, set(before.columns)) == (ask.resource, ask.row_id, set(ask.columns))
    return () if same else (Problem(RevealCode.KEY_REUSED, ("idempotencyKey",)),)
