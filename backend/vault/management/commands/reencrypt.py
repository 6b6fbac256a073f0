"""`manage.py reencrypt`: what was sealed under older data keys is sealed under the current one."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backend.audit.actors import command_actor
from backend.vault.columns import count_rows, encrypted_tables, values_by_key
from backend.vault.console import progress
from backend.vault.errors import VaultError
from backend.vault.keyring import keyring
from backend.vault.reencryption import reencrypt_table
from backend.vault.verification import Broken


class Command(BaseCommand):
    """Seal every value under the current data key. May be killed and started again, and others may write meanwhile."""

    help = "Seal every value under the current data key. May be killed and started again; others may write meanwhile."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Seal again, and say what is left."""
        keyring().forget()
        try:
            sealed, broken = _reencrypt()
            current = keyring().current.key_id
        except VaultError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{sealed} values were sealed again, under data key {current}.")
        for each in sorted(broken, key=str):
            self.stdout.write(f"Does not open: {each}")
        left = sum(sum(columns.values()) for key_id, columns in values_by_key().items() if key_id != current)
        if left:
            raise CommandError(f"{left} values are still under older keys; {len(broken)} of them do not open.")


def _reencrypt() -> tuple[int, set[Broken]]:
    sealed, broken = 0, set[Broken]()
    with progress() as bar:
        for table in encrypted_tables():
            task = bar.add_task(table.name, total=count_rows(table))
            for batch in reencrypt_table(table, command_actor("reencrypt")):
                sealed += batch.sealed
                broken.update(batch.broken)
                bar.advance(task, batch.rows)
            bar.update(task, completed=bar.tasks[task].total)
    return sealed, broken
