"""Without its key Prism does not start, and says what is missing in one sentence."""

from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import connection

from backend.errors import SetupError
from backend.vault.checks import check_key, check_keys_in_the_database, verify_keyring
from backend.vault.keyring import Keyring
from backend.vault.providers.local import new_key_text
from tests.backend.vault.commands import finished
from tests.backend.vault.people.models import Person

DATABASES = ["default"]


def ids(found: Any) -> list[str]:
    return [error.id for error in found if str(error.id).startswith("prism")]


@pytest.fixture
def no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PRISM_VAR", str(tmp_path))
    monkeypatch.delenv("PRISM_KEY")
    return tmp_path


def test_a_key_passes() -> None:
    assert check_key() == []


def test_no_key_is_refused_with_what_to_do(no_key: Path) -> None:
    (error,) = check_key()
    assert error.id == "prism.E020"
    assert error.msg.endswith("run `manage.py keys generate` and set PRISM_KEY or PRISM_KEY_FILE.")
    assert "prism.E020" in ids(run_checks())
    with pytest.raises(SetupError, match="There is no key to encrypt with"):
        verify_keyring()


@pytest.mark.parametrize("text", ["secret", "0f" * 31])
def test_a_malformed_key_is_refused(no_key: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("PRISM_KEY", text)
    (error,) = check_key()
    assert (error.id, text in str(error)) == ("prism.E021", False)


def test_an_own_key_others_can_read_is_refused(no_key: Path) -> None:
    (no_key / "prism.key").write_text(new_key_text())
    (no_key / "prism.key").chmod(0o644)
    assert ids(check_key()) == ["prism.E021"]


@pytest.mark.django_db(transaction=True)
def test_a_key_that_does_not_unwrap_is_refused(keys: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    Person.objects.create(phone="13800000000")
    assert ids(check_keys_in_the_database(databases=DATABASES)) == []
    verify_keyring()
    keys.forget()
    monkeypatch.setenv("PRISM_KEY", new_key_text())
    (error,) = check_keys_in_the_database(databases=DATABASES)
    assert error.id == "prism.E022"
    assert "prism.E022" in ids(run_checks(databases=DATABASES))
    assert "prism.E022" not in ids(run_checks())
    words = (
        r"^Key \d+ in the database was wrapped by the key-encryption key local:\w+, which the configured ones are not"
    )
    with pytest.raises(SetupError, match=words) as caught:
        verify_keyring()
    assert "\n" not in str(caught.value)


@pytest.mark.django_db(transaction=True)
def test_the_check_says_nothing_before_the_first_migration_and_the_start_does(keys: Keyring) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE vault_datakey RENAME TO elsewhere")
    try:
        assert ids(check_keys_in_the_database(databases=DATABASES)) == []
        with pytest.raises(SetupError, match=r"run `manage\.py migrate`"):
            verify_keyring()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE elsewhere RENAME TO vault_datakey")


@pytest.mark.django_db
def test_a_database_that_is_away_is_one_sentence(keys: Keyring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "HOST", "127.0.0.1")
    monkeypatch.setitem(connection.settings_dict, "PORT", "1")
    assert ids(check_keys_in_the_database(databases=DATABASES)) == []
    with pytest.raises(SetupError, match="the database does not answer"):
        verify_keyring()


@pytest.mark.django_db(transaction=True)
def test_a_command_with_no_key_ends_with_the_check(keys: Keyring, tmp_path: Path) -> None:
    status, _, complained = finished("check", PRISM_KEY="", PRISM_VAR=str(tmp_path))
    assert (status, "prism.E020" in complained) == (1, True)
    assert list(tmp_path.iterdir()) == []
