"""Records are moved on in the background, through whatever happens to the database."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from backend.audit import draining
from backend.audit.changes import record_change
from backend.audit.drain import AuditDrain
from backend.audit.journal import BATCH, ReadJournal
from backend.audit.models import AuditChange, AuditRead, ChainName
from backend.audit.reads import append_reads
from backend.audit.records import ReadRecord
from backend.audit.segments import segments
from backend.audit.verification import verify
from tests.backend.audit.making import database_conninfo, journal_of, make_change, make_journal, make_record, stored_ids

pytestmark = pytest.mark.django_db(transaction=True)

# Longer than any test: nothing is moved unless something asks for it.
NEVER = 3600.0
PATIENCE_SECONDS = 60

Scenario = Callable[[AuditDrain], Awaitable[None]]


def running(journal: ReadJournal, scenario: Scenario, *, interval: float = NEVER) -> None:
    """Play a scenario while a drain runs, and stop the drain."""

    async def play() -> None:
        drain = AuditDrain(journal, interval=interval)
        await drain.start()
        try:
            await scenario(drain)
        finally:
            await drain.stop()

    # The test's own session would not survive the database's going away.
    connection.close()
    asyncio.run(play())


@contextmanager
def database_away() -> Iterator[None]:
    """End all sessions of the database, and let nobody in."""
    name = connection.settings_dict["NAME"]
    allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    sessions = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s"
    with psycopg.connect(database_conninfo(), dbname="postgres", autocommit=True) as admin:
        admin.execute(allow.format(sql.Identifier(name), sql.SQL("false")))
        try:
            admin.execute(sessions, [name])
            yield
        finally:
            admin.execute(allow.format(sql.Identifier(name), sql.SQL("true")))


@pytest.fixture
def moved(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Awaitable[bool]]:
    """Return a function that waits until so many records have been moved."""
    total, reached = 0, {count: Event() for count in (1, BATCH)}

    def counting(records: Sequence[ReadRecord]) -> int:
        nonlocal total
        new = append_reads(records)
        total += new
        for count, event in reached.items():
            if total >= count:
                event.set()
        return new

    monkeypatch.setattr(draining, "append_reads", counting)
    return lambda count: asyncio.to_thread(reached[count].wait, PATIENCE_SECONDS)


def test_records_are_moved_a_moment_later(tmp_path: Path, moved: Callable[[int], Awaitable[bool]]) -> None:
    journal, record = make_journal(tmp_path), make_record()

    async def scenario(_drain: AuditDrain) -> None:
        journal.append(record)
        assert await moved(1)

    running(journal, scenario, interval=0.01)
    assert stored_ids() == [record.id]


def test_many_records_are_moved_at_once(tmp_path: Path, moved: Callable[[int], Awaitable[bool]]) -> None:
    journal = make_journal(tmp_path)

    async def scenario(drain: AuditDrain) -> None:
        assert await drain.settle()
        for _ in range(BATCH):
            journal.append(make_record(rows=0))
        assert await moved(BATCH)

    running(journal, scenario)
    assert len(stored_ids()) == BATCH


def test_what_ended_processes_left_is_moved_at_start(tmp_path: Path) -> None:
    records = [make_record() for _ in range(4)]
    journal_of(tmp_path, *records[:2])
    journal_of(tmp_path, *records[2:])

    async def scenario(drain: AuditDrain) -> None:
        assert await drain.settle()

    running(make_journal(tmp_path), scenario)
    assert stored_ids() == [record.id for record in records]


def test_changes_are_chained_in_the_background(tmp_path: Path) -> None:
    record_change(make_change())

    async def scenario(drain: AuditDrain) -> None:
        assert await drain.settle()

    running(make_journal(tmp_path), scenario)
    assert AuditChange.objects.get().sequence == 1


def test_the_end_moves_what_there_is(tmp_path: Path) -> None:
    journal, record = make_journal(tmp_path), make_record()

    async def scenario(drain: AuditDrain) -> None:
        assert await drain.settle()
        journal.append(record)

    running(journal, scenario)
    assert stored_ids() == [record.id]
    assert segments(tmp_path) == []


def test_records_wait_while_the_database_is_away(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    journal = make_journal(tmp_path)
    records = [make_record(purpose="geheim") for _ in range(4)]

    async def scenario(drain: AuditDrain) -> None:
        journal.append(records[0])
        assert await drain.settle()
        with database_away():
            for record in records[1:3]:
                journal.append(record)
                assert not await drain.settle()
            # However often it was tried, the files did not become more than the one left and the one written.
            assert len(segments(tmp_path)) <= 2
            journal.append(records[3])
        assert await drain.settle()

    running(journal, scenario)
    assert stored_ids() == [record.id for record in records]
    assert list(verify(ChainName.READS)) == []
    assert "auditing is behind: OperationalError" in caplog.text
    assert "geheim" not in caplog.text


def test_an_end_without_a_database_leaves_the_records_in_the_journal(tmp_path: Path) -> None:
    journal, record = make_journal(tmp_path), make_record()

    async def scenario(drain: AuditDrain) -> None:
        journal.append(record)
        with database_away():
            await drain.stop()

    running(journal, scenario)
    assert stored_ids() == []
    assert draining.drain_folder(tmp_path).records == 1
    assert stored_ids() == [record.id]


def test_an_end_does_not_wait_for_a_database_that_hangs(tmp_path: Path) -> None:
    journal, record = make_journal(tmp_path), make_record()
    drain = AuditDrain(journal, interval=NEVER)

    async def scenario() -> None:
        await drain.start()
        assert await drain.settle()
        with psycopg.connect(database_conninfo()) as other:
            other.execute("LOCK TABLE audit_auditchain")
            journal.append(record)
            await drain.stop(within=0.1)
            assert not await drain.settle()
            assert len(segments(tmp_path)) == 1

    asyncio.run(scenario())
    # The other has let go: the thread ends with what it had begun.
    drain._thread.shutdown(wait=True)
    assert stored_ids() == [record.id]


def test_nothing_that_goes_wrong_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    journal, record = make_journal(tmp_path), make_record()

    def fail(_folder: Path) -> None:
        raise RuntimeError("13812341234")

    async def scenario(drain: AuditDrain) -> None:
        with monkeypatch.context() as fault:
            fault.setattr("backend.audit.drain.drain_folder", fail)
            journal.append(record)
            assert not await drain.settle()
        assert await drain.settle()

    running(journal, scenario)
    assert stored_ids() == [record.id]
    assert "auditing is behind: RuntimeError" in caplog.text
    assert "13812341234" not in caplog.text


def test_a_drain_that_does_not_run_settles_nothing(tmp_path: Path) -> None:
    drain = AuditDrain(make_journal(tmp_path))

    async def scenario() -> None:
        assert not await drain.settle()
        await drain.stop()

    asyncio.run(scenario())
    assert not AuditRead.objects.exists()
