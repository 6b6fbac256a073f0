"""The database itself refuses to change or remove a record."""
# ruff: noqa: S608  the statements name our own tables

import pytest
from django.db import DatabaseError, connection, transaction

from backend.audit.changes import record_change
from backend.audit.models import AuditChange
from backend.audit.reads import append_reads
from backend.audit.sealing import seal_changes
from tests.backend.audit.making import make_change, make_record

pytestmark = pytest.mark.django_db

TABLES = ["audit_auditread", "audit_auditreadentry", "audit_auditchange", "audit_auditchain"]
REFUSED = [
    *(f"DELETE FROM {table}" for table in TABLES),
    *(f"TRUNCATE {table} CASCADE" for table in TABLES),
    "UPDATE audit_auditread SET purpose = 'another'",
    "UPDATE audit_auditread SET sequence = sequence + 1",
    "UPDATE audit_auditreadentry SET row_ids = '{}'",
    "UPDATE audit_auditchange SET changes = '{}'",
    "UPDATE audit_auditchange SET sequence = sequence + 1",
    "UPDATE audit_auditchange SET sequence = NULL, previous_hash = NULL, hash = NULL",
    "UPDATE audit_auditchange SET hash = '\\x00'",
    "UPDATE audit_auditchain SET sequence = sequence - 1",
    "UPDATE audit_auditchain SET hash = '\\x00'",
    "UPDATE audit_auditchain SET name = 'another', sequence = sequence + 1",
]
UNSEALED_REFUSED = [
    "UPDATE audit_auditchange SET changes = '{}' WHERE sequence IS NULL",
    "UPDATE audit_auditchange SET at = now(), sequence = 9, previous_hash = '', hash = '' WHERE sequence IS NULL",
    "UPDATE audit_auditchange SET ip = '', sequence = 9, previous_hash = '', hash = '' WHERE sequence IS NULL",
    "UPDATE audit_auditchange SET previous_hash = '', hash = '' WHERE sequence IS NULL",
    "DELETE FROM audit_auditchange WHERE sequence IS NULL",
]


@pytest.fixture(autouse=True)
def records() -> None:
    """Have one of everything, under the triggers of a database in use."""
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER audit_is_not_emptied")
    append_reads([make_record()])
    record_change(make_change())
    seal_changes()
    # As after a commit: no check of a foreign key is still to come.
    connection.check_constraints()


def contents() -> list[object]:
    """Return everything there is in the tables."""
    with connection.cursor() as cursor:
        found: list[object] = []
        for table in TABLES:
            cursor.execute(f"SELECT {table}::text FROM {table} ORDER BY 1")
            found.extend(cursor.fetchall())
        return found


def refused(statement: str) -> None:
    """Run a statement, see it refused, and see that nothing changed."""
    before = contents()
    with connection.cursor() as cursor, pytest.raises(DatabaseError) as error, transaction.atomic():
        cursor.execute(statement)
    assert getattr(error.value.__cause__, "sqlstate", "") == "23001"
    assert contents() == before


@pytest.mark.parametrize("statement", REFUSED)
def test_a_record_is_neither_changed_nor_removed(statement: str) -> None:
    assert len(contents()) == 5
    refused(statement)


@pytest.mark.parametrize("statement", UNSEALED_REFUSED)
def test_a_change_that_is_not_chained_yet_is_only_ever_chained(statement: str) -> None:
    record_change(make_change())
    refused(statement)
    assert seal_changes() == 1
    assert not AuditChange.objects.filter(sequence=None).exists()
