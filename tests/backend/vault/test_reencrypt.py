"""`manage.py reencrypt`: everything comes along, whoever writes meanwhile and whatever kills it."""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Self
from uuid import UUID

import psycopg
import pytest
from django.core.management.base import CommandError
from django.db import connection

from backend.vault.columns import BATCH, encrypted_tables
from backend.vault.errors import KeyMissing
from backend.vault.keyring import Keyring, keyring
from backend.vault.models import DataKey
from backend.vault.reencryption import reencrypt_table
from backend.vault.states import KeyState
from backend.vault.store import default_conninfo
from tests.backend.vault.commands import finished, said, started
from tests.backend.vault.people.models import Account, Person
from tests.backend.vault.people.rows import active_key, give, key_ids, make_people, plaintexts, run, stored

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("keys")]

PATIENCE_SECONDS = 60
GATE = 7_044_202_699
TRIGGER = """
CREATE FUNCTION wait_at_the_gate() RETURNS trigger LANGUAGE plpgsql AS
$$BEGIN PERFORM pg_advisory_xact_lock(7044202699); RETURN NEW; END$$;
CREATE TRIGGER gate BEFORE UPDATE ON vault_people_person
FOR EACH ROW WHEN (NEW.name = 'gate') EXECUTE FUNCTION wait_at_the_gate()
"""


def test_every_value_comes_along_and_reads_as_before() -> None:
    people = make_people(BATCH + 20)
    account = Account.objects.create(phone="13800000000")
    indexes = run("SELECT id, phone_index, email_index, updated_at FROM vault_people_person ORDER BY id")
    said("keys", "rotate")
    assert said("reencrypt").startswith(
        f"{4 * (BATCH + 20) + 1} values were sealed again, under data key {active_key()}"
    )
    assert key_ids() == {active_key()}
    assert plaintexts() == people
    assert Account.objects.get().phone == account.phone
    assert run("SELECT id, phone_index, email_index, updated_at FROM vault_people_person ORDER BY id") == indexes


def test_what_is_done_is_not_done_again() -> None:
    make_people(3)
    said("keys", "rotate")
    said("reencrypt")
    before = stored()
    assert said("reencrypt").startswith("0 values")
    assert stored() == before


def test_there_may_be_nothing_to_do() -> None:
    assert said("reencrypt").startswith("0 values")


def test_values_of_several_keys_and_of_none_come_along() -> None:
    for phone in ("13900000001", "13900000002", None):
        Person.objects.create(phone=phone, note="x")
        said("keys", "rotate")
    assert len(key_ids()) == 3
    people = plaintexts()
    said("reencrypt")
    assert key_ids() == {active_key()}
    assert plaintexts() == people


def test_a_broken_value_is_named_left_as_it_is_and_stops_nothing() -> None:
    people = make_people(5)
    one, other = sorted(people)[1:3]
    phone, note = stored()[one][0], stored()[other][2]
    assert phone is not None
    assert note is not None
    give(one, "phone", phone[:-1] + bytes([phone[-1] ^ 1]))
    give(other, "note", b"never sealed")
    broken = stored()
    said("keys", "rotate")
    with pytest.raises(CommandError, match=r"^2 values are still under older keys; 2 of them do not open\.$"):
        said("reencrypt")
    assert stored()[one][0] == broken[one][0]
    assert stored()[other][2] == b"never sealed"
    give(one, "phone", phone)
    give(other, "note", note)
    said("reencrypt")
    assert plaintexts() == people


@contextmanager
def held(key: UUID) -> Iterator[psycopg.Connection[Any]]:
    """Hold a row in a session of somebody else."""
    with psycopg.connect(default_conninfo()) as session:
        session.execute("SELECT 1 FROM vault_people_person WHERE id = %s FOR UPDATE", [key])
        yield session


def test_a_row_somebody_holds_is_gone_around_and_what_they_write_stays() -> None:
    people = make_people(10)
    key = sorted(people)[4]
    other = Person.objects.create(phone="13811111111", note="changed")
    said("keys", "rotate")
    (table,) = (each for each in encrypted_tables() if each.name == "vault_people_person")
    batches = reencrypt_table(table)
    # A pass that waits for whoever this test is would wait for ever.
    run("SET lock_timeout = '5s'")
    with held(key) as session:
        first = next(batches)
        assert first.rows == 10
        # They write under the key from before, after the pass that went around them.
        field = Person._meta.get_field("phone")
        sealed = _sealed_under_the_first_key(field, key, "13811111111")
        session.execute("UPDATE vault_people_person SET phone = %s WHERE id = %s", [sealed, key])
    assert [batch.rows for batch in batches] == [1]
    run("RESET lock_timeout")
    assert key_ids() == {active_key()}
    assert plaintexts() == people | {
        key: ("13811111111", *people[key][1:]),
        other.pk: ("13811111111", None, "changed", None, None),
    }


def _sealed_under_the_first_key(field: Any, key: UUID, text: str) -> bytes:
    from backend.vault.envelope import DataKey as KeyInUse  # noqa: PLC0415  the row's class has the name here

    return bytes(field.seal_text(key, text, data_key=KeyInUse(1, keyring().cipher(1))))


class Busy:
    """People who write and read for as long as the block runs; what they wrote, and what went wrong."""

    def __init__(self, people: dict[UUID, tuple[Any, ...]]) -> None:
        self.people, self.keys = people, sorted(people)
        self.written: dict[UUID, str] = {}
        self.failures: list[BaseException] = []
        self._stop = threading.Event()
        work = [(self._write, self.keys[0::40]), (self._write, self.keys[1::40]), (self._read, self.keys)]
        self._threads = [threading.Thread(target=self._guarded, args=each) for each in work]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _guarded(self, work: Callable[[list[UUID], int], None], keys: list[UUID]) -> None:
        try:
            # Twice at the least, however soon the block ends.
            for turn in itertools.takewhile(lambda turn: turn < 2 or not self._stop.is_set(), itertools.count()):
                work(keys, turn)
        except BaseException as error:  # noqa: BLE001  whatever it is, the test fails by it
            self.failures.append(error)
        finally:
            connection.close()

    def _write(self, keys: list[UUID], turn: int) -> None:
        for place, key in enumerate(keys):
            person = Person.objects.get(pk=key)
            person.phone = f"138{turn:04}{place:04}"
            person.save(update_fields=["phone"])
            self.written[key] = person.phone

    def _read(self, keys: list[UUID], _turn: int) -> None:
        assert {each.pk: each.note for each in Person.objects.all()} == {key: self.people[key][2] for key in keys}


def test_rotations_and_jobs_among_writers_and_readers_lose_nothing() -> None:
    people = make_people(120)
    with Busy(people) as busy:
        for _ in range(4):
            keyring().rotate()
            for table in encrypted_tables():
                assert not [batch for batch in reencrypt_table(table) if batch.broken]
    assert busy.failures == []
    said("reencrypt")
    assert key_ids() == {active_key()}
    assert plaintexts() == {key: (busy.written.get(key, values[0]), *values[1:]) for key, values in people.items()}
    assert len(busy.written) == 6
    found = dict(run("SELECT id, phone_index FROM vault_people_person"))
    field: Any = Person._meta.get_field("phone")
    assert found == {key: field.index_for(values[0]) for key, values in plaintexts().items()}


def test_a_job_that_is_killed_has_done_whole_batches_and_goes_on_where_it_ended() -> None:
    people = make_people(3 * BATCH)
    gate = sorted(people)[2 * BATCH + 7]
    Person.objects.filter(pk=gate).update(name="gate")
    said("keys", "rotate")
    with connection.cursor() as cursor:
        cursor.execute(TRIGGER)
    try:
        with psycopg.connect(default_conninfo(), autocommit=True) as keeper:
            keeper.execute("SELECT pg_advisory_lock(%s)", [GATE])
            with started("reencrypt") as process:
                _wait_until_somebody_waits(keeper, process)
                process.kill()
                assert process.wait() == -9
        under = {row: len({value[1:5] for value in values if value}) for row, values in stored().items()}
        assert set(under.values()) == {1}
        assert _done() == sorted(people)[: 2 * BATCH]
        assert plaintexts() == people
    finally:
        run("DROP FUNCTION wait_at_the_gate() CASCADE")
    status, printed, complained = finished("reencrypt")
    assert (status, printed) == (0, f"{4 * BATCH} values were sealed again, under data key {active_key()}.\n"), (
        complained
    )
    assert key_ids() == {active_key()}
    assert plaintexts() == people


def _done() -> list[UUID]:
    current = active_key().to_bytes(4, "big")
    return [key for key, values in sorted(stored().items()) if values[0] is not None and values[0][1:5] == current]


def _wait_until_somebody_waits(session: psycopg.Connection[Any], process: Any) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = %s"
    while session.execute(waiting, [GATE & 0xFFFFFFFF]).fetchone() != (1,):
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline


def test_a_retired_key_that_is_still_needed_says_what_to_do(keys: Keyring) -> None:
    person = Person.objects.create(phone="13800000000", note="x")
    said("keys", "rotate")
    DataKey.objects.filter(key_id=1).update(state=KeyState.RETIRED, wrapped=None)
    keys.forget()
    with pytest.raises(
        KeyMissing, match=r"^Data key 1 is retired or not in this database.*restore the row of"
    ) as caught:
        _ = Person.objects.get(pk=person.pk).phone
    assert caught.value.key_id == 1
    with pytest.raises(CommandError, match=r"^2 values are still under older keys; 2 of them do not open\.$"):
        said("reencrypt")
