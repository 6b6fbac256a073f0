"""What is done to keys and sealed values by command, on record: which, and by whom. Never a key, nor a value."""

import uuid
from collections.abc import Sequence
from typing import Any

import psycopg

from backend.audit.actors import Actor
from backend.audit.changes import Change, insert_change
from backend.vault.key_changes import KeyChange, Record

RESOURCE = "vault"


def recording(actor: Actor) -> Record:
    """Return what puts changes of keys on record as somebody's doing."""

    def record(session: psycopg.Connection[tuple[Any, ...]], changes: Sequence[KeyChange]) -> None:
        for change in changes:
            insert_change(session, change_by(actor, change))

    return record


def change_by(actor: Actor, change: KeyChange) -> Change:
    """Return the record of one change of a key."""
    changes = {change.what: {"before": change.before, "after": change.after}}
    return actor.change(change.action, RESOURCE, row_of(change.key_id), changes)


def row_of(key_id: int) -> uuid.UUID:
    """Return how records name a key: its number stands at the end."""
    return uuid.UUID(int=key_id)
