"""A search changes nothing, does not last for ever, and outlives the connection it began on."""

from collections.abc import Iterator

import psycopg
import pytest
from django.db import InternalError, OperationalError, connection
from pytest_django.fixtures import Settings

from backend.audit.asking import SearchTooSlowError, _surely
from backend.audit.changes import record_change
from backend.audit.models import AuditChange
from backend.vault.store import default_conninfo
from tests.backend.audit.making import make_change

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def whole_connection() -> Iterator[None]:
    """Leave a connection that works."""
    yield
    connection.close()


def backend() -> int:
    """Return the process that serves this connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_a_search_changes_nothing() -> None:
    with pytest.raises(InternalError, match="read-only transaction"):
        _surely(lambda: record_change(make_change()))
    assert not AuditChange.objects.exists()


def test_a_search_that_takes_too_long_is_stopped(settings: Settings) -> None:
    settings.PRISM_STATEMENT_TIMEOUT_MS = 20

    def sleep() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(60)")

    with pytest.raises(SearchTooSlowError):
        _surely(sleep)
    # And the limit ends with it.
    settings.PRISM_STATEMENT_TIMEOUT_MS = 10_000
    assert _surely(backend)


def test_a_search_outlives_a_connection_that_died() -> None:
    first = _surely(backend)
    with psycopg.connect(default_conninfo(), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 10000)", [first])
    assert _surely(backend) != first


def test_a_database_that_stays_away_is_told_at_the_second_try() -> None:
    tries = []

    def fails() -> None:
        tries.append(1)
        raise OperationalError("away")

    with pytest.raises(OperationalError):
        _surely(fails)
    assert len(tries) == 2


def test_a_search_sees_one_moment() -> None:
    record_change(make_change())

    def counts() -> tuple[int, int]:
        before = AuditChange.objects.count()
        with psycopg.connect(default_conninfo(), autocommit=True) as other:
            other.execute(
                "INSERT INTO audit_auditchange SELECT (jsonb_populate_record(c, jsonb_build_object('id', "
                "gen_random_uuid()))).* FROM audit_auditchange c LIMIT 1"
            )
        return before, AuditChange.objects.count()

    assert _surely(counts) == (1, 1)
    assert AuditChange.objects.count() == 2
