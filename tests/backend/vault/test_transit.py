"""A key-encryption key that a HashiCorp Vault keeps, asked over a real socket."""

import base64
import socket
from collections.abc import Iterator

import pytest

from backend.vault import providers
from backend.vault.errors import KeyUnusable, KeyWrong, ProviderCode, ProviderFailed, SealBroken
from backend.vault.keyring import Keyring
from backend.vault.providers import transit
from backend.vault.providers.configured import key_encryption_keys
from backend.vault.providers.transit import TransitKey, transit_key
from backend.vault.store import KeyStore, default_conninfo
from tests.backend.vault.fake_vault import NAMESPACE, TOKEN, FakeVault, running_vault

SECRET, ROW = b"s" * 32, b"prism data key 1"


@pytest.fixture(scope="module")
def running() -> Iterator[FakeVault]:
    with running_vault() as vault:
        yield vault


@pytest.fixture
def vault(running: FakeVault, monkeypatch: pytest.MonkeyPatch) -> FakeVault:
    """Return a Vault that works, and configure its key."""
    running.instead, running.namespace, running.is_silent = None, None, False
    running.asked.clear()
    for name in ("PRISM_KEY", "PRISM_KEY_FILE", "PRISM_KEY_OLD", "PRISM_VAULT_NAMESPACE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PRISM_VAULT_ADDR", running.address)
    monkeypatch.setenv("PRISM_VAULT_TOKEN", TOKEN)
    monkeypatch.setenv("PRISM_VAULT_TRANSIT_KEY", "prism")
    return running


@pytest.fixture
def key(vault: FakeVault) -> TransitKey:
    return transit_key("prism")


def test_what_it_wrapped_it_unwraps_for_that_row_alone(key: TransitKey) -> None:
    wrapped = key.wrap(SECRET, associated_data=ROW)
    assert wrapped.startswith(b"vault:v1:")
    assert SECRET not in base64.b64decode(wrapped.removeprefix(b"vault:v1:"))
    assert key.unwrap(wrapped, associated_data=ROW) == SECRET
    for broken, row in ((wrapped, b"another"), (wrapped[:-8], ROW), (b"vault:v1:", ROW), (b"\xff", ROW)):
        with pytest.raises(SealBroken, match=r"^A wrapped key does not open"):
            key.unwrap(broken, associated_data=row)


def test_it_speaks_the_documented_protocol(vault: FakeVault, monkeypatch: pytest.MonkeyPatch) -> None:
    vault.namespace = NAMESPACE
    monkeypatch.setenv("PRISM_VAULT_NAMESPACE", NAMESPACE)
    transit_key("prism").wrap(SECRET, associated_data=ROW)
    ((path, body, headers),) = vault.asked
    assert path == "/v1/transit/encrypt/prism"
    assert body == {"plaintext": base64.b64encode(SECRET).decode(), "associated_data": base64.b64encode(ROW).decode()}
    assert (headers["x-vault-token"], headers["x-vault-namespace"]) == (TOKEN, NAMESPACE)
    assert headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, ProviderCode.REFUSED),
        (403, ProviderCode.FORBIDDEN),
        (404, ProviderCode.NOT_FOUND),
        (503, ProviderCode.SEALED),
    ],
)
def test_each_refusal_has_its_code(vault: FakeVault, key: TransitKey, status: int, code: ProviderCode) -> None:
    vault.instead = vault.refuse(status)
    with pytest.raises(ProviderFailed, match=r'^The Vault that keeps the key-encryption key "prism" ') as caught:
        key.wrap(SECRET, associated_data=ROW)
    assert caught.value.code is code
    assert TOKEN not in str(caught.getrepr(style="short"))


@pytest.mark.parametrize("status", [403, 404, 503])
def test_a_refusal_to_unwrap_is_no_broken_key(vault: FakeVault, key: TransitKey, status: int) -> None:
    vault.instead = vault.refuse(status)
    with pytest.raises(ProviderFailed):
        key.unwrap(b"vault:v1:x", associated_data=ROW)


@pytest.mark.parametrize(
    "answer",
    [
        (200, b"<html>"),
        (200, b"null"),
        (200, b"[]"),
        (200, b"{}"),
        (200, b'{"data": null}'),
        (200, b'{"data": {}}'),
        (200, b'{"data": {"ciphertext": 7, "plaintext": 7.5}}'),
        (200, b'{"data": {"ciphertext": "", "plaintext": "*"}}'),
        (200, b"\xff"),
        (204, b""),
        (307, b"{}"),
        (500, b'{"errors": ["internal"]}'),
        (502, b"bad gateway"),
    ],
)
def test_an_answer_of_another_kind_is_never_taken_for_one(
    vault: FakeVault, key: TransitKey, answer: tuple[int, bytes]
) -> None:
    vault.instead = answer
    with pytest.raises(ProviderFailed) as caught:
        key.wrap(SECRET, associated_data=ROW)
    assert caught.value.code is ProviderCode.BAD_ANSWER
    if b'"plaintext": "*"' in answer[1] or b"data" not in answer[1]:
        with pytest.raises(ProviderFailed) as caught:
            key.unwrap(b"vault:v1:x", associated_data=ROW)
        assert caught.value.code is ProviderCode.BAD_ANSWER


def test_a_vault_that_is_not_there_is_unreachable(key: TransitKey, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv("PRISM_VAULT_ADDR", f"http://127.0.0.1:{port}/")
    with pytest.raises(ProviderFailed, match="cannot be reached: check PRISM_VAULT_ADDR") as caught:
        transit_key("prism").wrap(SECRET, associated_data=ROW)
    assert caught.value.code is ProviderCode.UNREACHABLE


def test_a_vault_that_does_not_answer_is_given_up(
    vault: FakeVault, key: TransitKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transit, "_SECONDS", 0.05)
    vault.is_silent = True
    try:
        with pytest.raises(ProviderFailed, match="did not answer within") as caught:
            key.wrap(SECRET, associated_data=ROW)
    finally:
        vault.ends.set()
    assert caught.value.code is ProviderCode.TIMEOUT


@pytest.mark.parametrize(
    ("text", "address"),
    [("vault://vault.example.cn:8200/prism", "https://vault.example.cn:8200"), ("vault:///prism", None)],
)
def test_a_url_names_vault_and_key(
    vault: FakeVault, monkeypatch: pytest.MonkeyPatch, text: str, address: str | None
) -> None:
    monkeypatch.delenv("PRISM_VAULT_TRANSIT_KEY")
    monkeypatch.setenv("PRISM_KEY", text)
    key = key_encryption_keys().current
    assert isinstance(key, TransitKey)
    assert (key.address, key.name, key.id) == (address or vault.address, "prism", "vault:prism")


@pytest.mark.parametrize(
    "settings",
    [
        {"PRISM_VAULT_TOKEN": ""},
        {"PRISM_VAULT_TOKEN": "令牌"},
        {"PRISM_VAULT_TOKEN": "a\nb"},
        {"PRISM_VAULT_ADDR": ""},
        {"PRISM_VAULT_ADDR": "http://vault.example.cn"},
        {"PRISM_VAULT_ADDR": "ftp://127.0.0.1"},
        {"PRISM_VAULT_ADDR": "https://["},
        {"PRISM_VAULT_TRANSIT_KEY": "../sys/seal"},
        {"PRISM_VAULT_TRANSIT_KEY": "a b"},
    ],
    ids=str,
)
def test_settings_that_cannot_serve_are_refused(
    vault: FakeVault, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(KeyUnusable, match=r"^A key in HashiCorp Vault is named by") as caught:
        key_encryption_keys()
    assert TOKEN not in str(caught.value)


def test_without_httpx_it_says_what_to_install(vault: FakeVault, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(transit, "import_module", missing)
    with pytest.raises(KeyUnusable, match="needs httpx: install Prism with its extra `vault`"):
        key_encryption_keys()


def test_the_token_is_never_shown(key: TransitKey) -> None:
    assert TOKEN not in repr(key)
    assert providers.__name__ in TransitKey.__module__


@pytest.mark.django_db(transaction=True)
def test_a_keyring_works_with_it(keys: Keyring, vault: FakeVault) -> None:
    ring = Keyring(KeyStore(default_conninfo))
    key_id, index_key = ring.current.key_id, ring.index_key("crm_customer.phone")
    again = Keyring(KeyStore(default_conninfo))
    assert again.index_key("crm_customer.phone") == index_key
    assert again.cipher(key_id)
    vault.asked.clear()
    for _ in range(10):
        again.cipher(key_id)
    assert vault.asked == []
    vault.keys["other"] = vault.keys.pop("prism")
    with pytest.raises(ProviderFailed) as caught:
        again.unwrap_all()
    assert caught.value.code is ProviderCode.NOT_FOUND
    vault.keys["prism"] = vault.keys.pop("other")


@pytest.mark.django_db(transaction=True)
def test_a_key_of_another_keeper_is_named(keys: Keyring, vault: FakeVault, monkeypatch: pytest.MonkeyPatch) -> None:
    _ = Keyring(KeyStore(default_conninfo)).current
    monkeypatch.delenv("PRISM_VAULT_TRANSIT_KEY")
    monkeypatch.setenv("PRISM_KEY", "0f" * 32)
    with pytest.raises(KeyWrong, match="was wrapped by the key-encryption key vault:prism"):
        Keyring(KeyStore(default_conninfo)).unwrap_all()
