"""Letting a data key go: its material is destroyed, and what was sealed under it would never open again."""

from collections.abc import Mapping
from datetime import timedelta

from django.db import OperationalError, connection, transaction
from django.db.models.functions import Now
from psycopg import sql

from backend.audit.actors import Actor
from backend.audit.changes import record_change
from backend.vault.columns import encrypted_tables, values_by_key
from backend.vault.errors import KeyInUse, KeyMissing
from backend.vault.key_changes import KeyChange
from backend.vault.keyring import keyring
from backend.vault.models import DataKey
from backend.vault.recording import change_by
from backend.vault.states import KeyState, Purpose
from backend.vault.store import KEYS_LOCK

# Who sealed a value before the key was replaced, and has not written it yet, has so long to do it.
REST = timedelta(hours=1)
_PATIENCE = "10s"


def retire(key_id: int, *, at_once: bool = False, actor: Actor | None = None) -> None:
    """Destroy a data key that no stored value needs. Without `at_once` it has to have rested since it was replaced.

    Writers wait while the values are counted: what they have written by then counts.
    Raises: KeyMissing when there is none; KeyInUse.
    """
    try:
        with transaction.atomic():
            if _retire(key_id, at_once=at_once) and actor is not None:
                record_change(change_by(actor, KeyChange("retire", key_id, "state", "decrypting", "retired")))
    except OperationalError as error:
        raise KeyInUse("Somebody holds the tables with encrypted columns: try again when they are done.") from error
    keyring().forget()


def _retire(key_id: int, *, at_once: bool) -> bool:
    """Return whether the key had not been retired before."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [KEYS_LOCK])
    row = DataKey.objects.filter(key_id=key_id, purpose=Purpose.DATA).first()
    if row is None:
        raise KeyMissing(key_id)
    if row.state == KeyState.RETIRED:
        return False
    _refuse_what_seals(row, at_once=at_once)
    _hold_writers()
    if needed := values_by_key().get(key_id):
        raise KeyInUse(f"Data key {key_id} cannot be retired: {_told(needed)}. Run `manage.py reencrypt` first.")
    DataKey.objects.filter(key_id=key_id).update(state=KeyState.RETIRED, wrapped=None, retired_at=Now())
    return True


def _refuse_what_seals(row: DataKey, *, at_once: bool) -> None:
    if row.state == KeyState.ACTIVE:
        raise KeyInUse(f"Data key {row.key_id} seals new values: run `manage.py keys rotate` first.")
    if not at_once and DataKey.objects.filter(key_id=row.key_id, replaced_at__gt=Now() - REST).exists():
        raise KeyInUse(
            f"Data key {row.key_id} was replaced less than an hour ago, and somebody may be about to write what they "
            "sealed under it: wait, or say --now when nothing else runs."
        )


def _hold_writers() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [_PATIENCE])
        for table in encrypted_tables():
            statement = sql.SQL("LOCK TABLE {} IN SHARE MODE").format(table.identifier)
            cursor.execute(statement)


def _told(needed: Mapping[str, int]) -> str:
    return ", ".join(f"{count} of {name}" for name, count in sorted(needed.items())) + " need it"
