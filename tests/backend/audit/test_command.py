"""`manage.py audit` as an auditor and an operator meet it."""

import io
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from pytest_django.fixtures import Settings

from backend.audit.changes import record_change
from backend.audit.reads import append_reads
from backend.audit.segments import segments
from tests.backend.audit.making import as_owner, journal_of, make_change, make_record, stored_ids

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Settings) -> Path:
    """Return the folder of the journals, apart from everybody else's."""
    settings.VAR_DIR = tmp_path
    return tmp_path / "audit"


def audit(*arguments: str) -> list[str]:
    """Run the command and return its lines."""
    output = io.StringIO()
    call_command("audit", *arguments, stdout=output, verbosity=0)
    return output.getvalue().splitlines()


def failing(*arguments: str) -> list[str]:
    """Run the command, see it end with status 1, and return its lines."""
    output = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("audit", *arguments, stdout=output, verbosity=0)
    assert ended.value.code == 1
    return output.getvalue().splitlines()


def remove(*sequences: int) -> None:
    """Remove reads, as the owner of the tables."""
    connection.check_constraints()
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_auditread WHERE sequence = ANY(%s)", [list(sequences)])


def test_what_nobody_touched_is_verified() -> None:
    append_reads([make_record() for _ in range(3)])
    record_change(make_change())
    assert audit("chain") == ["Chained 1 changes."]
    assert audit("verify") == ["Every record is as it was written."]


def test_what_was_removed_is_named_and_the_status_is_1() -> None:
    append_reads([make_record() for _ in range(5)])
    remove(2, 5)
    assert failing("verify") == ["reads 2: removed", "reads 5: removed from the end of the chain"]


def test_a_head_that_was_noted_is_an_anchor() -> None:
    append_reads([make_record() for _ in range(3)])
    noted = audit("head")
    assert [line.rsplit(":", 1)[0] for line in noted] == ["reads:3", "changes:0"]
    anchors = [f"--expect={line}" for line in noted]
    append_reads([make_record()])
    assert audit("verify", *anchors) == ["Every record is as it was written."]
    remove(3, 4)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE audit_auditchain SET sequence = 2, hash = (SELECT hash FROM audit_auditread WHERE sequence = 2)"
            " WHERE name = 'reads'"
        )
    assert audit("verify") == ["Every record is as it was written."]
    assert failing("verify", *anchors) == ["reads 3: removed from the end of the chain"]


@pytest.mark.parametrize("text", ["", "reads:3", "writes:3:ab", "reads:x:ab", "reads:3:xy"])
def test_what_is_no_anchor_is_refused(text: str) -> None:
    with pytest.raises(CommandError, match="is not a line that `audit head` prints"):
        audit("verify", f"--expect={text}")


def test_changes_that_are_not_chained_yet_are_told() -> None:
    record_change(make_change())
    assert audit("verify") == [
        "1 changes are not chained yet, and are not covered.",
        "Every record is as it was written.",
    ]


def test_journals_of_ended_processes_are_moved_on(folder: Path) -> None:
    records = [make_record() for _ in range(2)]
    journal_of(folder, *records)
    assert audit("drain") == ["Moved 2 reads from 1 journals."]
    assert stored_ids() == [record.id for record in records]
    assert audit("drain") == ["Moved 0 reads from 0 journals."]


def test_a_journal_that_was_altered_is_a_finding(folder: Path) -> None:
    journal_of(folder, make_record())
    (path,) = segments(folder)
    path.write_bytes(path.read_bytes().replace(b"MyCustomers", b"MyContracts"))
    audit("drain")
    assert failing("verify") == [f"{path.with_suffix('.damaged')}: a journal with lines that cannot be read"]
