"""Moments as whole milliseconds since 1970 (UTC), and their text for COPY."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

# The day the story ends. It is fixed, because rows must not depend on the day they were made.
UNTIL = date(2026, 11, 1)
YEARS = 2
SECOND = 1_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR


def midnight(day: date) -> int:
    """Return the moment `day` begins."""
    return int(datetime.combine(day, time(), tzinfo=UTC).timestamp()) * SECOND


@lru_cache(maxsize=8_192)
def _day_text(days: int) -> str:
    return (date(1970, 1, 1) + timedelta(days=days)).isoformat()


def day(moment: int) -> str:
    """Return the calendar day of `moment`, as `2026-11-01`."""
    return _day_text(moment // DAY)


def stamp(moment: int) -> str:
    """Return `moment` as PostgreSQL reads a time stamp."""
    seconds, millis = divmod(moment % DAY, SECOND)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{day(moment)} {hour:02}:{minute:02}:{second:02}.{millis:03}+00"
