"""How many rows a person was shown: each row counts once, whatever of it was revealed, and however often."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from backend.reveals.models import RevealGrant

# Days begin at midnight there. People's own time zones come with their settings.
ZONE = ZoneInfo("Asia/Shanghai")
# The first of the two numbers of an advisory lock; no other lock uses it.
_LOCK = 704_426_016


@contextmanager
def one_at_a_time(user_id: uuid.UUID) -> Iterator[None]:
    """Hold the lock on what is revealed to one person, until the end of the transaction this begins.

    Invariant: whoever counts a person's reveals to decide on another one holds it, so that two never count the same.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK, str(user_id)])
        yield


def rows_today(user_id: uuid.UUID, moment: datetime) -> set[tuple[str, uuid.UUID]]:
    """Return the rows revealed to a person on the day of `moment`."""
    local = moment.astimezone(ZONE)
    return rows_since(user_id, datetime.combine(local.date(), time.min, ZONE))


def rows_within(user_id: uuid.UUID, moment: datetime, *, minutes: int) -> set[tuple[str, uuid.UUID]]:
    """Return the rows revealed to a person in the minutes before `moment`."""
    return rows_since(user_id, moment - timedelta(minutes=minutes))


def rows_since(user_id: uuid.UUID, start: datetime) -> set[tuple[str, uuid.UUID]]:
    """Return the rows revealed to a person since `start`."""
    grants = RevealGrant.objects.filter(user_id=user_id, created_at__gte=start)
    return set(grants.values_list("resource", "row_id").distinct())
