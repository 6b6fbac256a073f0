"""One PostgreSQL for the whole run, started when the first test asks for rows.

Without `DATABASE_URL` it is an embedded server under var/test-postgres, apart from the demo's. Each run makes its own
database there, named after its process, so two runs at once never meet.
"""

import os

# Its plugin imports it at the end of a run otherwise, and finds fault with a heap that the server has frozen.
import hypothesis  # noqa: F401
import psutil
import psycopg
import pytest
from django.conf import settings
from django.db import connection
from pytest_django import DjangoDbBlocker

from backend.database import django_database, start_embedded, var_dir
from backend.vault.providers.local import new_key_text

# For this process and for the servers the tests start: what one signs, the other reads.
os.environ["PRISM_SECRET_KEY"] = settings.SECRET_KEY = "the key of the tests, known to everybody who reads them"
# A key of this run alone: no test reads what another run sealed.
os.environ["PRISM_KEY"] = new_key_text()


@pytest.fixture(scope="session")
def database_url() -> str:
    """Return the URL of the server the tests run on, started if it is ours."""
    if url := os.environ.get("DATABASE_URL"):
        return url
    url = start_embedded(var_dir() / "test-postgres")
    _drop_leftovers(url)
    return url


@pytest.fixture(scope="session")
def django_db_modify_db_settings(database_url: str) -> None:
    """Point Django at that server, before pytest-django makes the test database."""
    # In place: Django's connection handler may already hold this very dictionary.
    settings.DATABASES["default"].update(django_database(database_url))
    settings.DATABASES["default"].setdefault("TEST", {})["NAME"] = f"test_prism_{os.getpid()}"
    settings.DATABASE_URL = database_url


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Let audit tables be emptied between tests, which a trigger refuses everywhere else."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table in ("auditread", "auditreadentry", "auditchange", "auditchain"):
            name = psycopg.sql.Identifier(f"audit_{table}")
            cursor.execute(psycopg.sql.SQL("ALTER TABLE {} DISABLE TRIGGER audit_is_not_emptied").format(name))


def _drop_leftovers(url: str) -> None:
    """Drop the databases of runs that were killed: their names say whose they were."""
    with psycopg.connect(url, autocommit=True) as connection:
        for (name,) in connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'test\\_prism\\_%'"):
            if not psutil.pid_exists(int(name.split("_")[2])):
                identifier = psycopg.sql.Identifier(name)
                connection.execute(psycopg.sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier))
