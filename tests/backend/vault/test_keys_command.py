"""`manage.py keys`: keys are made, counted, verified, and let go of only when nothing needs them."""

import os
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from django.core.management.base import CommandError
from django.db.models.functions import Now

from backend.vault.keyring import Keyring, keyring
from backend.vault.models import DataKey
from backend.vault.providers.local import LocalKey, new_key_text, read_key
from backend.vault.states import KeyState
from backend.vault.store import default_conninfo
from tests.backend.vault.commands import finished, said
from tests.backend.vault.people.models import Account, Person
from tests.backend.vault.people.rows import active_key, give, make_people, plaintexts, stored

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("keys")]


def rested(key_id: int) -> None:
    """Have a key been replaced long ago."""
    DataKey.objects.filter(key_id=key_id).update(replaced_at=Now() - timedelta(hours=2))


def test_a_generated_key_is_a_key_and_another_each_time() -> None:
    one, other = said("keys", "generate"), said("keys", "generate")
    assert len(read_key(one, name="")) == 32
    assert one != other


def test_a_key_is_generated_without_a_key_a_database_or_anything_written(tmp_path: Path) -> None:
    nothing = dict.fromkeys(("PRISM_KEY", "PRISM_SECRET_KEY"), "")
    status, printed, complained = finished(
        "keys", "generate", PRISM_VAR=str(tmp_path / "var"), DATABASE_URL="postgresql://127.0.0.1:1/none", **nothing
    )
    assert (status, complained) == (0, "")
    assert len(read_key(printed, name="")) == 32
    assert not (tmp_path / "var").exists()


def test_a_key_file_is_private_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "kek"
    assert said("keys", "generate", "--file", str(path)).startswith(f"The key is in {path}")
    made = path.read_text()
    assert len(read_key(made, name="")) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(CommandError, match="a key that is overwritten is lost"):
        said("keys", "generate", "--file", str(path))
    assert path.read_text() == made


def test_the_list_counts_what_is_sealed_under_each_key() -> None:
    assert said("keys", "list").splitlines() == ["KEY   STATE       CREATED           WRAPPED BY                  FOR"]
    Person.objects.create(phone="1", note="x")
    said("keys", "rotate")
    Account.objects.create(phone="2")
    lines = said("keys", "list").splitlines()
    rows = {line.split()[0]: line for line in lines[1:]}
    assert set(rows) == {str(key.key_id) for key in DataKey.objects.all()}
    assert rows["1"].split()[1] == "decrypting"
    assert rows["1"].endswith("2 values")
    assert rows[str(active_key())].endswith("1 values")
    assert any(line.endswith("the index of vault_people_person.phone") for line in lines)
    assert len({line.split()[4] for line in lines[1:]}) == 1
    assert all(" active " in row for key, row in rows.items() if key != "1")


def test_the_list_tells_of_values_that_were_never_sealed() -> None:
    people = list(make_people(3))
    give(people[0], "note", b"in clear, and long enough to look like a value")
    give(people[1], "phone", b"\x01\0\0\0\x01short")
    assert "Not sealed values at all: " in (told := said("keys", "list"))
    assert "'vault_people_person.note': 1" in told
    assert "'vault_people_person.phone': 1" in told


def test_a_key_that_values_need_is_not_retired_and_says_where() -> None:
    make_people(3)
    Account.objects.create(phone="2")
    said("keys", "rotate")
    rested(1)
    words = (
        r"^Data key 1 cannot be retired: 1 of vault_people_account\.phone, 3 of vault_people_person\.email, "
        r"3 of vault_people_person\.note, 3 of vault_people_person\.phone, 3 of vault_people_person\.salary need it\. "
        r"Run `manage.py reencrypt` first\.$"
    )
    for more in ([], ["--now"]):
        with pytest.raises(CommandError, match=words):
            said("keys", "retire", "1", *more)
    assert DataKey.objects.get(key_id=1).wrapped is not None


def test_a_key_nothing_needs_is_destroyed_and_stays_known() -> None:
    people = make_people(3)
    said("keys", "rotate")
    said("reencrypt")
    rested(1)
    assert said("keys", "retire", "1") == "Data key 1 is gone.\n"
    row = DataKey.objects.get(key_id=1)
    assert (row.state, row.wrapped, row.retired_at is None) == (KeyState.RETIRED, None, False)
    assert said("keys", "retire", "1") == "Data key 1 is gone.\n"
    assert plaintexts() == people
    assert keyring().rotate() == max(DataKey.objects.values_list("key_id", flat=True))


def test_a_key_just_replaced_rests_first() -> None:
    make_people(1)
    said("keys", "rotate")
    said("reencrypt")
    with pytest.raises(CommandError, match="replaced less than an hour ago"):
        said("keys", "retire", "1")
    assert said("keys", "retire", "1", "--now") == "Data key 1 is gone.\n"


def test_the_active_key_an_index_key_and_no_key_cannot_be_retired() -> None:
    make_people(1)
    index = DataKey.objects.filter(purpose="index").first()
    assert index is not None
    with pytest.raises(CommandError, match=r"seals new values: run `manage\.py keys rotate` first"):
        said("keys", "retire", str(active_key()), "--now")
    for key_id in (index.key_id, 99):
        with pytest.raises(CommandError, match=f"^Data key {key_id} is retired or not in this database"):
            said("keys", "retire", str(key_id), "--now")


@pytest.mark.parametrize("text", ["0", "-1", "x", "2147483648", "9" * 40, "١"])
def test_senseless_key_ids_are_refused(text: str) -> None:
    with pytest.raises(CommandError, match="a key id is a whole number"):
        said("keys", "retire", "--", text)


def test_what_somebody_is_about_to_commit_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.vault.retirement._PATIENCE", "100ms")
    people = make_people(1)
    (key,) = people
    before = stored()[key][2]
    said("keys", "rotate")
    said("reencrypt")
    with psycopg.connect(default_conninfo()) as session:
        session.execute("UPDATE vault_people_person SET note = %s WHERE id = %s", [before, key])
        with pytest.raises(CommandError, match="Somebody holds the tables with encrypted columns"):
            said("keys", "retire", "1", "--now")
    with pytest.raises(CommandError, match=r"1 of vault_people_person\.note need it"):
        said("keys", "retire", "1", "--now")
    assert plaintexts() == people


def test_verify_opens_everything() -> None:
    make_people(501)
    Account.objects.create(phone=None)
    assert said("keys", "verify") == "Every value opens.\n"


def test_verify_names_what_does_not_open_without_its_content() -> None:
    people = sorted(make_people(502))
    rows = stored()
    give(people[0], "phone", rows[people[1]][0])
    give(people[501], "note", b"\x01" + bytes(40))
    status, printed, complained = finished("keys", "verify")
    assert status == 1
    assert sorted(printed.splitlines()) == sorted(
        f"Does not open, or is not found by its index: vault_people_person.{column} of {key}"
        for column, key in (("phone", people[0]), ("note", people[501]))
    )
    assert complained.strip().endswith("2 values are broken.")
    for secret in ("1390", "note 5", repr(rows[people[1]][0])[4:20]):
        assert secret not in complained + printed.replace(str(people[0]), "").replace(str(people[501]), "")


@pytest.mark.parametrize("index", [None, bytes(16)])
def test_verify_names_a_value_its_index_does_not_find(index: bytes | None) -> None:
    key: UUID = sorted(make_people(3))[1]
    give(key, "phone_index", index)
    with pytest.raises(CommandError, match=r"^1 values are broken\.$"):
        said("keys", "verify")


def test_keys_are_rewrapped_by_a_new_key_encryption_key(keys: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    people = make_people(3)
    before, after = said("keys", "list"), new_key_text()
    monkeypatch.setenv("PRISM_KEY_OLD", os.environ["PRISM_KEY"])
    monkeypatch.setenv("PRISM_KEY", after)
    count = DataKey.objects.count()
    assert said("keys", "rewrap").startswith(f"{count} keys were wrapped anew")
    monkeypatch.delenv("PRISM_KEY_OLD")
    keys.forget()
    assert plaintexts() == people
    new_id = LocalKey(read_key(after, name="")).id
    assert set(DataKey.objects.values_list("provider", flat=True)) == {new_id}
    assert new_id not in before


def test_a_wrong_key_is_an_error_of_the_command(keys: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    make_people(1)
    keys.forget()
    monkeypatch.setenv("PRISM_KEY", new_key_text())
    for action in ("verify", "rewrap"):
        with pytest.raises(CommandError, match="or name it in PRISM_KEY_OLD"):
            said("keys", action)
