"""Orders, cursors and pages of Python lists, by Relay's specification."""

import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cmp_to_key
from typing import Any

from tests.differential.nouns import Order, stored

DEFAULT_SIZE = 50


@dataclass(frozen=True)
class Listing:
    """Rows of one type in one order."""

    type_name: str
    order: Order
    # Of which rows a field is clear; on the others it has no place of its own. Without it, on all.
    is_clear: Callable[[str, Any], bool] | None = field(default=None, compare=False)

    def compare(self, one: Any, other: Any) -> int:
        """Return whether a row comes before (-1), with (0) or after (1) another."""
        for name, direction in (*self.order, ("id", self.order[-1][1].removesuffix("_NULLS_FIRST"))):
            known = [self.is_clear is None or self.is_clear(name, row) for row in (one, other)]
            if not all(known):
                if any(known):
                    return -1 if known[0] else 1
                continue
            left, right = stored(self.type_name, name, one), stored(self.type_name, name, other)
            if left == right:
                continue
            if None in (left, right):
                missing_first = direction.endswith("_NULLS_FIRST")
                return -1 if (left is None) == missing_first else 1
            return -1 if (left < right) == direction.startswith("ASC") else 1
        return 0

    def ordered(self, rows: Sequence[Any]) -> list[Any]:
        """Return the rows in order."""
        return sorted(rows, key=cmp_to_key(self.compare))

    def cursor(self, row: Any) -> str:
        """Return the oracle's own cursor: the list's type and order, and the row it stands for."""
        return json.dumps([self.type_name, self.order, str(row.pk)])


def read_cursor(text: str) -> tuple[str, Order, uuid.UUID]:
    """Return the type, the order and the row an oracle's cursor stands for."""
    type_name, order, key = json.loads(text)
    return type_name, tuple((name, direction) for name, direction in order), uuid.UUID(key)


@dataclass(frozen=True)
class Page:
    """One page of a list, and what Relay says of the rest."""

    rows: list[Any]
    has_next: bool
    has_previous: bool
    total: int


def cut(listing: Listing, rows: Sequence[Any], arguments: Mapping[str, Any], after: Any, before: Any) -> Page:
    """Return the page the arguments ask for. `after` and `before` are rows, of this list or only of its type."""
    ordered = listing.ordered(rows)
    window = [row for row in ordered if after is None or listing.compare(row, after) > 0]
    window = [row for row in window if before is None or listing.compare(row, before) < 0]
    earlier = after is not None and any(listing.compare(row, after) <= 0 for row in ordered)
    later = before is not None and any(listing.compare(row, before) >= 0 for row in ordered)
    first, last = arguments.get("first"), arguments.get("last")
    if last is not None:
        kept = window[len(window) - last :] if last < len(window) else window
        return Page(kept, later, earlier or len(window) > last, len(ordered))
    size = DEFAULT_SIZE if first is None else first
    return Page(window[:size], later or len(window) > size, earlier, len(ordered))
