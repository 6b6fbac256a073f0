"""Keys of our own: how they are written, where they are kept, who may read them."""

import base64
from pathlib import Path

import pytest

from backend.errors import SetupError
from backend.vault.errors import KeyUnusable, SealBroken
from backend.vault.own_key import make_own_key
from backend.vault.providers.configured import key_encryption_keys, own_key_file
from backend.vault.providers.local import LocalKey, new_key_text, read_key

KEY = bytes(range(200, 232))
TEXT = base64.urlsafe_b64encode(KEY).decode()
SETTINGS = ("PRISM_KEY", "PRISM_KEY_FILE", "PRISM_KEY_OLD", "PRISM_VAULT_TRANSIT_KEY")


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty var folder, where nothing configures a key."""
    monkeypatch.setenv("PRISM_VAR", str(tmp_path))
    for name in SETTINGS:
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        TEXT.rstrip("="),
        base64.b64encode(KEY).decode(),
        base64.b64encode(KEY).decode().rstrip("="),
        KEY.hex(),
        KEY.hex().upper(),
        f"  {TEXT}\n",
    ],
)
def test_a_key_is_read_in_every_form(text: str) -> None:
    assert read_key(text, name="PRISM_KEY") == KEY


@pytest.mark.parametrize(
    "text",
    [
        "",
        "secret",
        base64.b64encode(KEY[:31]).decode(),
        base64.b64encode(KEY + b"!").decode(),
        KEY.hex()[:-2],
        KEY.hex() + "00",
        "g" * 64,
        TEXT[:-2] + "9=",
        "*" + TEXT[1:],
        TEXT + TEXT,
        "\ud800" * 43,
    ],
)
def test_a_malformed_key_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(KeyUnusable, match=r"^PRISM_KEY must be a key of 32 random bytes") as caught:
        read_key(text, name="PRISM_KEY")
    assert not text or text.strip() not in str(caught.value)


def test_new_keys_are_read_back_and_differ() -> None:
    one, other = new_key_text(), new_key_text()
    assert read_key(one, name="") != read_key(other, name="")


def test_a_local_key_unwraps_what_it_wrapped_for_that_row_alone() -> None:
    key = LocalKey(KEY)
    wrapped = key.wrap(b"s" * 32, associated_data=b"1")
    assert key.unwrap(wrapped, associated_data=b"1") == b"s" * 32
    for broken, data in ((wrapped, b"2"), (wrapped[:-1], b"1"), (b"", b"1"), (wrapped[:12], b"1")):
        with pytest.raises(SealBroken, match=r"^A wrapped key does not open"):
            key.unwrap(broken, associated_data=data)
    with pytest.raises(SealBroken):
        LocalKey(bytes(32)).unwrap(wrapped, associated_data=b"1")


def test_the_id_of_a_key_is_its_own_and_not_the_key() -> None:
    key = LocalKey(KEY)
    assert key.id == LocalKey(KEY).id != LocalKey(bytes(32)).id
    assert KEY.hex()[:8] not in repr(key)
    assert repr(key) == f"LocalKey({key.id})"


def test_without_a_key_there_is_none() -> None:
    with pytest.raises(KeyUnusable, match=r"run `manage.py keys generate` and set PRISM_KEY or PRISM_KEY_FILE"):
        key_encryption_keys()


def test_the_environment_or_a_file_names_the_key(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = place / "key"
    path.write_text(TEXT + "\n")
    path.chmod(0o600)
    monkeypatch.setenv("PRISM_KEY_FILE", str(path))
    from_file = key_encryption_keys()
    monkeypatch.delenv("PRISM_KEY_FILE")
    monkeypatch.setenv("PRISM_KEY", TEXT)
    assert key_encryption_keys().current.id == from_file.current.id == LocalKey(KEY).id


def test_older_keys_are_found_by_their_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    olds = [new_key_text(), new_key_text()]
    monkeypatch.setenv("PRISM_KEY", TEXT)
    monkeypatch.setenv("PRISM_KEY_OLD", f"{olds[0]}, {olds[1]},")
    keys = key_encryption_keys()
    assert len(keys.older) == 2
    for text in (TEXT, *olds):
        key_id = LocalKey(read_key(text, name="")).id
        found = keys.of(key_id)
        assert found is not None
        assert found.id == key_id
    assert keys.of("local:0000000000000000") is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602, 0o644, 0o660, 0o610, 0o777])
def test_a_key_file_others_can_reach_is_refused(place: Path, monkeypatch: pytest.MonkeyPatch, mode: int) -> None:
    path = place / "key"
    path.write_text(TEXT)
    path.chmod(mode)
    monkeypatch.setenv("PRISM_KEY_FILE", str(path))
    with pytest.raises(KeyUnusable, match=f"others than its owner: run chmod 600 {path}"):
        key_encryption_keys()
    path.chmod(0o400)
    assert key_encryption_keys().current.id == LocalKey(KEY).id


def test_a_key_file_that_is_missing_a_folder_or_nonsense_is_refused(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place / "nonsense").write_bytes(b"\xff\xfe secret")
    (place / "nonsense").chmod(0o600)
    for name, words in (("missing", "cannot be read"), ("", "cannot be read"), ("nonsense", "must be a key of 32")):
        monkeypatch.setenv("PRISM_KEY_FILE", str(place / name))
        with pytest.raises(KeyUnusable, match=words) as caught:
            key_encryption_keys()
        assert "secret" not in str(caught.value)


def test_two_settings_for_one_key_are_refused(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRISM_KEY", TEXT)
    monkeypatch.setenv("PRISM_KEY_FILE", str(place / "key"))
    with pytest.raises(KeyUnusable, match=r"^PRISM_KEY and PRISM_KEY_FILE are both set"):
        key_encryption_keys()


def test_an_installation_of_our_own_makes_its_key_once(place: Path) -> None:
    make_own_key()
    made = own_key_file().read_text()
    make_own_key()
    assert own_key_file() == place / "prism.key"
    assert own_key_file().read_text() == made
    assert own_key_file().stat().st_mode & 0o777 == 0o600
    assert key_encryption_keys().current.id == LocalKey(read_key(made, name="")).id
    assert [path.name for path in place.iterdir()] == ["prism.key"]


def test_no_key_is_made_beside_a_configured_one(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRISM_KEY", TEXT)
    make_own_key()
    assert list(place.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_one_sentence(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / "file").write_text("")
    monkeypatch.setenv("PRISM_VAR", str(place / "file" / "var"))
    with pytest.raises(SetupError, match=r"^Prism cannot write to .*name another folder in PRISM_VAR\.$"):
        make_own_key()
