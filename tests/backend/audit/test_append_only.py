"""The database itself refuses to change or remove a record."""
# ruff: noqa: S608  the statements name our own tables

import re
from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connection, transaction

from backend.audit.chaining import chain_changes
from backend.audit.changes import record_change
from backend.audit.models import AuditChange, ChainName
from backend.audit.reads import append_reads
from backend.audit.verification import verify
from backend.database import BASE_DIR
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
    chain_changes()
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
    assert chain_changes() == 1
    assert not AuditChange.objects.filter(sequence=None).exists()


@pytest.fixture
def served() -> Iterator[None]:
    """Be the role docs/audit.md tells a production to serve as, for one transaction."""
    document = (BASE_DIR / "docs" / "audit.md").read_text(encoding="utf-8")
    (grants,) = re.findall(r"```sql\n(.*?)```", document, re.DOTALL)
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE prism_app")
        cursor.execute(grants)
        cursor.execute("SET LOCAL ROLE prism_app")
        yield
        cursor.execute("RESET ROLE")


def test_the_role_that_serves_can_record(served: None) -> None:
    assert append_reads([make_record()]) == 1
    record_change(make_change())
    assert chain_changes() == 1
    assert [list(verify(chain)) for chain in ChainName] == [[], []]


@pytest.mark.parametrize(
    "statement",
    [
        *(f"DELETE FROM {table}" for table in TABLES),
        *(f"TRUNCATE {table} CASCADE" for table in TABLES),
        *(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in TABLES),
        *(f"DROP TABLE {table} CASCADE" for table in TABLES),
        "UPDATE audit_auditread SET sequence = 9",
        "UPDATE audit_auditreadentry SET fields = '{}'",
        "UPDATE audit_auditchange SET changes = '{}'",
        "UPDATE audit_auditchain SET name = 'another'",
        "CREATE OR REPLACE FUNCTION prism_audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
        "SET session_replication_role = replica",
    ],
)
def test_the_role_that_serves_cannot_pass_the_triggers_by(statement: str, served: None) -> None:
    with connection.cursor() as cursor, pytest.raises(DatabaseError) as error, transaction.atomic():
        cursor.execute(statement)
    assert getattr(error.value.__cause__, "sqlstate", "") == "42501"
