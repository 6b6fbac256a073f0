"""What becomes of keys, as data for whoever keeps a record of it. Never a key, wrapped or not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg


@dataclass(frozen=True, slots=True)
class KeyChange:
    """What became of one key: one thing about it, before and after."""

    action: str
    key_id: int
    what: str
    before: str | None
    after: str | None


# Puts changes on record in the session, and the transaction, that makes them.
Record = Callable[[psycopg.Connection[tuple[Any, ...]], Sequence[KeyChange]], None]


def unrecorded(_session: psycopg.Connection[tuple[Any, ...]], _changes: Sequence[KeyChange]) -> None:
    """Keep no record: nobody in particular asked for it."""
