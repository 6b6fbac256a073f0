"""Whatever was answered is on record, though the process is killed the moment it has answered."""

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from backend.audit.draining import drain_folder
from backend.audit.journal import JournalSync
from backend.audit.models import ChainName
from backend.audit.segments import segments
from backend.audit.verification import verify
from backend.database import BASE_DIR
from tests.backend.audit.answering import MOVED
from tests.backend.audit.making import database_conninfo, stored_ids

pytestmark = pytest.mark.django_db(transaction=True)

_SCRIPT = """
import sys, django
django.setup()
from tests.backend.audit.answering import main
main(sys.argv[1], sys.argv[2], is_draining=sys.argv[3] == "draining")
"""


@contextmanager
def answering(folder: Path, *, sync: JournalSync, is_draining: bool) -> Iterator[subprocess.Popen[str]]:
    """Run a process that answers; it is killed at the end at the latest."""
    command = [sys.executable, "-c", _SCRIPT, str(folder), sync.value, "draining" if is_draining else "writing"]
    env = os.environ | {"DATABASE_URL": database_conninfo(), "DJANGO_SETTINGS_MODULE": "backend.settings"}
    with subprocess.Popen(command, env=env, cwd=BASE_DIR, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def killed_after(process: subprocess.Popen[str], answers: int) -> list[uuid.UUID]:
    """Kill a process once it has told of `answers` records; return all it told of until it was dead."""
    assert process.stdout is not None
    told = [process.stdout.readline() for _ in range(answers)]
    process.kill()
    told += process.stdout.readlines()
    assert process.wait() == -9
    return [uuid.UUID(line.strip()) for line in told if line.strip() != MOVED]


def assert_kept(answered: list[uuid.UUID]) -> None:
    """See every answered record stored once, in order, with at most the one that was about to be answered."""
    stored = stored_ids()
    assert stored[: len(answered)] == answered
    assert len(stored) - len(answered) in {0, 1}
    assert list(verify(ChainName.READS)) == []


@pytest.mark.parametrize("sync", JournalSync)
@pytest.mark.parametrize("answers", [1, 40, 700])
def test_a_process_killed_before_its_records_were_moved_loses_none(
    tmp_path: Path, answers: int, sync: JournalSync
) -> None:
    with answering(tmp_path, sync=sync, is_draining=False) as process:
        answered = killed_after(process, answers)
    assert stored_ids() == []
    assert drain_folder(tmp_path).files == 1
    assert_kept(answered)


@pytest.mark.parametrize("answers", [101, 400, 1500])
def test_a_process_killed_while_it_moves_records_loses_none_and_doubles_none(tmp_path: Path, answers: int) -> None:
    with answering(tmp_path, sync=JournalSync.WRITE, is_draining=True) as process:
        answered = killed_after(process, answers)
    moved_before = len(stored_ids())
    assert moved_before >= 100
    drain_folder(tmp_path)
    assert_kept(answered)
    assert segments(tmp_path) == []


def test_a_living_process_keeps_its_file_to_itself(tmp_path: Path) -> None:
    with answering(tmp_path, sync=JournalSync.WRITE, is_draining=False) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert drain_folder(tmp_path).files == 0
        answered = killed_after(process, 10)
    drain_folder(tmp_path)
    assert len(stored_ids()) >= len(answered) + 1
