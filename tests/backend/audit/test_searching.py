"""Records are found through an index, whatever is looked for, and pages cover ties in time once."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from backend.audit.changes import record_change
from backend.audit.journal import ReadEntry
from backend.audit.models import AuditRead
from backend.audit.reads import append_reads
from backend.audit.searching import PageWanted, Place, Search, changes, page, reads
from tests.backend.audit.making import make_change, make_record

pytestmark = pytest.mark.django_db

COUNT = 20_000
START = datetime(2026, 1, 1, tzinfo=UTC)
# A read a minute by each of a hundred people in turn, of one of a thousand rows; a rare field among common ones.
READS = """
INSERT INTO audit_auditread SELECT ('01890000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
  '2026-01-01Z'::timestamptz + n * interval '1 minute', 'user',
  ('01890000-0000-7000-9000-' || lpad(to_hex(n %% 100), 12, '0'))::uuid,
  '{sales}', 'app', '192.0.2.1', 'r-' || n, '', 'ab', '', '1', n, '', '' FROM generate_series(1, %s) AS n
"""
ENTRIES = """
INSERT INTO audit_auditreadentry (read_id, position, type, fields, categories, row_ids)
SELECT ('01890000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 0,
  CASE WHEN n %% 5000 = 0 THEN 'Payment' ELSE 'Customer' END,
  CASE WHEN n %% 5000 = 0 THEN '{bankAccount}'::text[] ELSE '{phone}' END,
  CASE WHEN n %% 5000 = 0 THEN '{FINANCIAL}'::text[] ELSE '{CONTACT_INFO}' END,
  ARRAY[('01890000-0000-7000-a000-' || lpad(to_hex(n %% 1000), 12, '0'))::uuid] FROM generate_series(1, %s) AS n
"""
CHANGES = """
INSERT INTO audit_auditchange SELECT ('01890000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
  '2026-01-01Z'::timestamptz + n * interval '1 minute', 'user',
  ('01890000-0000-7000-9000-' || lpad(to_hex(n %% 100), 12, '0'))::uuid,
  '{sales}', 'app', '192.0.2.1', 'r-' || n, '',
  CASE WHEN n %% 5000 = 0 THEN 'rare' ELSE 'update' END, CASE WHEN n %% 5000 = 0 THEN 'payment' ELSE 'customer' END,
  ('01890000-0000-7000-a000-' || lpad(to_hex(n %% 1000), 12, '0'))::uuid,
  CASE WHEN n %% 5000 = 0 THEN '{"amount": {}}'::jsonb ELSE '{"phone": {}}' END, NULL FROM generate_series(1, %s) AS n
"""
PERSON, ROW = (uuid.UUID(f"01890000-0000-7000-{kind}000-000000000007") for kind in "9a")
COMMON: dict[str, Search] = {
    "everything": Search(),
    "a person": Search(person=PERSON),
    "a stranger": Search(person=uuid.uuid4()),
    "a row": Search(row=ROW),
    "a row nobody touched": Search(row=uuid.uuid4()),
    "a person and a row": Search(person=PERSON, row=ROW),
    "a request": Search(request_id="r-77"),
    "a time": Search(since=START + timedelta(hours=5), until=START + timedelta(hours=6)),
}
OF_READS = COMMON | {
    "a common type": Search(type="Customer"),
    "a rare type": Search(type="Payment"),
    "no type": Search(type="Nothing"),
    "a common field": Search(fields=("phone",)),
    "a rare field": Search(fields=("bankAccount",)),
    "a rare category": Search(category="FINANCIAL"),
    "no category": Search(category="IDENTITY"),
}
OF_CHANGES = COMMON | {
    "a common type": Search(type="customer"),
    "a rare type": Search(type="payment"),
    "a rare action": Search(action="rare"),
    "a rare field": Search(fields=("amount",)),
    "a category": Search(by_type=(("payment", ("amount",)), ("contract", ("amount",)))),
}


@pytest.fixture
def many() -> None:
    """Store many records, and let the planner know."""
    with connection.cursor() as cursor:
        for statement in (READS, ENTRIES, CHANGES):
            cursor.execute(statement, [COUNT])
        cursor.execute("ANALYZE audit_auditread, audit_auditreadentry, audit_auditchange")


def plans(search: Search, find: Callable[[Search], Any]) -> str:
    """Return how the first page is found."""
    return str(find(search).order_by("-at", "-id")[:51].explain())


@pytest.mark.usefixtures("many")
def test_every_search_for_reads_has_an_index() -> None:
    found = {name: plans(search, reads) for name, search in OF_READS.items()}
    assert {name: plan for name, plan in found.items() if "Seq Scan" in plan} == {}


@pytest.mark.usefixtures("many")
def test_every_search_for_changes_has_an_index() -> None:
    found = {name: plans(search, changes) for name, search in OF_CHANGES.items()}
    assert {name: plan for name, plan in found.items() if "Seq Scan" in plan} == {}


@pytest.mark.usefixtures("many")
def test_searches_find_what_they_should() -> None:
    assert reads(Search(person=PERSON)).count() == COUNT / 100
    assert reads(Search(row=ROW)).count() == COUNT / 1000
    assert reads(Search(type="Payment", fields=("bankAccount",), category="FINANCIAL")).count() == COUNT / 5000
    assert changes(Search(action="rare", fields=("amount", "x"))).count() == COUNT / 5000
    hour = Search(since=START + timedelta(hours=1), until=START + timedelta(hours=2))
    assert reads(hour).count() == changes(hour).count() == 60


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
def test_pages_cover_records_of_one_moment_once(size: int) -> None:
    append_reads([make_record(at=START, request_id="same") for _ in range(7)])
    whole = [each.id for each in reads(Search()).order_by("-at", "-id")]
    assert _walked(size, backward=False) == whole
    assert _walked(size, backward=True) == whole


def _walked(size: int, *, backward: bool) -> list[uuid.UUID]:
    found: list[uuid.UUID] = []
    place: Place | None = None
    while True:
        sides = {"before": place} if backward else {"after": place}
        listed = page(reads(Search()), PageWanted(size, backward, **sides))
        keys = [each.id for each in listed.records]
        found = [*keys, *found] if backward else [*found, *keys]
        assert (listed.has_next if backward else listed.has_previous) is (place is not None)
        if not (listed.has_previous if backward else listed.has_next):
            return found
        last: AuditRead = listed.records[0] if backward else listed.records[-1]
        place = Place(last.at, last.id)


def test_between_two_places_is_what_lies_between() -> None:
    for number in range(5):
        record_change(make_change(at=START + timedelta(seconds=number)))
    newest, _, _, _, oldest = changes(Search()).order_by("-at", "-id")
    between = PageWanted(10, after=Place(newest.at, newest.id), before=Place(oldest.at, oldest.id))
    found = page(changes(Search()), between)
    assert [each.at for each in found.records] == [START + timedelta(seconds=number) for number in (3, 2, 1)]
    assert (found.has_next, found.has_previous) == (True, True)


def test_several_fields_and_entries_of_one_read_make_it_one() -> None:
    key = str(uuid.uuid4())
    entries = tuple(ReadEntry("Customer", (name,), ("CONTACT_INFO",), (key,)) for name in ("phone", "email"))
    append_reads([make_record(entries=entries)])
    assert reads(Search(row=uuid.UUID(key))).count() == reads(Search(type="Customer")).count() == 1
    assert reads(Search(row=uuid.UUID(key), fields=("phone", "email"))).count() == 1
