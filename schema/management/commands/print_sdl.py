"""`manage.py print_sdl`: the schema as text; `--write` updates the committed copy, `--check` compares with it."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from schema.schema import ProjectedSchema

SNAPSHOT = Path(__file__).resolve().parents[2] / "schema.graphql"


class Command(BaseCommand):
    """Print, write or check the SDL of the whole graph."""

    help = "Print the SDL of the whole graph; --write updates schema/schema.graphql, --check compares with it."
    requires_system_checks: list[str] = []  # noqa: RUF012  Django's declaration

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare --write and --check."""
        group = parser.add_mutually_exclusive_group()
        group.add_argument("--write", action="store_true", help="write schema/schema.graphql")
        group.add_argument("--check", action="store_true", help="exit with 1 if schema/schema.graphql is not this")

    def handle(self, *_args: Any, write: bool, check: bool, **_options: Any) -> None:
        """Print, write or check."""
        sdl = ProjectedSchema(None).as_str() + "\n"
        if write:
            SNAPSHOT.write_text(sdl, encoding="utf-8")
        elif not check:
            self.stdout.write(sdl)
        elif not SNAPSHOT.exists() or SNAPSHOT.read_text(encoding="utf-8") != sdl:
            self.stderr.write("schema/schema.graphql is not the schema of this code: run `make sdl` and commit it.")
            sys.exit(1)
