"""`manage.py seed`: fill an empty database with believable synthetic data."""

import argparse
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from backend.crm.seeding.errors import SeedError
from backend.crm.seeding.load import MOST_CUSTOMERS, Plan, load
from backend.crm.seeding.moments import UNTIL

_COLUMNS = (TextColumn("Customers"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


class Command(BaseCommand):
    """Fills an empty database: the same customers, seed and day give the same rows, byte for byte."""

    help = "Fill an empty database with believable synthetic data; the same options give the same rows."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the size, the seed and the last day of the story."""
        parser.add_argument(
            "--customers", type=int, default=2_000, help=f"how many customers (0 to {MOST_CUSTOMERS:,})"
        )
        parser.add_argument("--seed", type=int, default=1, help="what the random choices start from")
        parser.add_argument(
            "--until", type=_day, default=UNTIL, metavar="YYYY-MM-DD", help=f"the day the story ends ({UNTIL})"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Write the seed and say how many rows it has."""
        # The bar goes when it is full: what stays is the line that says what was written.
        bars = Progress(*_COLUMNS, console=Console(stderr=True), transient=True, disable=options["verbosity"] == 0)
        try:
            plan = Plan(customers=options["customers"], seed=options["seed"], until=options["until"])
            with bars as progress:
                bar = progress.add_task("customers", total=plan.customers)
                counts = load(plan, advance=lambda count: progress.advance(bar, count))
        except SeedError as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(f"The database refused the seed, nothing was written: {_first_line(error)}") from error
        total = sum(counts.values())
        self.stdout.write(f"Seeded {plan.customers:,} customers, {total:,} rows in all (seed {plan.seed}).")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day like 2026-11-01") from error


def _first_line(error: DatabaseError) -> str:
    return str(error).partition("\n")[0]
