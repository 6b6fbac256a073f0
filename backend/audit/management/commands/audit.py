"""`manage.py audit`: verify the records, print their anchors, move on what is left behind."""

import argparse
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from backend.audit.chain import Anchor, beginning, head_of
from backend.audit.chaining import chain_changes
from backend.audit.draining import drain_folder
from backend.audit.models import AuditChange, ChainName
from backend.audit.segments import damaged_segments
from backend.audit.verification import verify

_COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())


class Command(BaseCommand):
    """Looks after the audit records."""

    help = "Verify the audit records, print the heads of their chains, or move on what is left behind."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare what can be done."""
        actions = parser.add_subparsers(dest="action", required=True)
        verifying = actions.add_parser("verify", help="recompute both chains; status 1 when a record is not as it was")
        verifying.add_argument(
            "--expect", action="append", default=[], type=_anchor, metavar="CHAIN:SEQUENCE:HASH",
            help="a line that `audit head` printed before; may be given several times",
        )  # fmt: skip
        actions.add_parser(
            "head", help="print the head of each chain: keep it where this database's owner cannot write"
        )
        actions.add_parser("drain", help="move what ended processes left in journals into the database")
        actions.add_parser("chain", help="chain the changes that are committed and not chained yet")

    def handle(self, *_args: Any, action: str, **options: Any) -> None:
        """Do it."""
        match action:
            case "verify":
                self._verify(options["expect"], is_quiet=options["verbosity"] == 0)
            case "head":
                for chain in ChainName:
                    self.stdout.write(str(head_of(chain) or beginning(chain)))
            case "drain":
                drained = drain_folder(self._folder())
                self.stdout.write(f"Moved {drained.records:,} reads from {drained.files:,} journals.")
            case "chain":
                self.stdout.write(f"Chained {chain_changes():,} changes.")

    def _verify(self, anchors: list[Anchor], *, is_quiet: bool) -> None:
        # The bars go when they are full: what stays are the lines that say what was found.
        with Progress(*_COLUMNS, console=Console(stderr=True), transient=True, disable=is_quiet) as bars:
            findings = sum(self._verify_chain(chain, anchors, bars) for chain in ChainName)
        findings += self._report_damaged()
        self._report_unchained()
        if findings:
            sys.exit(1)
        self.stdout.write("Every record is as it was written.")

    def _verify_chain(self, chain: ChainName, anchors: list[Anchor], bars: Progress) -> int:
        bar = bars.add_task(chain.value, total=(head_of(chain) or beginning(chain)).sequence)
        findings = 0
        for finding in verify(chain, anchors, advance=lambda reached: bars.update(bar, completed=reached)):
            findings += 1
            self.stdout.write(str(finding))
        return findings

    def _report_damaged(self) -> int:
        damaged = damaged_segments(self._folder())
        for path in damaged:
            self.stdout.write(f"{path}: a journal with lines that cannot be read")
        return len(damaged)

    def _report_unchained(self) -> None:
        waiting = AuditChange.objects.filter(sequence=None).count()
        if waiting:
            self.stdout.write(f"{waiting:,} changes are not chained yet, and are not covered.")

    def _folder(self) -> Path:
        return Path(settings.VAR_DIR) / "audit"


def _anchor(text: str) -> Anchor:
    try:
        chain, sequence, digest = text.split(":")
        anchor = Anchor(ChainName(chain), int(sequence), bytes.fromhex(digest))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a line that `audit head` prints") from error
    return anchor
