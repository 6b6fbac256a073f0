"""`manage.py keys`: make, list, rotate, verify and let go of keys."""

import argparse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.progress import Progress

from backend.audit.actors import command_actor
from backend.secret_key import make_private
from backend.vault.columns import count_rows, encrypted_tables, values_by_key
from backend.vault.console import progress
from backend.vault.envelope import LARGEST_KEY_ID
from backend.vault.errors import VaultError
from backend.vault.keyring import keyring
from backend.vault.models import DataKey
from backend.vault.providers.local import new_key_text
from backend.vault.recording import recording
from backend.vault.retirement import retire
from backend.vault.states import Purpose
from backend.vault.verification import Broken, verify_table


class Command(BaseCommand):
    """Make, list, rotate, verify and let go of the keys that encrypted columns are sealed with."""

    help = "Make, list, rotate, verify and let go of the keys that encrypted columns are sealed with."
    # It is how a missing or wrong key is put right.
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the actions."""
        actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
        make = actions.add_parser("generate", help="print a new key-encryption key, or write it to a file")
        make.add_argument("--file", type=Path, help="a file that is not there yet; only its owner may read it")
        actions.add_parser("list", help="list the keys, and how many values are sealed under each")
        actions.add_parser("rotate", help="seal new values under a new data key")
        letting_go = actions.add_parser("retire", help="destroy a data key that no value needs any more")
        letting_go.add_argument("key_id", type=_key_id, metavar="KEY_ID")
        letting_go.add_argument("--now", action="store_true", help="although it was replaced less than an hour ago")
        actions.add_parser("verify", help="open every value, and name those that do not open")
        actions.add_parser("rewrap", help="wrap every key by the key-encryption key that is configured now")

    def handle(self, *_args: Any, action: str, **options: Any) -> None:
        """Do what is asked."""
        does: Mapping[str, Callable[..., None]] = {
            "generate": self._generate,
            "list": self._list,
            "rotate": self._rotate,
            "retire": self._retire,
            "verify": self._verify,
            "rewrap": self._rewrap,
        }
        try:
            does[action](options)
        except VaultError as error:
            raise CommandError(str(error)) from error

    def _generate(self, options: Mapping[str, Any]) -> None:
        path: Path | None = options["file"]
        if path is None:
            self.stdout.write(new_key_text())
        elif make_private(path, new_key_text()):
            self.stdout.write(
                f"The key is in {path}: set PRISM_KEY_FILE to it, and keep a copy apart from the database."
            )
        else:
            raise CommandError(f"{path} is there already, and a key that is overwritten is lost: name another file.")

    def _list(self, _options: Mapping[str, Any]) -> None:
        counts = values_by_key()
        self.stdout.write(_line("KEY", "STATE", "CREATED", "WRAPPED BY", "FOR"))
        for key in DataKey.objects.order_by("key_id"):
            count = sum(counts.get(key.key_id, {}).values())
            purpose = f"{count} values" if key.purpose == Purpose.DATA else f"the index of {key.column_name}"
            self.stdout.write(_line(key.key_id, key.state, f"{key.created_at:%Y-%m-%d %H:%M}", key.provider, purpose))
        if unsealed := counts.get(None):
            self.stdout.write(f"Not sealed values at all: {unsealed}")

    def _rotate(self, _options: Mapping[str, Any]) -> None:
        key_id = keyring().rotate(recording(command_actor("keys rotate")))
        self.stdout.write(f"Data key {key_id} seals from now on. `manage.py reencrypt` takes older values along.")

    def _retire(self, options: Mapping[str, Any]) -> None:
        retire(options["key_id"], at_once=options["now"], actor=command_actor("keys retire"))
        self.stdout.write(f"Data key {options['key_id']} is gone.")

    def _verify(self, _options: Mapping[str, Any]) -> None:
        keyring().unwrap_all()
        with progress() as bar:
            broken = [found for table in encrypted_tables() for found in _verified(table, bar)]
        for each in broken:
            self.stdout.write(f"Does not open, or is not found by its index: {each}")
        if broken:
            raise CommandError(f"{len(broken)} values are broken.")
        self.stdout.write("Every value opens.")

    def _rewrap(self, _options: Mapping[str, Any]) -> None:
        count = keyring().rewrap(recording(command_actor("keys rewrap")))
        self.stdout.write(f"{count} keys were wrapped anew; all are wrapped by the configured key-encryption key.")


def _verified(table: Any, bar: Progress) -> list[Broken]:
    task = bar.add_task(table.name, total=count_rows(table))
    broken: list[Broken] = []
    for checked in verify_table(table):
        broken += checked.broken
        bar.advance(task, checked.rows)
    return broken


def _line(*cells: Any) -> str:
    widths = (5, 11, 17, 27, 0)
    return " ".join(f"{cell!s:<{width}}" for cell, width in zip(cells, widths, strict=True)).rstrip()


def _key_id(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 11 and 0 < int(text) <= LARGEST_KEY_ID:
        return int(text)
    raise argparse.ArgumentTypeError("a key id is a whole number, as `manage.py keys list` shows it")
