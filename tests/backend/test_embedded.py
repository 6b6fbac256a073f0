"""The embedded server runs exactly while a living process uses it."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from backend.database import BASE_DIR, start_embedded
from backend.embedded import INITIAL_SETTINGS, embedded_server, join, leave
from backend.errors import SetupError

# Joins the server, says so, and stays until its input is closed.
USER = """
import sys
from pathlib import Path
from backend.database import start_embedded
print(start_embedded(Path(sys.argv[1])), flush=True)
sys.stdin.read()
"""
# Forks a child that ends at once, then still finds the server.
FORKER = """
import os, sys
from pathlib import Path
import psycopg
from backend.database import start_embedded
url = start_embedded(Path(sys.argv[1]))
if os.fork() == 0:
    sys.exit()
assert os.wait()[1] == 0
psycopg.connect(url).close()
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cluster whose server is down, with what an interrupted first start leaves beside it."""
    pgdata = tmp_path_factory.mktemp("embedded") / "postgres"
    leftover = pgdata.with_name("postgres.new")
    leftover.mkdir()
    (leftover / "PG_VERSION").write_text("half made")
    start_embedded(pgdata)
    leave(embedded_server(pgdata))
    assert not leftover.exists()
    return pgdata


@pytest.fixture
def other(cluster: Path) -> Iterator[subprocess.Popen[str]]:
    """Return another process that uses the server in `cluster`."""
    command = [sys.executable, "-c", USER, str(cluster)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=BASE_DIR) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("postgresql://")
        yield process


def server_pid(pgdata: Path) -> int | None:
    """Return the process id of the server of `pgdata`, or None when it is down."""
    file = pgdata / "postmaster.pid"
    pid = int(file.read_text().splitlines()[0]) if file.exists() else None
    return pid if pid is not None and psutil.pid_exists(pid) else None


def test_the_server_stops_when_its_last_user_leaves(cluster: Path, other: subprocess.Popen[str]) -> None:
    running = server_pid(cluster)
    assert running is not None
    join(embedded_server(cluster))
    assert server_pid(cluster) == running
    other.communicate()
    assert other.returncode == 0
    assert server_pid(cluster) == running
    leave(embedded_server(cluster))
    assert server_pid(cluster) is None


def test_leaving_does_not_stop_a_server_another_process_uses(cluster: Path, other: subprocess.Popen[str]) -> None:
    join(embedded_server(cluster))
    leave(embedded_server(cluster))
    assert server_pid(cluster) is not None
    other.communicate()
    assert server_pid(cluster) is None


def test_a_killed_user_is_not_counted(cluster: Path, other: subprocess.Popen[str]) -> None:
    running = server_pid(cluster)
    other.send_signal(signal.SIGKILL)
    other.communicate()
    assert server_pid(cluster) == running
    join(embedded_server(cluster))
    assert server_pid(cluster) == running
    leave(embedded_server(cluster))
    assert server_pid(cluster) is None


def test_a_forked_child_does_not_stop_its_parents_server(cluster: Path) -> None:
    subprocess.run([sys.executable, "-c", FORKER, str(cluster)], cwd=BASE_DIR, check=True)
    assert server_pid(cluster) is None


def test_the_cluster_is_tuned_and_durable(cluster: Path) -> None:
    with psycopg.connect(start_embedded(cluster)) as connection:

        def setting(name: str) -> object:
            row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
            assert row is not None
            return row[0]

        assert {name: setting(name) for name in ("jit", "random_page_cost", "listen_addresses")} == {
            name: INITIAL_SETTINGS[name] for name in ("jit", "random_page_cost", "listen_addresses")
        }
        assert {setting("fsync"), setting("synchronous_commit"), setting("full_page_writes")} == {"on"}
        connection.execute("CREATE EXTENSION pg_trgm")
        row = connection.execute("SELECT cardinality(show_trgm('科技')), 'ä' < 'z', lower('Ä')").fetchone()
        # Two Chinese characters are three trigrams; letters sort by code point, as in Python.
        assert row == (3, False, "ä")
        connection.rollback()
    leave(embedded_server(cluster))


def test_only_its_owner_may_connect(cluster: Path) -> None:
    assert cluster.stat().st_mode & 0o777 == 0o700


def test_a_server_that_cannot_start_gives_its_reason(cluster: Path) -> None:
    settings = cluster / "postgresql.auto.conf"
    before = settings.read_text()
    settings.write_text("no_such_setting = 1\n")
    try:
        with pytest.raises(SetupError, match=r"does not start: .*no_such_setting|does not start: .*contains errors"):
            start_embedded(cluster)
    finally:
        leave(embedded_server(cluster))
        settings.write_text(before)
    assert server_pid(cluster) is None


def test_a_path_too_long_for_a_socket_gets_a_short_one(tmp_path: Path) -> None:
    pgdata = tmp_path / ("long" * 25) / "postgres"
    server = embedded_server(pgdata)
    assert server.socket_folder != pgdata
    try:
        with psycopg.connect(start_embedded(pgdata)) as connection:
            assert connection.info.host == str(server.socket_folder)
        assert server.socket_folder.stat().st_mode & 0o777 == 0o700
    finally:
        leave(server)
        shutil.rmtree(server.socket_folder)


@pytest.mark.parametrize("trap", ["symlink", "another owner"])
def test_a_folder_somebody_else_laid_out_is_refused(trap: str, tmp_path: Path) -> None:
    server = embedded_server(tmp_path / "postgres")
    folder = tmp_path / "trap"
    if trap == "symlink":
        folder.symlink_to(tmp_path)
    elif os.geteuid() == 0:
        folder.mkdir()
        os.chown(folder, 12345, 12345)
    else:
        folder = Path("/")
    with pytest.raises(PermissionError):
        server.user.own(folder)
