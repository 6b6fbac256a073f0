"""The benchmark's own database: seeded once per size, used again afterwards."""

import os
import subprocess
import sys
import uuid
from pathlib import Path

import psycopg

from backend.database import BASE_DIR, check_server, start_embedded, var_dir
from bench.errors import BenchError

_IDS = 500


def own_var_dir() -> None:
    """Keep the benchmark apart from the demo: `PRISM_VAR` is var/bench unless told."""
    os.environ.setdefault("PRISM_VAR", str(BASE_DIR / "var" / "bench"))


def bench_database(customers: int) -> str:
    """Return the URL of a database that holds the seed of `customers` customers, made when it is missing.

    Raises: BenchError if `DATABASE_URL` names a database with other rows; SetupError if there is no server.
    """
    given = os.environ.get("DATABASE_URL")
    url = given or start_embedded(var_dir() / "postgres", f"bench_{customers}")
    check_server(url)
    manage(url, "migrate", "--verbosity", "0")
    with psycopg.connect(url) as connection:
        found = _count(connection)
    if not found:
        manage(url, "seed", "--customers", str(customers), "--seed", "1")
    elif found != customers:
        raise BenchError(
            f"The database holds {found:,} customers and the benchmark wants {customers:,}: "
            "name an empty database in DATABASE_URL, or none at all."
        )
    run(url, "-m", "bench.plain")
    with psycopg.connect(url, autocommit=True) as connection:
        # Index-only scans and settled hint bits, as in a database that has been up for a while.
        connection.execute("VACUUM (ANALYZE)")
    return url


def manage(url: str, *arguments: str) -> str:
    """Run a management command on the database at `url` and return what it printed."""
    return run(url, "manage.py", *arguments)


def run(url: str, *arguments: str) -> str:
    """Run Python on the database at `url` and return what it printed."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=BASE_DIR, env=os.environ | {"DATABASE_URL": url}, stdout=subprocess.PIPE, text=True, check=False,
    )  # fmt: skip
    if done.returncode != 0:
        raise BenchError(f"{' '.join(arguments[:2])} failed; it says why above.")
    return done.stdout


def own_customer_ids(url: str, username: str) -> list[str]:
    """Return the global ids of some of a user's own customers, in no telling order, the same ones every time."""
    with psycopg.connect(url) as connection:
        rows: list[tuple[uuid.UUID]] = connection.execute(
            "SELECT c.id FROM crm_customer c JOIN identity_user u ON u.id = c.owner_id"
            " WHERE u.username = %s AND c.deleted_at IS NULL ORDER BY md5(c.id::text) LIMIT %s",
            [username, _IDS],
        ).fetchall()
    return [f"Customer_{key}" for (key,) in rows]


def server_version(url: str) -> str:
    """Return the version of PostgreSQL."""
    with psycopg.connect(url) as connection:
        return str(connection.info.parameter_status("server_version"))


def results_folder() -> Path:
    """Return where results are kept."""
    return BASE_DIR / "bench" / "results"


def _count(connection: psycopg.Connection[tuple[object, ...]]) -> int:
    row = connection.execute("SELECT count(*) FROM crm_customer").fetchone()
    return int(str(row[0])) if row else 0
