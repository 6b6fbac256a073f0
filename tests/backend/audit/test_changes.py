"""There is no write without its record, and every record is chained, whoever writes at the same moment."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier, Event

import pytest
from django.db import connection, transaction

from backend.audit.chaining import BATCH, chain_changes
from backend.audit.changes import change_of, record_change
from backend.audit.models import AuditChange, ChainName
from backend.audit.verification import verify
from backend.models import new_id
from permissions.principal import PrincipalKind
from permissions.resources import Action, Resource
from tests.backend.audit.making import CUSTOMER, make_change

WRITERS, EACH = 6, 20


@pytest.mark.django_db
def test_a_change_is_stored_whole() -> None:
    change = make_change(correlation_id=new_id())
    record_change(change)
    row = AuditChange.objects.get(row_id=CUSTOMER)
    assert change_of(row) == change
    assert (row.sequence, row.previous_hash, row.hash) == (None, None, None)


@pytest.mark.django_db
def test_the_engine_s_own_names_are_stored_by_their_values() -> None:
    names = {"principal_kind": PrincipalKind.USER, "action": Action.UPDATE, "resource": Resource.CUSTOMER}
    record_change(make_change(**names))
    row = AuditChange.objects.get()
    assert (row.principal_kind, row.action, row.resource) == ("user", "update", "customer")


@pytest.mark.django_db
def test_what_a_client_sends_does_not_keep_a_change_off_the_record() -> None:
    record_change(replace(make_change(), client="a\0b", operation="x" * 10_000))
    assert AuditChange.objects.get().client == "a\N{REPLACEMENT CHARACTER}b"


@pytest.mark.django_db(transaction=True)
def test_a_write_that_is_undone_leaves_no_record() -> None:
    with transaction.atomic():
        record_change(make_change())
        transaction.set_rollback(True)
    assert not AuditChange.objects.exists()


@pytest.mark.django_db
def test_changes_are_chained_in_the_order_they_were_made() -> None:
    changes = [make_change() for _ in range(BATCH + 2)]
    # Whatever order their transactions came to commit in.
    for change in reversed(changes):
        record_change(change)
    assert chain_changes() == len(changes)
    assert chain_changes() == 0
    chained = list(AuditChange.objects.order_by("sequence").values_list("id", "sequence"))
    assert chained == [(change.id, place) for place, change in enumerate(changes, 1)]
    assert list(verify(ChainName.CHANGES)) == []


@pytest.mark.django_db
def test_numbers_and_nested_values_survive_the_database() -> None:
    values = {"n": {"before": 10**22, "after": -0.5}, "tags": {"before": ["甲", None], "after": {"b": 1, "a": 1.0}}}
    record_change(make_change(changes=values))
    chain_changes()
    assert list(verify(ChainName.CHANGES)) == []


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_and_chainings_at_once_make_one_chain() -> None:
    barrier = Barrier(WRITERS + 2, timeout=30)
    is_written = Event()

    def write(_place: int) -> int:
        try:
            barrier.wait()
            for _ in range(EACH):
                with transaction.atomic():
                    record_change(make_change())
            return 0
        finally:
            connection.close()

    def chain(_place: int) -> int:
        try:
            barrier.wait()
            chained = 0
            while not is_written.is_set():
                chained += chain_changes()
            return chained
        finally:
            connection.close()

    with ThreadPoolExecutor(WRITERS + 2) as threads:
        chaining = [threads.submit(chain, place) for place in range(2)]
        writing = [threads.submit(write, place) for place in range(WRITERS)]
        for each in writing:
            each.result()
        is_written.set()
        chained = sum(each.result() for each in chaining) + chain_changes()
    assert chained == WRITERS * EACH
    assert list(AuditChange.objects.order_by("sequence").values_list("sequence", flat=True)) == [*range(1, chained + 1)]
    assert list(verify(ChainName.CHANGES)) == []


@pytest.mark.django_db(transaction=True)
def test_a_writer_does_not_wait_for_the_chain_and_chaining_does_not_wait_for_a_writer() -> None:
    early, late = make_change(), make_change()

    def write_and_chain() -> int:
        try:
            record_change(late)
            return chain_changes()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as threads, transaction.atomic():
        record_change(early)
        # While the first writer's transaction is open, the second's change is committed and chained.
        assert threads.submit(write_and_chain).result(timeout=30) == 1
    assert chain_changes() == 1
    assert [row.id for row in AuditChange.objects.order_by("sequence")] == [late.id, early.id]
    assert list(verify(ChainName.CHANGES)) == []
