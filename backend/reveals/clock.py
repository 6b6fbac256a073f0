"""The clock of reveals: the database's, which also decides when a reveal has ended."""

from datetime import datetime

from django.db import connection


def now() -> datetime:
    """Return the time it is, not the time the transaction began: it may have waited for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        (moment,) = cursor.fetchone()
    assert isinstance(moment, datetime)  # noqa: S101  what the statement gives
    return moment
