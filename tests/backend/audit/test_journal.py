"""What cannot be put on record is not answered."""

import asyncio
import errno
import fcntl
import os
from pathlib import Path
from threading import Event

import pytest

from backend.audit import segments
from backend.audit.journal import AuditUnavailable, JournalSync, ReadJournal
from backend.audit.lines import decode_line, encode_line
from tests.backend.audit.making import MEGABYTE, make_journal, make_record


def lines_in(folder: Path) -> list[bytes]:
    """Return the lines of all journals in a folder."""
    return [line for path in segments.segments(folder) for line in path.read_bytes().splitlines(keepends=True)]


def test_a_record_is_in_the_file_when_append_returns(tmp_path: Path) -> None:
    records = [make_record() for _ in range(3)]
    journal = make_journal(tmp_path)
    for count, record in enumerate(records, 1):
        journal.append(record)
        assert [decode_line(line) for line in lines_in(tmp_path)] == records[:count]


def test_only_its_owner_may_read_a_journal(tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    make_journal(folder).append(make_record())
    (path,) = segments.segments(folder)
    assert (folder.stat().st_mode & 0o777, path.stat().st_mode & 0o777) == (0o700, 0o600)


def test_a_folder_that_cannot_be_written_makes_it_unavailable(tmp_path: Path) -> None:
    (tmp_path / "audit").write_text("a file where the folder should be")
    with pytest.raises(AuditUnavailable):
        make_journal(tmp_path / "audit").append(make_record())


def test_it_is_available_again_when_the_folder_is(tmp_path: Path) -> None:
    obstacle = tmp_path / "audit"
    obstacle.write_text("a file where the folder should be")
    journal = make_journal(obstacle)
    with pytest.raises(AuditUnavailable):
        journal.append(make_record())
    obstacle.unlink()
    record = make_record()
    journal.append(record)
    assert [decode_line(line) for line in lines_in(obstacle)] == [record]


@pytest.mark.parametrize("sync", JournalSync)
def test_a_full_disk_makes_it_unavailable(tmp_path: Path, sync: JournalSync) -> None:
    # A device that is always full, where the journal's own file would be.
    journal = ReadJournal(tmp_path, limit_bytes=MEGABYTE, sync=sync)
    journal.append(make_record())
    assert journal._segment is not None
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, journal._segment.descriptor)
    os.close(full)
    with pytest.raises(AuditUnavailable) as unavailable:
        asyncio.run(journal.keep(make_record()))
    assert isinstance(unavailable.value.__cause__, OSError)
    assert unavailable.value.__cause__.errno == errno.ENOSPC


def test_a_record_half_written_is_not_continued_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, torn, after = (make_record() for _ in range(3))
    journal = make_journal(tmp_path)
    journal.append(before)
    write = os.write
    with monkeypatch.context() as disk:
        disk.setattr(os, "write", lambda descriptor, line: write(descriptor, line[:40]))
        with pytest.raises(AuditUnavailable):
            journal.append(torn)
    journal.append(after)
    assert lines_in(tmp_path) == [encode_line(before), encode_line(torn)[:40], encode_line(after)]


def test_a_journal_that_nobody_empties_fills_up_and_makes_it_unavailable(tmp_path: Path) -> None:
    line = len(encode_line(make_record()))
    journal = make_journal(tmp_path, limit_bytes=3 * line)
    for _ in range(3):
        journal.append(make_record())
    with pytest.raises(AuditUnavailable, match="full"):
        journal.append(make_record())
    assert len(lines_in(tmp_path)) == 3


def test_the_limit_is_for_all_processes_of_a_machine(tmp_path: Path) -> None:
    line = len(encode_line(make_record()))
    one, other = (make_journal(tmp_path, limit_bytes=3 * line) for _ in range(2))
    one.append(make_record())
    one.append(make_record())
    other.append(make_record())
    one.measure()
    with pytest.raises(AuditUnavailable, match="full"):
        one.append(make_record())
    other.rotate()
    segments.segments(tmp_path)[-1].unlink()
    one.measure()
    one.append(make_record())


def test_every_batch_wakes_whoever_moves_records_on(tmp_path: Path) -> None:
    woken = []
    journal = make_journal(tmp_path)
    journal.on_batch = lambda: woken.append(len(lines_in(tmp_path)))
    for _ in range(1001):
        journal.append(make_record(rows=0))
    assert woken == [500, 1000]


def test_durable_records_are_flushed_before_they_are_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[int] = []
    monkeypatch.setattr(os, "fdatasync", lambda descriptor: flushed.append(os.fstat(descriptor).st_size))
    journal = ReadJournal(tmp_path, limit_bytes=MEGABYTE, sync=JournalSync.FSYNC)
    sizes = []
    for record in (make_record(), make_record()):
        asyncio.run(journal.keep(record))
        sizes.append(sum(map(len, lines_in(tmp_path))))
    assert flushed == sizes


def test_records_that_come_during_a_flush_share_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[int] = []
    is_flushing, all_came = Event(), Event()

    def flush(descriptor: int) -> None:
        flushed.append(os.fstat(descriptor).st_size)
        is_flushing.set()
        assert all_came.wait(60)

    monkeypatch.setattr(os, "fdatasync", flush)
    journal = ReadJournal(tmp_path, limit_bytes=MEGABYTE, sync=JournalSync.FSYNC)

    async def come() -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(journal.append_durably(make_record()))
            assert await asyncio.to_thread(is_flushing.wait, 60)
            for _ in range(50):
                tasks.create_task(journal.append_durably(make_record()))
            # Each has run once now, and waits for a flush.
            await asyncio.sleep(0)
            assert len(lines_in(tmp_path)) == 51
            all_came.set()

    asyncio.run(come())
    sizes = [len(line) for line in lines_in(tmp_path)]
    assert flushed == [sizes[0], sum(sizes)]


def test_a_file_that_ends_is_flushed_for_those_who_still_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushed: list[int] = []
    monkeypatch.setattr(os, "fdatasync", lambda descriptor: flushed.append(os.fstat(descriptor).st_size))
    journal = ReadJournal(tmp_path, limit_bytes=MEGABYTE, sync=JournalSync.FSYNC)
    journal.append(make_record())
    journal.rotate()
    assert flushed == [len(line) for line in lines_in(tmp_path)]


def test_what_the_disk_did_not_take_is_never_called_safe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_descriptor: int) -> None:
        raise OSError(errno.EIO, "a broken disk")

    journal = ReadJournal(tmp_path, limit_bytes=MEGABYTE, sync=JournalSync.FSYNC)
    with monkeypatch.context() as disk:
        disk.setattr(os, "fdatasync", fail)
        with pytest.raises(AuditUnavailable):
            asyncio.run(journal.append_durably(make_record()))
    # The kernel says it once and then forgets it: we do not.
    with pytest.raises(AuditUnavailable):
        asyncio.run(journal.append_durably(make_record()))
    with pytest.raises(OSError, match="did not take"):
        journal.rotate()


def test_a_new_file_taken_for_a_dead_process_s_is_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Another process drains the folder between the file's making and its locking.
    lock = fcntl.flock
    drained: list[Path] = []

    def flock(descriptor: int, operation: int) -> None:
        if not drained:
            (path,) = segments.segments(tmp_path)
            path.unlink()
            drained.append(path)
        lock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", flock)
    record = make_record()
    make_journal(tmp_path).append(record)
    assert drained
    assert lines_in(tmp_path) == [encode_line(record)]
