"""Reveals: how long and how often a policy lets masked values be shown, and on which rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from permissions.errors import PolicyError
from permissions.predicates import ALWAYS, NEVER, Predicate, Revealed, any_of, covers
from permissions.resources import Resource

_DAY = 24 * 60
# What each setting may be, from and to.
_BOUNDS = {
    "minutes": (1, _DAY),
    "daily_quota": (0, 1_000_000),
    "request_hours": (1, 30 * 24),
    "alert_count": (1, 1_000_000),
    "alert_minutes": (1, _DAY),
}


@dataclass(frozen=True, slots=True)
class RevealSettings:
    """What a policy says of reveals in its table `[reveal]`.

    `minutes` is how long a reveal lasts, `daily_quota` how many rows a person may be shown a day. A request waits for
    approval, and an approval may be used, for `request_hours`. Whoever is shown `alert_count` rows in `alert_minutes`
    is reported.
    """

    minutes: int = 15
    daily_quota: int = 30
    request_hours: int = 24
    alert_count: int = 20
    alert_minutes: int = 10


def parse_reveal(table: object) -> RevealSettings:
    """Read the table `[reveal]` of a policy.

    Raises: PolicyError.
    """
    if not isinstance(table, dict):
        raise PolicyError("the policy: 'reveal' is not a table")
    if unknown := sorted(set(table) - set(_BOUNDS)):
        raise PolicyError(f"'reveal' has an unknown entry {unknown[0]!r}")
    return RevealSettings(**{name: _number(table, name) for name in table})


def _number(table: Mapping[str, Any], name: str) -> int:
    value, (least, most) = table[name], _BOUNDS[name]
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise PolicyError(f"'reveal': {name!r} must be a whole number from {least} to {most}")
    return value


@dataclass(frozen=True, slots=True)
class RevealRule:
    """On which rows a masked value of one column may be asked for: by oneself, and at all (some need approval)."""

    at_once: Predicate = NEVER
    at_all: Predicate = NEVER

    def revealed(self, resource: Resource, column: str, rows: Predicate) -> Predicate:
        """Return where the column was revealed to the principal, among `rows`, and still may be.

        What a person gave themselves counts only where no approval is needed now.
        """
        at_once = _within(self.at_once, rows)
        own = NEVER if at_once == NEVER else Revealed(resource, column, at_once)
        if self.at_all == self.at_once:
            return own
        return any_of([own, Revealed(resource, column, _within(self.at_all, rows), is_approved=True)])


def _within(allowed: Predicate, rows: Predicate) -> Predicate:
    """Return what is left to be checked of a row that is known to be among `rows`."""
    return ALWAYS if allowed != NEVER and covers(allowed, rows) else allowed
