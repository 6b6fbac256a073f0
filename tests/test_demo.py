"""`manage.py demo`, run as a person runs it."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Timer

import httpx
import psutil
import psycopg
import pytest

from backend.database import BASE_DIR
from backend.demo.accounts import SEES

READY = "Ctrl-C stops Prism"
PATIENCE_SECONDS = 90


@dataclass(frozen=True, slots=True)
class Demo:
    """A running demo: its process, what it printed, its address, and how long it took to be ready."""

    process: subprocess.Popen[str]
    printed: str
    address: str
    seconds: float

    def end(self, signum: int) -> str:
        """Send the signal and return what was printed after it."""
        self.process.send_signal(signum)
        assert self.process.stdout is not None
        rest = self.process.stdout.read()
        self.process.wait()
        return rest


def environment(var: Path, **more: str) -> dict[str, str]:
    """Return this environment without anything that configures Prism, but for `var` and `more`."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PRISM_", "DATABASE_"))}
    return inherited | {"PRISM_VAR": str(var), "COLUMNS": "160"} | more


@contextmanager
def demo(env: dict[str, str]) -> Iterator[Demo]:
    """Start a demo on a free port and yield it once it says it is ready."""
    command = [sys.executable, "manage.py", "demo", "--port", "0", "--customers", "30"]
    started = time.monotonic()
    with subprocess.Popen(
        command, env=env, cwd=BASE_DIR, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        killer = Timer(PATIENCE_SECONDS, process.kill)
        killer.start()
        try:
            assert process.stdout is not None
            printed = ""
            for line in process.stdout:
                printed += line
                if line.startswith(READY):
                    break
            address = re.search(r"http://127\.0\.0\.1:\d+/graphql", printed)
            assert address is not None, printed
            yield Demo(process, printed, address[0], time.monotonic() - started)
        finally:
            killer.cancel()
            process.terminate()


def failing(env: dict[str, str], *arguments: str) -> str:
    """Run a demo that cannot start and return the one sentence it ends with."""
    done = subprocess.run(
        [sys.executable, "manage.py", "demo", *arguments],
        env=env, cwd=BASE_DIR, capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stderr.count("\n") == 1
    return done.stderr.strip()


def server_pid(var: Path) -> int:
    """Return the process id of the demo's PostgreSQL."""
    return int((var / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def gone(pid: int) -> bool:
    """Say whether the process has ended; one that just removed its pid file may be in its last moment."""
    try:
        psutil.Process(pid).wait(timeout=5)
    except psutil.NoSuchProcess:
        return True
    except psutil.TimeoutExpired:
        return False
    return True


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder the demos of this module write to; it does not exist yet."""
    return tmp_path_factory.mktemp("demo") / "var"


def test_the_first_start_seeds_serves_and_stops_without_a_trace(var: Path) -> None:
    with demo(environment(var)) as running:
        database = server_pid(var)
        assert psutil.pid_exists(database)
        for role in SEES:
            assert re.search(rf"│ {role} ", running.printed), role
        tokens = json.loads((var / "demo-tokens.json").read_text())
        answer = httpx.post(
            running.address,
            json={"query": "{ __typename }"},
            headers={"authorization": f"Bearer {tokens['sales']}", "accept": "application/json"},
        )
        assert (answer.status_code, answer.json()["data"]) == (200, {"__typename": "Query"})
        rest = running.end(signal.SIGINT)
        assert rest == "Prism has stopped.\n"
        assert running.process.returncode == 0
        assert gone(database)
        with pytest.raises(httpx.ConnectError):
            httpx.get(running.address)


def test_the_second_start_is_quick_keeps_the_data_and_stops_on_sigterm(var: Path) -> None:
    key = (var / "secret-key").read_text()
    with demo(environment(var)) as running:
        assert running.seconds < 5
        assert "Seeded" not in running.printed
        assert (var / "secret-key").read_text() == key
        database = server_pid(var)
        assert running.end(signal.SIGTERM) == "Prism has stopped.\n"
        assert running.process.returncode == 0
        assert gone(database)


def test_tokens_stand_for_every_role_and_are_private(var: Path) -> None:
    path = var / "demo-tokens.json"
    assert path.stat().st_mode & 0o777 == 0o600
    tokens = json.loads(path.read_text())
    assert list(tokens) == list(SEES)
    assert len(set(tokens.values())) == len(SEES)
    assert (var / "secret-key").stat().st_mode & 0o777 == 0o600


def test_a_database_of_ones_own_is_used_and_left_running(database_url: str, tmp_path: Path) -> None:
    name = f"test_prism_{os.getpid()}_demo"
    admin = psycopg.conninfo.make_conninfo(database_url, dbname="postgres")
    identifier = psycopg.sql.Identifier(name)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(identifier))
        try:
            url = psycopg.conninfo.make_conninfo(database_url, dbname=name)
            with demo(environment(tmp_path, DATABASE_URL=url)) as running:
                assert running.end(signal.SIGINT) == "Prism has stopped.\n"
            assert {path.name for path in tmp_path.iterdir()} == {"secret-key", "prism.key", "demo-tokens.json"}
            with psycopg.connect(url) as used:
                row = used.execute("SELECT count(*) FROM crm_customer").fetchone()
                assert row == (30,)
        finally:
            connection.execute(psycopg.sql.SQL("DROP DATABASE {} WITH (FORCE)").format(identifier))


def test_a_taken_port_is_one_sentence_before_anything_slow(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        sentence = failing(environment(tmp_path), "--port", str(port))
    assert sentence == f"Port {port} on 127.0.0.1 cannot be used (Address already in use): choose another."
    assert not (tmp_path / "postgres").exists()


def test_an_unreachable_server_is_one_sentence(tmp_path: Path) -> None:
    env = environment(tmp_path, DATABASE_URL="postgresql://127.0.0.1:1/crm")
    assert failing(env, "--port", "0").startswith('Prism cannot open the database "crm" on 127.0.0.1:1: ')


def test_an_unreadable_url_is_one_sentence(tmp_path: Path) -> None:
    env = environment(tmp_path, DATABASE_URL="http//nonsense")
    assert failing(env, "--port", "0").startswith("DATABASE_URL cannot be read: ")


def test_a_folder_that_cannot_be_written_to_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert failing(environment(tmp_path / "file" / "var"), "--port", "0").startswith("Prism cannot write to ")


@pytest.mark.parametrize("arguments", [("--port", "99999"), ("--port", "x"), ("--customers", "0")])
def test_a_senseless_argument_is_refused(arguments: tuple[str, str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "demo", *arguments],
        env=environment(tmp_path), cwd=BASE_DIR, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert f"argument {arguments[0]}: a " in done.stderr
