"""There is always a secret key, and never a default one."""

from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from backend.errors import SetupError
from backend.secret_key import check_secret_key, make_secret_key, require_secret_key, secret_key, write_private


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty var folder that nothing configures a key for."""
    monkeypatch.setenv("PRISM_VAR", str(tmp_path))
    monkeypatch.delenv("PRISM_SECRET_KEY")
    return tmp_path


def test_there_is_no_default_key() -> None:
    assert secret_key() == ""


def test_a_made_key_is_kept_and_private(place: Path) -> None:
    make_secret_key()
    made = secret_key()
    assert len(made) >= 48
    make_secret_key()
    assert secret_key() == made
    assert (place / "secret-key").stat().st_mode & 0o777 == 0o600


def test_a_configured_key_wins_and_no_file_is_made(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRISM_SECRET_KEY", "configured")
    make_secret_key()
    assert secret_key() == "configured"
    assert list(place.iterdir()) == []


def test_an_unreadable_key_file_is_one_sentence(place: Path) -> None:
    (place / "secret-key").mkdir()
    with pytest.raises(SetupError, match="cannot read its key"):
        secret_key()


@pytest.mark.parametrize(("key", "accepted"), [("", False), ("k" * 31, False), ("k" * 32, True)])
def test_a_missing_or_short_key_is_refused(settings: Settings, key: str, accepted: bool) -> None:
    settings.SECRET_KEY = key
    found = check_secret_key()
    assert [error.id for error in found] == ([] if accepted else ["prism.E001"])
    assert not any(key and key in str(error) for error in found)
    if accepted:
        require_secret_key()
    else:
        with pytest.raises(SetupError, match="PRISM_SECRET_KEY must be set"):
            require_secret_key()


def test_a_private_file_replaces_an_open_one_and_leaves_no_draft(place: Path) -> None:
    path = place / "tokens.json"
    path.write_text("before")
    path.chmod(0o644)
    write_private(path, "after")
    assert path.read_text() == "after"
    assert path.stat().st_mode & 0o777 == 0o600
    assert list(place.iterdir()) == [path]
