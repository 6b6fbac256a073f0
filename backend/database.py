"""Where the rows live: the server `DATABASE_URL` names, or an embedded PostgreSQL of our own under var/."""

import os
from pathlib import Path
from typing import Any

import psycopg

from backend.embedded import EmbeddedServer, embedded_server, join
from backend.errors import SetupError

BASE_DIR = Path(__file__).resolve().parent.parent
DATABASE_NAME = "prism"
OLDEST_POSTGRESQL = 16


def var_dir() -> Path:
    """Return the folder for everything Prism writes beside its database: `PRISM_VAR`, or var/ in the checkout."""
    return Path(os.environ.get("PRISM_VAR") or BASE_DIR / "var").absolute()


def own_server() -> EmbeddedServer:
    """Return the embedded server of this installation; it need not run."""
    return embedded_server(var_dir() / "postgres")


def database_url() -> str:
    """Return the URL rows are read from: `DATABASE_URL`, or the embedded server's, known before it runs."""
    return os.environ.get("DATABASE_URL") or own_server().url(DATABASE_NAME)


def start_embedded(pgdata: Path, database: str = DATABASE_NAME) -> str:
    """Start (or join) the embedded server in `pgdata`, make `database` when missing, and return its URL.

    The server stops with the last process that joined.
    Raises: SetupError.
    """
    server = embedded_server(pgdata)
    try:
        join(server)
    except OSError as error:
        raise SetupError(
            f"Prism cannot write to {server.pgdata.parent} ({error.strerror}): "
            "name another folder in PRISM_VAR, or a server of your own in DATABASE_URL."
        ) from error
    _create_when_missing(server, database)
    return server.url(database)


def ensure_database() -> None:
    """Return when the database answers: the one `DATABASE_URL` names, or the embedded one, started for it.

    Raises: SetupError.
    """
    url = os.environ.get("DATABASE_URL") or start_embedded(var_dir() / "postgres")
    check_server(url)


def check_server(url: str) -> None:
    """Return when the server at `url` answers, has the database, and is recent enough.

    Raises: SetupError.
    """
    target = describe(url)
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            version = connection.info.server_version // 10000
    except psycopg.OperationalError as error:
        raise SetupError(f"Prism cannot open the database {target}: {_reason(error)}.") from error
    if version < OLDEST_POSTGRESQL:
        raise SetupError(
            f"The database {target} runs on PostgreSQL {version}, and Prism needs {OLDEST_POSTGRESQL} or later."
        )


def describe(url: str) -> str:
    """Return `url` as a person would say it, without user, password or options."""
    parts = parse(url)
    where = parts.get("host") or parts.get("hostaddr") or "the local socket"
    port = f":{parts['port']}" if parts.get("port") else ""
    return f'"{parts.get("dbname") or "(default)"}" on {where}{port}'


def parse(url: str) -> dict[str, Any]:
    """Return the parts of a libpq connection string or URL.

    Raises: SetupError, whose message never repeats the URL: it may hold a password.
    """
    try:
        return dict(psycopg.conninfo.conninfo_to_dict(url))
    except psycopg.ProgrammingError:
        # Without its cause: libpq's text quotes what it could not read.
        raise SetupError(
            "DATABASE_URL cannot be read: write it as postgresql://USER:PASSWORD@HOST:PORT/DATABASE."
        ) from None


def django_database(url: str) -> dict[str, Any]:
    """Return Django's DATABASES entry for a libpq connection string or URL."""
    parts = parse(url)
    named = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    entry: dict[str, Any] = {"ENGINE": "django.db.backends.postgresql", "CONN_HEALTH_CHECKS": True}
    entry |= {django: str(parts.pop(libpq)) for libpq, django in named.items() if parts.get(libpq) is not None}
    entry["OPTIONS"] = {key: value for key, value in parts.items() if value is not None}
    return entry


def _create_when_missing(server: EmbeddedServer, database: str) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone()
        if found is None:
            try:
                connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(database)))
            except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                return  # Another process of ours made it in the meantime.


def _reason(error: psycopg.OperationalError) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else "it does not answer").rstrip(".?")
