"""A key-encryption key that a HashiCorp Vault (or OpenBao) keeps: its transit engine wraps and unwraps, over HTTP.

Source: developer.hashicorp.com/vault/api-docs/secret/transit, "Encrypt data" and "Decrypt data". The engine's key has
to be of a type that authenticates associated data: aes256-gcm96, which is its default, or chacha20-poly1305.
"""

import base64
import binascii
import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

from backend.vault.errors import KeyUnusable, ProviderCode, ProviderFailed, SealBroken

SCHEME = "vault://"
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,200}")
_SECONDS = 5.0
_REFUSALS = {
    403: (ProviderCode.FORBIDDEN, "does not let this token use it: renew PRISM_VAULT_TOKEN or its policy"),
    404: (ProviderCode.NOT_FOUND, "has no such key: check its name and that the transit engine is enabled"),
    503: (ProviderCode.SEALED, "is sealed or under maintenance: unseal it"),
}


@dataclass(frozen=True, slots=True)
class TransitKey:
    """A named key of the transit engine at `address`."""

    address: str
    name: str
    token: str = field(repr=False)
    namespace: str = ""

    @property
    def id(self) -> str:
        """The key's name; a Vault that moves keeps its keys."""
        return f"vault:{self.name}"

    def wrap(self, key: bytes, *, associated_data: bytes) -> bytes:
        """Return the engine's own text, `vault:v1:…`. Raises: ProviderFailed."""
        answer = self._post("encrypt", plaintext=_base64(key), associated_data=_base64(associated_data))
        ciphertext = _text(answer, "ciphertext")
        if not ciphertext.startswith("vault:"):
            raise self._failed(ProviderCode.BAD_ANSWER, "answered with no ciphertext of the transit engine")
        return ciphertext.encode()

    def unwrap(self, wrapped: bytes, *, associated_data: bytes) -> bytes:
        """Return what was wrapped. Raises: SealBroken, ProviderFailed."""
        ciphertext = wrapped.decode(errors="replace")
        try:
            answer = self._post("decrypt", ciphertext=ciphertext, associated_data=_base64(associated_data))
        except ProviderFailed as error:
            # The engine answers 400 when the ciphertext or its associated data are not what it made.
            if error.code is ProviderCode.REFUSED:
                raise SealBroken("A wrapped key") from error
            raise
        try:
            return base64.b64decode(_text(answer, "plaintext"), validate=True)
        except binascii.Error:
            raise self._failed(ProviderCode.BAD_ANSWER, "answered with something that is no base64") from None

    def _post(self, action: str, **body: str) -> Mapping[str, Any]:
        httpx = _httpx()
        try:
            # No redirects: a standby node forwards by itself, and a token must not follow a stranger's address.
            response = httpx.post(
                f"{self.address}/v1/transit/{action}/{self.name}", json=body, headers=self._headers(), timeout=_SECONDS
            )
        except httpx.TimeoutException:
            raise self._failed(ProviderCode.TIMEOUT, f"did not answer within {_SECONDS:g} s") from None
        except httpx.HTTPError:
            # Without its cause: that holds the request, and with it the token.
            raise self._failed(ProviderCode.UNREACHABLE, "cannot be reached: check PRISM_VAULT_ADDR") from None
        return self._data(response)

    def _data(self, response: Any) -> Mapping[str, Any]:
        if response.status_code in _REFUSALS:
            raise self._failed(*_REFUSALS[response.status_code])
        if response.status_code == 400:
            raise self._failed(ProviderCode.REFUSED, "refused the request (400)")
        try:
            data = response.json()["data"] if response.status_code == 200 else None
        except (ValueError, TypeError, KeyError):
            data = None
        if not isinstance(data, dict):
            raise self._failed(ProviderCode.BAD_ANSWER, f"answered {response.status_code} and nothing to use")
        return data

    def _headers(self) -> dict[str, str]:
        headers = {"X-Vault-Token": self.token, "X-Vault-Request": "true"}
        return headers | {"X-Vault-Namespace": self.namespace} if self.namespace else headers

    def _failed(self, code: ProviderCode, what: str) -> ProviderFailed:
        return ProviderFailed(code, f'The Vault that keeps the key-encryption key "{self.name}" {what}.')


def transit_key(text: str) -> TransitKey:
    """Return the key that `vault://HOST:PORT/NAME`, or a bare NAME at PRISM_VAULT_ADDR, stands for.

    Raises: KeyUnusable.
    """
    _httpx()
    address, name = os.environ.get("PRISM_VAULT_ADDR", ""), text
    if text.startswith(SCHEME):
        host, _, name = text.removeprefix(SCHEME).rpartition("/")
        address = f"https://{host}" if host else address
    token = os.environ.get("PRISM_VAULT_TOKEN", "")
    if not (_NAME.fullmatch(name) and _is_safe(address) and token.isascii() and token.isprintable() and token):
        raise KeyUnusable(
            "A key in HashiCorp Vault is named by PRISM_VAULT_TRANSIT_KEY and an https:// PRISM_VAULT_ADDR, or by "
            "PRISM_KEY=vault://HOST:PORT/NAME, and used with PRISM_VAULT_TOKEN: one is missing or cannot be read."
        )
    return TransitKey(address.rstrip("/"), name, token, os.environ.get("PRISM_VAULT_NAMESPACE", ""))


def _httpx() -> Any:
    """Return the HTTP client: it comes with the extra `vault`, and who keeps the key elsewhere never loads it."""
    try:
        return import_module("httpx")
    except ModuleNotFoundError:
        raise KeyUnusable("A key in HashiCorp Vault needs httpx: install Prism with its extra `vault`.") from None


def _is_safe(address: str) -> bool:
    """Whether keys may travel there: by TLS, or within this machine."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host)))
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    return host == "localhost" or ipaddress.ip_address(host).is_loopback


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _text(answer: Mapping[str, Any], name: str) -> str:
    value = answer.get(name)
    return value if isinstance(value, str) else ""
