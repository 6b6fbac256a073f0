"""Every call is put on record, refused or not: an attempt, and a change in the audit."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from backend.audit.canonical import Value
from backend.audit.changes import record_change
from backend.audit.describing import describe_change
from backend.audit.text import storable
from backend.reveals.asking import Ask, Asker
from backend.reveals.codes import Problem
from backend.reveals.models import RevealAttempt

ACTION, DONE = "reveal", "DONE"


class Step(StrEnum):
    """What was called."""

    REVEAL = "reveal"
    REQUEST = "request"
    APPROVE = "approve"
    REJECT = "reject"


def record_attempt(
    asker: Asker, ask: Ask, step: Step, moment: datetime, problems: tuple[Problem, ...], **facts: Value
) -> None:
    """Record a call. Call it in the transaction that does what was asked, or decides not to.

    `facts` are more to be said in the audit, without values of the row: `None` is left out.
    """
    columns = [storable(column) for column in ask.columns]
    code = problems[0].code.value if problems else DONE
    reason = storable(ask.reason)
    RevealAttempt.objects.create(
        created_at=moment,
        user_id=asker.user_id,
        resource=ask.resource,
        row_id=ask.row_id,
        columns=columns,
        reason=reason,
        step=step,
        code=code,
    )
    said: Mapping[str, Value] = {"step": step.value, "code": code, "fields": columns, "reason": reason, **facts}
    change = asker.actor.change(ACTION, ask.resource, ask.row_id, describe_change({}, said, {}, key=b""))
    record_change(replace(change, at=moment))


def text_of(key: uuid.UUID | datetime | None) -> str | None:
    """Return a key or a moment as records hold it."""
    return None if key is None else str(key)
