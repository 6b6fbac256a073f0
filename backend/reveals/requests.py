"""Reveals that take a second person: asked for, approved or rejected, while the request has not expired.

Invariant: nobody decides their own request, and none is decided twice.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from backend.reveals import clock
from backend.reveals.asking import Ask, Asker, note_problems
from backend.reveals.codes import Problem, RevealCode
from backend.reveals.models import RequestState, RevealGrant, RevealRequest
from backend.reveals.quota import one_at_a_time, rows_today
from backend.reveals.recording import Step, record_attempt, text_of
from backend.reveals.services import grant_reveal, quota_problems
from permissions.revealing import RevealSettings


@dataclass(frozen=True, slots=True)
class Decision:
    """A second person's answer to a request.

    `may_decide` is what the caller's own view says: the row is there, and theirs to approve.
    """

    request_id: uuid.UUID
    step: Step
    note: str
    may_decide: bool


@dataclass(frozen=True, slots=True)
class RequestOutcome:
    """What became of a call about a request. With problems, nothing did."""

    problems: tuple[Problem, ...] = ()
    request: RevealRequest | None = None
    expires_at: datetime | None = None


def request_reveal(asker: Asker, ask: Ask, settings: RevealSettings) -> RequestOutcome:
    """Ask a second person for a reveal. Asked again while it waits, the same request is the answer."""
    with one_at_a_time(asker.user_id):
        moment = clock.now()
        waiting = _waiting(asker.user_id, moment)
        problems = _request_problems(ask, len(waiting), settings)
        request = None if problems else _same(waiting, ask) or _new_request(asker, ask, moment, settings)
        record_attempt(asker, ask, Step.REQUEST, moment, problems, request=text_of(request.id if request else None))
        return RequestOutcome(problems, request)


def decide(asker: Asker, decision: Decision, settings: RevealSettings) -> RequestOutcome:
    """Approve or reject a request. An approval is a grant for whoever asked."""
    named = RevealRequest.objects.filter(id=decision.request_id).first()
    if named is None:
        with transaction.atomic():
            return _decided(asker, None, decision, settings)
    # First the lock on the person, then the one on the row, as everybody takes them.
    with one_at_a_time(named.user_id):
        return _decided(
            asker, RevealRequest.objects.select_for_update().get(id=decision.request_id), decision, settings
        )


def _decided(
    asker: Asker, request: RevealRequest | None, decision: Decision, settings: RevealSettings
) -> RequestOutcome:
    moment = clock.now()
    problems = (
        *note_problems("note", decision.note),
        *_decision_problems(asker, request, decision, moment, settings),
    )
    grant = None
    if request is not None and not problems:
        grant = _settle(asker, request, decision, moment, settings)
    ask = _about(request, decision)
    expires_at = grant.expires_at if grant else None
    facts = {"request": text_of(decision.request_id), "expiresAt": text_of(expires_at)}
    record_attempt(asker, ask, decision.step, moment, problems, **facts)
    return RequestOutcome(problems, None if problems else request, expires_at)


def _settle(
    asker: Asker, request: RevealRequest, decision: Decision, moment: datetime, settings: RevealSettings
) -> RevealGrant | None:
    is_yes = decision.step is Step.APPROVE
    request.state = RequestState.APPROVED if is_yes else RequestState.REJECTED
    request.decided_by_id, request.decided_at, request.note = asker.user_id, moment, decision.note
    request.save(update_fields=["state", "decided_by", "decided_at", "note"])
    return grant_reveal(request.user_id, _ask_of(request), moment, settings, request) if is_yes else None


def _decision_problems(
    asker: Asker, request: RevealRequest | None, decision: Decision, moment: datetime, settings: RevealSettings
) -> tuple[Problem, ...]:
    if request is None:
        return _problem(RevealCode.NOT_FOUND)
    if request.user_id == asker.user_id:
        return _problem(RevealCode.OWN_REQUEST)
    if not decision.may_decide:
        return _problem(RevealCode.NOT_FOUND)
    if request.state != RequestState.PENDING:
        return _problem(RevealCode.ALREADY_DECIDED)
    if request.expires_at <= moment:
        return _problem(RevealCode.EXPIRED)
    if decision.step is Step.APPROVE:
        return quota_problems(_ask_of(request), rows_today(request.user_id, moment), settings)
    return ()


def _problem(code: RevealCode) -> tuple[Problem, ...]:
    return (Problem(code, ("id",)),)


def _request_problems(ask: Ask, waiting: int, settings: RevealSettings) -> tuple[Problem, ...]:
    if problems := ask.all_problems():
        return problems
    if not ask.needs_approval:
        return (Problem(RevealCode.APPROVAL_NOT_NEEDED, ("fields",)),)
    return _problem(RevealCode.QUOTA_EXCEEDED) if waiting >= settings.daily_quota else ()


def _waiting(user_id: uuid.UUID, moment: datetime) -> list[RevealRequest]:
    return list(RevealRequest.objects.filter(user_id=user_id, state=RequestState.PENDING, expires_at__gt=moment))


def _same(waiting: Sequence[RevealRequest], ask: Ask) -> RevealRequest | None:
    asked = (ask.resource, ask.row_id, set(ask.columns))
    return next((each for each in waiting if (each.resource, each.row_id, set(each.columns)) == asked), None)


def _new_request(asker: Asker, ask: Ask, moment: datetime, settings: RevealSettings) -> RevealRequest:
    return RevealRequest.objects.create(
        created_at=moment,
        user_id=asker.user_id,
        resource=ask.resource,
        row_id=ask.row_id,
        columns=list(ask.columns),
        reason=ask.reason,
        expires_at=moment + timedelta(hours=settings.request_hours),
    )


def _ask_of(request: RevealRequest) -> Ask:
    return Ask(request.resource, request.row_id, tuple(request.columns), request.reason)


def _about(request: RevealRequest | None, decision: Decision) -> Ask:
    """Return what a decision was about, for the record; of a request that is not there, its key."""
    if request is None:
        return Ask("reveal_request", decision.request_id, (), decision.note)
    return Ask(request.resource, request.row_id, tuple(request.columns), decision.note)
