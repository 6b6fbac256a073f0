"""The keys of a process: read when they are needed, committed before they are used, picked up from other processes."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from backend.vault.envelope import open_sealed, seal
from backend.vault.errors import KeyMissing, KeyWrong
from backend.vault.keyring import FRESH_SECONDS, Keyring, keyring, keyring_at, using_keyring
from backend.vault.models import DataKey
from backend.vault.providers.configured import KeyEncryptionKeys
from backend.vault.providers.local import LocalKey
from backend.vault.states import KeyState, Purpose
from backend.vault.store import KeyStore, StoredKey, default_conninfo

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("keys")]

KEK, OTHER = LocalKey(b"k" * 32), LocalKey(b"o" * 32)
THREADS = 8
T = TypeVar("T")


class CountingStore(KeyStore):
    """A store that counts how often it is read."""

    reads = 0

    def read(self) -> list[StoredKey]:
        """Read, and count."""
        self.reads += 1
        return super().read()


class Clock:
    """A clock that is set by hand."""

    now = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def store() -> CountingStore:
    return CountingStore(default_conninfo)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ring(store: CountingStore, clock: Clock) -> Keyring:
    return Keyring(store, keys=lambda: KeyEncryptionKeys(KEK), clock=clock)


def another() -> Keyring:
    """Return the keyring of what could be another process."""
    return Keyring(KeyStore(default_conninfo), keys=lambda: KeyEncryptionKeys(KEK))


def at_once(work: Callable[[int], T]) -> Iterator[T]:
    """Do something in several threads at the same moment."""
    barrier = Barrier(THREADS, timeout=30)

    def one(place: int) -> T:
        barrier.wait()
        return work(place)

    with ThreadPoolExecutor(THREADS) as threads:
        yield from threads.map(one, range(THREADS))


def test_the_first_data_key_is_made_when_it_is_needed(ring: Keyring) -> None:
    assert not DataKey.objects.exists()
    assert ring.current.key_id == 1
    row = DataKey.objects.get()
    assert (row.purpose, row.state, row.provider) == (Purpose.DATA, KeyState.ACTIVE, KEK.id)


def test_a_known_key_costs_no_query(ring: Keyring, store: CountingStore) -> None:
    key_id, _ = ring.current.key_id, ring.index_key("crm_customer.phone")
    store.reads = 0
    for _ in range(100):
        assert ring.current.key_id == key_id
        ring.cipher(key_id)
        ring.index_key("crm_customer.phone")
    assert store.reads == 0


def test_processes_that_start_at_once_share_one_first_key() -> None:
    rings = [another() for _ in range(THREADS)]
    assert {key.key_id for key in at_once(lambda place: rings[place].current)} == {1}
    assert DataKey.objects.count() == 1


def test_index_keys_made_at_once_are_one_key_a_column() -> None:
    rings = [another() for _ in range(THREADS)]
    made = list(at_once(lambda place: rings[place].index_key(f"crm_customer.{place % 2}")))
    assert len(set(made)) == DataKey.objects.count() == 2
    assert {len(key) for key in made} == {32}
    assert made[0] == made[2] != made[1]


def test_an_index_key_survives_the_process_and_differs_from_any_other(ring: Keyring) -> None:
    phone = ring.index_key("crm_customer.phone")
    assert another().index_key("crm_customer.phone") == phone
    assert ring.index_key("crm_contact.phone") != phone


def test_a_key_outlives_the_transaction_it_was_made_in(ring: Keyring) -> None:
    with transaction.atomic():
        key = ring.current
        transaction.set_rollback(True)
    assert another().cipher(key.key_id)
    assert another().current.key_id == key.key_id


def test_a_key_made_by_another_process_is_picked_up_by_its_id(ring: Keyring, store: CountingStore) -> None:
    ring.cipher(ring.current.key_id)
    other = another()
    sealed = seal(b"x", data_key=other.current, associated_data=b"")
    other.rotate()
    newer = seal(b"y", data_key=other.current, associated_data=b"")
    store.reads = 0
    assert open_sealed(newer, keyring=ring, associated_data=b"") == b"y"
    assert open_sealed(sealed, keyring=ring, associated_data=b"") == b"x"
    assert store.reads == 1


def test_another_current_key_is_noticed_within_its_time(ring: Keyring, clock: Clock) -> None:
    first = ring.current.key_id
    second = another().rotate()
    assert ring.current.key_id == first
    # Reading for other reasons must not make the old one look fresh.
    clock.now += FRESH_SECONDS - 1
    ring.index_key("crm_customer.phone")
    clock.now += 1
    assert ring.current.key_id == second != first


def test_an_unknown_key_is_looked_for_once_in_a_while(ring: Keyring, store: CountingStore, clock: Clock) -> None:
    current = ring.current.key_id
    store.reads = 0
    for _ in range(3):
        for key_id in (77, 78):
            with pytest.raises(KeyMissing, match=f"^Data key {key_id} is retired or not in this database") as caught:
                ring.cipher(key_id)
            assert caught.value.key_id == key_id
    assert store.reads == 2
    clock.now += FRESH_SECONDS
    with pytest.raises(KeyMissing):
        ring.cipher(77)
    assert store.reads == 3
    assert ring.cipher(current)


def test_an_index_key_and_a_retired_key_open_no_values(ring: Keyring) -> None:
    first = ring.current.key_id
    ring.index_key("crm_customer.phone")
    ring.rotate()
    DataKey.objects.filter(key_id=first).update(state=KeyState.RETIRED, wrapped=None)
    for key_id in (first, DataKey.objects.get(purpose=Purpose.INDEX).key_id):
        with pytest.raises(KeyMissing):
            another().cipher(key_id)


def test_ids_grow_and_are_never_given_twice(ring: Keyring) -> None:
    assert [ring.current.key_id, ring.rotate(), ring.rotate()] == [1, 2, 3]
    states = dict(DataKey.objects.values_list("key_id", "state"))
    assert states == {1: KeyState.DECRYPTING, 2: KeyState.DECRYPTING, 3: KeyState.ACTIVE}
    assert set(at_once(lambda _: another().rotate())) == set(range(4, 4 + THREADS))
    assert DataKey.objects.filter(state=KeyState.ACTIVE).count() == 1


def test_another_key_encryption_key_does_not_unwrap(ring: Keyring) -> None:
    current = ring.current.key_id
    for keys in (KeyEncryptionKeys(OTHER), KeyEncryptionKeys(_Impostor())):
        wrong = Keyring(KeyStore(default_conninfo), keys=lambda keys=keys: keys)  # type: ignore[misc]
        for use in (lambda wrong=wrong: wrong.cipher(current), lambda wrong=wrong: wrong.current, wrong.unwrap_all):
            with pytest.raises(KeyWrong, match=f"^Key 1 in the database was wrapped by .* {KEK.id}"):
                use()


class _Impostor(LocalKey):
    """Another key under the same name."""

    def __init__(self) -> None:
        super().__init__(b"o" * 32)
        self.id = KEK.id


def test_wrapped_keys_cannot_be_swapped(ring: Keyring) -> None:
    assert (ring.current.key_id, ring.rotate()) == (1, 2)
    ring.index_key("crm_customer.phone")
    ring.index_key("crm_contact.phone")
    one, two, phone, other = (bytes(row.wrapped or b"") for row in DataKey.objects.order_by("key_id"))
    for moved in ([two, one, phone, other], [one, two, other, phone], [one, phone, two, other]):
        for key_id, wrapped in enumerate(moved, start=1):
            DataKey.objects.filter(key_id=key_id).update(wrapped=wrapped)
        with pytest.raises(KeyWrong):
            another().unwrap_all()


def test_an_older_key_encryption_key_unwraps_until_all_is_wrapped_anew(ring: Keyring) -> None:
    sealed = seal(b"x", data_key=ring.current, associated_data=b"")
    index_key = ring.index_key("crm_customer.phone")
    both = Keyring(KeyStore(default_conninfo), keys=lambda: KeyEncryptionKeys(OTHER, (KEK,)))
    assert open_sealed(sealed, keyring=both, associated_data=b"") == b"x"
    assert both.rewrap() == 2
    assert both.rewrap() == 0
    assert set(DataKey.objects.values_list("provider", flat=True)) == {OTHER.id}
    alone = Keyring(KeyStore(default_conninfo), keys=lambda: KeyEncryptionKeys(OTHER))
    alone.unwrap_all()
    assert open_sealed(sealed, keyring=alone, associated_data=b"") == b"x"
    assert alone.index_key("crm_customer.phone") == index_key
    with pytest.raises(KeyWrong):
        another().unwrap_all()


def test_no_wrapped_key_is_replaced_when_one_cannot_be(ring: Keyring) -> None:
    assert (ring.current.key_id, ring.rotate()) == (1, 2)
    DataKey.objects.filter(key_id=2).update(wrapped=b"broken")
    both = Keyring(KeyStore(default_conninfo), keys=lambda: KeyEncryptionKeys(OTHER, (KEK,)))
    before = list(DataKey.objects.order_by("key_id").values_list("wrapped", "provider"))
    with pytest.raises(KeyWrong, match=r"^Key 2 "):
        both.rewrap()
    assert list(DataKey.objects.order_by("key_id").values_list("wrapped", "provider")) == before


def test_nothing_shown_holds_a_key(ring: Keyring, store: CountingStore) -> None:
    key = ring.index_key("crm_customer.phone")
    current = ring.current
    shown = [repr(ring), repr(current), repr(KEK), str(KEK.__dict__.keys()), *map(repr, store.read())]
    shown += [repr(row) for row in DataKey.objects.all()]
    wrapped = [bytes(row.wrapped or b"") for row in DataKey.objects.all()]
    for secret in (key, b"k" * 32, *wrapped):
        for text in (repr(secret)[2:-1], secret.hex()):
            assert all(text not in each for each in shown)


def test_the_processs_keyring_reads_djangos_database_until_told_otherwise(ring: Keyring) -> None:
    key_id = keyring().current.key_id
    url = connection.settings_dict["NAME"]
    elsewhere = keyring_at(default_conninfo())
    with using_keyring(elsewhere):
        assert keyring() is elsewhere
        assert keyring().current.key_id == key_id
    assert keyring() is not elsewhere
    assert url in default_conninfo()


def test_a_flushed_database_is_noticed() -> None:
    assert keyring().current.key_id == 1
    keyring().rotate()
    assert keyring().current.key_id == 2
    call_command("flush", interactive=False, verbosity=0)
    assert keyring().current.key_id == 1
