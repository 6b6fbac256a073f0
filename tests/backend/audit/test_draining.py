"""Every record of a journal comes into the database, and none twice."""

import fcntl
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import IO

import pytest
from django.db import DatabaseError, connection

from backend.audit.draining import drain_folder
from backend.audit.journal import BATCH, ReadEntry
from backend.audit.lines import encode_line
from backend.audit.models import AuditRead, AuditReadEntry, ChainName
from backend.audit.reads import append_reads
from backend.audit.records import ReadRecord
from backend.audit.segments import damaged_segments, segments
from backend.audit.verification import verify
from tests.backend.audit.making import CUSTOMER, PRINCIPAL, journal_of, make_journal, make_keys, make_record, stored_ids

pytestmark = pytest.mark.django_db


def test_a_record_becomes_a_row_with_its_entries(tmp_path: Path) -> None:
    record = make_record(
        entries=(
            ReadEntry("Customer", ("phone", "email"), ("contact_info",), (str(CUSTOMER), *make_keys(1))),
            ReadEntry("Contract", ("amount",), ("financial",), make_keys(2000)),
        )
    )
    journal_of(tmp_path, record)
    drained = drain_folder(tmp_path)
    assert (drained.records, drained.files, drained.torn_bytes, drained.damaged) == (1, 1, 0, [])
    row = AuditRead.objects.get()
    same = "id at principal_kind principal_id client ip request_id operation document_hash purpose policy_version"
    assert [getattr(row, name) for name in same.split()] == [getattr(record, name) for name in same.split()]
    assert tuple(row.roles) == record.roles
    stored = [
        ReadEntry(each.type, tuple(each.fields), tuple(each.categories), tuple(map(str, each.row_ids)))
        for each in row.entries.order_by("position")
    ]
    assert stored == list(record.entries)
    assert segments(tmp_path) == []


def test_who_looked_at_a_customer_can_be_asked(tmp_path: Path) -> None:
    looked = make_record(entries=(ReadEntry("Customer", ("phone",), ("contact_info",), (str(CUSTOMER),)),))
    journal_of(tmp_path, make_record(), looked, make_record())
    drain_folder(tmp_path)
    (entry,) = AuditReadEntry.objects.filter(row_ids__contains=[CUSTOMER]).select_related("read")
    assert (entry.read_id, entry.read.principal_id, entry.fields) == (looked.id, PRINCIPAL, ["phone"])


def test_more_than_a_batch_keeps_its_order(tmp_path: Path) -> None:
    records = [make_record(rows=1) for _ in range(2 * BATCH + 1)]
    journal_of(tmp_path, *records)
    assert drain_folder(tmp_path).records == len(records)
    assert stored_ids() == [record.id for record in records]
    assert list(verify(ChainName.READS)) == []


def test_a_crash_between_commit_and_removal_doubles_nothing(tmp_path: Path) -> None:
    records = [make_record() for _ in range(3)]
    journal_of(tmp_path, *records)
    (path,) = segments(tmp_path)
    content = path.read_bytes()
    drain_folder(tmp_path)
    # As if the process had ended before it removed the file.
    path.write_bytes(content + encode_line(late := make_record()))
    assert drain_folder(tmp_path).records == 1
    assert stored_ids() == [*(record.id for record in records), late.id]
    assert list(verify(ChainName.READS)) == []


def test_a_record_written_twice_is_stored_once(tmp_path: Path) -> None:
    record = make_record()
    journal_of(tmp_path, record, record)
    assert drain_folder(tmp_path).records == 1
    assert stored_ids() == [record.id]


def test_a_crash_between_two_batches_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = [make_record(rows=0) for _ in range(BATCH + 1)]
    journal_of(tmp_path, *records)

    def fail_at_the_second(batch: list[ReadRecord]) -> int:
        if len(batch) == 1:
            raise DatabaseError("the database went away")
        return append_reads(batch)

    with monkeypatch.context() as database:
        database.setattr("backend.audit.draining.append_reads", fail_at_the_second)
        with pytest.raises(DatabaseError):
            drain_folder(tmp_path)
    assert len(stored_ids()) == BATCH
    assert drain_folder(tmp_path).records == 1
    assert stored_ids() == [record.id for record in records]


def test_a_torn_end_is_reported_and_what_came_before_it_is_stored(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    record, torn = make_record(), encode_line(make_record(purpose="geheim"))[:-7]
    journal_of(tmp_path, record)
    (path,) = segments(tmp_path)
    path.write_bytes(path.read_bytes() + torn)
    drained = drain_folder(tmp_path)
    assert (drained.records, drained.torn_bytes) == (1, len(torn))
    assert stored_ids() == [record.id]
    assert f"ends in {len(torn)} bytes of a record that was cut short" in caplog.text
    assert "geheim" not in caplog.text
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_altered_is_kept_and_the_rest_of_it_is_stored(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    records = [make_record() for _ in range(3)]
    journal_of(tmp_path, *records)
    (path,) = segments(tmp_path)
    altered = path.read_bytes().replace(str(records[1].id).encode(), str(records[0].id).encode())
    path.write_bytes(altered)
    drained = drain_folder(tmp_path)
    assert drained.records == 2
    assert stored_ids() == [records[0].id, records[2].id]
    assert drained.damaged == damaged_segments(tmp_path)
    assert drained.damaged[0].read_bytes() == altered
    assert "1 lines cannot be read" in caplog.text
    assert drain_folder(tmp_path).files == 0


def test_a_file_its_process_still_writes_is_left_to_it(tmp_path: Path) -> None:
    journal, record = make_journal(tmp_path), make_record()
    journal.append(record)
    assert drain_folder(tmp_path).files == 0
    assert stored_ids() == []
    journal.rotate()
    assert drain_folder(tmp_path).records == 1


def test_a_file_another_drain_just_removed_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal_of(tmp_path, make_record())
    (path,) = segments(tmp_path)
    lock = fcntl.flock

    def flock(file: IO[bytes], operation: int) -> None:
        # Between our opening the file and our locking it.
        path.unlink()
        lock(file, operation)

    monkeypatch.setattr(fcntl, "flock", flock)
    assert drain_folder(tmp_path).files == 0


def test_nothing_to_drain_is_nothing(tmp_path: Path) -> None:
    assert drain_folder(tmp_path / "none").files == 0


@pytest.mark.django_db(transaction=True)
def test_drains_at_once_store_every_record_once(tmp_path: Path) -> None:
    records = [make_record() for _ in range(60)]
    for start in range(0, 60, 3):
        journal_of(tmp_path, *records[start : start + 3])
    drains = 4
    barrier = Barrier(drains, timeout=30)

    def drain(_place: int) -> int:
        try:
            connection.ensure_connection()
            barrier.wait()
            return drain_folder(tmp_path).records
        finally:
            connection.close()

    with ThreadPoolExecutor(drains) as threads:
        moved = list(threads.map(drain, range(drains)))
    assert sum(moved) == 60
    assert sorted(stored_ids()) == sorted(record.id for record in records)
    assert list(verify(ChainName.READS)) == []
    assert segments(tmp_path) == []
