"""Records and changes to audit, and what a database's owner can do to them."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from django.db import connection

from backend.audit.changes import Change
from backend.audit.journal import ReadEntry, ReadJournal, ReadRecord
from backend.audit.models import AuditRead
from backend.models import new_id

MEGABYTE = 1_000_000
PRINCIPAL = uuid.UUID("01890000-0000-7000-8000-000000000001")
CUSTOMER = uuid.UUID("01890000-0000-7000-8000-00000000000c")


def make_keys(count: int) -> tuple[str, ...]:
    """Return the keys of some rows."""
    return tuple(str(new_id()) for _ in range(count))


def make_record(*, rows: int = 2, **values: Any) -> ReadRecord:
    """Return the record of an answer with contact details of `rows` customers."""
    given: dict[str, Any] = {
        "id": new_id(),
        "at": datetime.now(UTC),
        "principal_kind": "user",
        "principal_id": PRINCIPAL,
        "roles": ("sales", "sales_manager"),
        "client": "小程序/1.2",
        "ip": "192.0.2.7",
        "request_id": "r-1",
        "operation": "MyCustomers",
        "document_hash": "ab" * 32,
        "purpose": "回访",
        "policy_version": "3:abcdef",
        "entries": (ReadEntry("Customer", ("phone", "email"), ("contact_info",), make_keys(rows)),),
    }
    return ReadRecord(**given | values)


def make_change(**values: Any) -> Change:
    """Return the record of a change of a customer's level."""
    given: dict[str, Any] = {
        "principal_kind": "user",
        "principal_id": PRINCIPAL,
        "roles": ("sales",),
        "client": "小程序/1.2",
        "ip": "192.0.2.7",
        "request_id": "r-1",
        "operation": "Upgrade",
        "action": "update",
        "resource": "customer",
        "row_id": CUSTOMER,
        "changes": {"level": {"before": "B", "after": "A"}},
    }
    return Change(**given | values)


def make_journal(folder: Path, *, limit_bytes: int = MEGABYTE) -> ReadJournal:
    """Return a journal in `folder`."""
    return ReadJournal(folder, limit_bytes=limit_bytes)


def journal_of(folder: Path, *records: ReadRecord) -> None:
    """Leave records in a journal as an ended process would."""
    journal = make_journal(folder)
    for record in records:
        journal.append(record)
    journal.rotate()


def stored_ids() -> list[uuid.UUID]:
    """Return the keys of the reads in the database, in the order of the chain."""
    return list(AuditRead.objects.order_by("sequence").values_list("id", flat=True))


def database_conninfo() -> str:
    """Return where the tests' database is, as libpq reads it."""
    names = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    entry = connection.settings_dict
    named = {libpq: entry[django] for libpq, django in names.items() if entry.get(django)}
    return psycopg.conninfo.make_conninfo(**named, **entry["OPTIONS"])


@contextmanager
def as_owner() -> Iterator[None]:
    """Do what the role that owns the tables can do and the application's cannot: pass the triggers by."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield
        cursor.execute("SET session_replication_role = origin")
