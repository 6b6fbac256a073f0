"""A Vault on a real socket that speaks the documented part of the transit engine's HTTP."""

import base64
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

TOKEN, NAMESPACE = "hvs.made-up", "team-a"
_ERRORS = {403: "permission denied", 404: "unsupported path", 503: "Vault is sealed", 400: "encryption key not found"}


@dataclass
class FakeVault:
    """The state of the server: its keys, what to answer instead of working, and what it was asked."""

    address: str = ""
    keys: dict[str, AESGCM] = field(default_factory=lambda: {"prism": AESGCM(os.urandom(32))})
    namespace: str | None = None
    instead: tuple[int, bytes] | None = None
    is_silent: bool = False
    ends: Event = field(default_factory=Event)
    asked: list[tuple[str, dict[str, Any], dict[str, str]]] = field(default_factory=list)

    def answer(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> tuple[int, bytes]:
        """Return the status and the body of an answer."""
        self.asked.append((path, body, headers))
        if self.is_silent:
            self.ends.wait()
        if self.instead is not None:
            return self.instead
        if headers.get("x-vault-token") != TOKEN or headers.get("x-vault-namespace") != self.namespace:
            return self.refuse(403)
        match path.removeprefix("/v1/transit/").split("/"):
            case [action, name] if name in self.keys and action in ("encrypt", "decrypt"):
                return self._work(action, self.keys[name], body)
        return self.refuse(404)

    def refuse(self, status: int) -> tuple[int, bytes]:
        """Return an error as Vault words it."""
        return status, json.dumps({"errors": [_ERRORS[status]]}).encode()

    def _work(self, action: str, cipher: AESGCM, body: dict[str, Any]) -> tuple[int, bytes]:
        data = base64.b64decode(body["associated_data"], validate=True)
        if action == "encrypt":
            nonce = os.urandom(12)
            sealed = nonce + cipher.encrypt(nonce, base64.b64decode(body["plaintext"], validate=True), data)
            return self._data(ciphertext=f"vault:v1:{base64.b64encode(sealed).decode()}", key_version=1)
        try:
            sealed = base64.b64decode(body["ciphertext"].removeprefix("vault:v1:"), validate=True)
            return self._data(plaintext=base64.b64encode(cipher.decrypt(sealed[:12], sealed[12:], data)).decode())
        except (InvalidTag, ValueError):
            return 400, json.dumps({"errors": ["cipher: message authentication failed"]}).encode()

    def _data(self, **data: Any) -> tuple[int, bytes]:
        return 200, json.dumps({"request_id": "made-up", "lease_duration": 0, "data": data}).encode()


@contextmanager
def running_vault() -> Iterator[FakeVault]:
    """Serve on a free port of the loopback address."""
    vault = FakeVault()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, content = vault.answer(self.path, json.loads(body), headers)
            self.send_response(status)
            if status == 307:
                self.send_header("location", "http://127.0.0.1:1/elsewhere")
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_args: Any) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_args: Any) -> None:
            """Say nothing when a client has gone away."""

    with Server(("127.0.0.1", 0), Handler) as server:
        vault.address = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield vault
        finally:
            vault.ends.set()
            server.shutdown()
            thread.join()
