"""`manage.py load_pipeline DIR`: load the public crm-sales data set."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from backend.crm.pipeline.errors import PipelineError
from backend.crm.pipeline.load import Report, load
from backend.crm.pipeline.mapping import DEFAULT_MAPPING

REJECTS = "load-pipeline-rejects.csv"


class Command(BaseCommand):
    """Loads the data set once: what is already here stays as it is."""

    help = "Load the crm-sales data set: agents, accounts and opportunities. A second run changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the folder, the mapping file and the rejects file."""
        parser.add_argument("folder", metavar="DIR", type=Path, help="the folder with the four CSV files")
        parser.add_argument(
            "--mapping", type=Path, default=DEFAULT_MAPPING, help="TOML file that says what misspelt values mean"
        )
        parser.add_argument(
            "--rejects", type=Path, default=None, help=f"where rows that cannot be loaded go (var/{REJECTS})"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Load the folder and say what became of its rows."""
        rejects: Path = options["rejects"] or settings.VAR_DIR / REJECTS
        try:
            report = load(options["folder"], mapping=options["mapping"], rejects=rejects)
        except PipelineError as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            reason = str(error).partition("\n")[0]
            raise CommandError(f"The database refused the data set, nothing was written: {reason}") from error
        self._tell(report, rejects)

    def _tell(self, report: Report, rejects: Path) -> None:
        for line in report.lines():
            self.stdout.write(line)
        if not report.changed():
            self.stdout.write("Nothing changed: every loadable row was already here.")
        if report.rejected():
            self.stdout.write(f"Rejected rows and their reasons: {rejects}")
