"""The servers under test: uvicorn with two workers each, as the person who installs Prism would start it."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psutil

from backend.database import BASE_DIR
from bench.errors import BenchError

HOST = "127.0.0.1"
WORKERS = 2
_START_SECONDS = 60
_STOP_SECONDS = 15


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its port, and the process ids of its workers."""

    name: str
    port: int
    workers: tuple[int, ...]

    def serving_pid(self, client_port: int) -> int | None:
        """Return the worker that accepted the connection from a client's port."""
        for pid in self.workers:
            remotes = (each.raddr for each in psutil.Process(pid).net_connections("tcp") if each.raddr)
            if any(remote.port == client_port for remote in remotes):
                return pid
        return None

    def memory(self) -> int:
        """Return the resident bytes of its largest worker."""
        return max(int(psutil.Process(pid).memory_info().rss) for pid in self.workers)


@contextmanager
def serving(name: str, application: str, url: str) -> Iterator[Server]:
    """Serve an ASGI application on a free loopback port, and end every process of it at the end."""
    port = _free_port()
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "uvicorn", application, "--host", HOST, "--port", str(port)),
            *("--workers", str(WORKERS), "--loop", "uvloop", "--http", "httptools"),
            *("--log-level", "warning", "--no-access-log"),
            # Fifteen connections rest while one is measured: a server must not hang up on them meanwhile.
            *("--timeout-keep-alive", "3600"),
        ],
        cwd=BASE_DIR, env=os.environ | {"DATABASE_URL": url},
        start_new_session=True,  # Ctrl-C is for us: we end our servers ourselves.
    )  # fmt: skip
    try:
        yield Server(name, port, _wait_for_workers(process))
    finally:
        _end(process)


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        return int(listener.getsockname()[1])


def _wait_for_workers(process: "subprocess.Popen[bytes]") -> tuple[int, ...]:
    """Return the workers' process ids; whether each of them serves yet, a client finds out."""
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise BenchError("A server ended before it served; it says why above.")
        workers = [child for child in psutil.Process(process.pid).children() if _is_worker(child)]
        if len(workers) == WORKERS:
            return tuple(worker.pid for worker in workers)
        time.sleep(0.1)
    raise BenchError(f"A server did not start within {_START_SECONDS} seconds.")


def _is_worker(child: psutil.Process) -> bool:
    try:
        return any("spawn_main" in argument for argument in child.cmdline())
    except psutil.Error:
        return False


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a server and whatever it started."""
    children: list[psutil.Process] = []
    with suppress(psutil.NoSuchProcess):
        children = psutil.Process(process.pid).children(recursive=True)
    process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    _, alive = psutil.wait_procs(children, timeout=_STOP_SECONDS)
    for child in alive:
        child.kill()
