"""The real application on a real server: uvicorn, uvloop and httptools in a process of their own."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil

from backend.database import BASE_DIR
from tests.schema.graph import Answer, Rows

PATIENCE_SECONDS = 60


@dataclass(slots=True)
class Server:
    """A running server of the real application."""

    process: subprocess.Popen[bytes]
    address: str
    rows: Rows
    client: httpx.Client
    _tokens: dict[str, str] = field(default_factory=dict)

    def token(self, role: str) -> str:
        """Return the token of a role's demo account."""
        if role not in self._tokens:
            self._tokens[role] = self.rows.token(role)
        return self._tokens[role]

    def post(self, body: Any, *, role: str | None = "director", headers: Mapping[str, str] | None = None) -> Answer:
        """POST a body: bytes as they are, anything else as JSON."""
        sent = {"content-type": "application/json"}
        if role is not None:
            sent["authorization"] = f"Bearer {self.token(role)}"
        sent |= headers or {}
        if isinstance(body, bytes):
            return Answer(self.client.post("/graphql", content=body, headers=sent))
        return Answer(self.client.post("/graphql", json=body, headers=sent))

    def ask(self, query: str, *, role: str | None = "director", **variables: Any) -> Answer:
        """POST a query."""
        return self.post({"query": query, "variables": variables}, role=role)

    def is_alive(self) -> bool:
        """Whether the process still runs and answers."""
        return self.process.poll() is None and self.ask("{ viewer { kind } }").data == {"viewer": {"kind": "USER"}}

    def cpu_seconds(self) -> float:
        """Return the processor time the server has used."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    def memory_bytes(self) -> int:
        """Return the memory the server holds."""
        return int(psutil.Process(self.process.pid).memory_info().rss)


# Not uvicorn's --fd: it takes the descriptor for a Unix socket, and without TCP_NODELAY each answer waits 40 ms.
_SERVE = """
import socket, sys, uvicorn
config = uvicorn.Config(
    "backend.asgi:application", loop="uvloop", http="httptools", log_level="critical", timeout_graceful_shutdown=2
)
uvicorn.Server(config).run(sockets=[socket.socket(fileno=int(sys.argv[1]))])
"""


@contextmanager
def running_server(url: str, *, log: Path | None = None, **environment: str) -> Iterator[Server]:
    """Start uvicorn with uvloop and httptools on a free port, and stop it. What it says goes to the end of `log`."""
    listener = socket.create_server(("127.0.0.1", 0))
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    command = [sys.executable, "-c", _SERVE, str(listener.fileno())]
    env = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "backend.settings"} | environment
    with (log or Path(os.devnull)).open("ab") as said:
        process = subprocess.Popen(
            command, env=env, cwd=BASE_DIR, pass_fds=[listener.fileno()], stdout=said, stderr=said
        )
    try:
        with listener, httpx.Client(base_url=address, timeout=PATIENCE_SECONDS) as client:
            _wait_until_it_serves(client)
            yield Server(process, address, Rows(url), client)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE_SECONDS)


def _wait_until_it_serves(client: httpx.Client) -> None:
    # The listener queues what comes before the server accepts: the first answer is the sign.
    started = time.monotonic()
    client.post("/graphql", json={"query": "{ __typename }"})
    assert time.monotonic() - started < PATIENCE_SECONDS
