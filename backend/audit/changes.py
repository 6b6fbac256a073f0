"""Records of writes: stored in the writer's own transaction, so that there is no write without its record."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from backend.audit.canonical import Value, canonical
from backend.audit.models import AuditChange
from backend.audit.text import storable
from backend.models import new_id

Json = Mapping[str, Value]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One write to one row. `changes` maps each field to `before` and `after`, as `describe_change` gives it.

    `correlation_id` joins the changes of one operation that wrote several rows.
    """

    principal_kind: str
    principal_id: uuid.UUID | None
    roles: tuple[str, ...]
    client: str
    ip: str
    request_id: str
    operation: str
    action: str
    resource: str
    row_id: uuid.UUID
    changes: Json
    correlation_id: uuid.UUID | None = None
    id: uuid.UUID = field(default_factory=new_id)
    at: datetime = field(default_factory=_now)

    def content(self) -> bytes:
        """Return the bytes the chain is computed over: no two different changes have the same."""
        who: list[Value] = [self.id, self.at, self.principal_kind, self.principal_id, self.roles]
        where: list[Value] = [self.client, self.ip, self.request_id, self.operation]
        what: list[Value] = [self.action, self.resource, self.row_id, self.changes, self.correlation_id]
        return canonical([*who, *where, *what])


def record_change(change: Change) -> None:
    """Store a change. Call it inside the transaction that makes the change: both come to be, or neither.

    It waits for nobody: the record is chained after the commit, by `chain_changes`.
    """
    AuditChange.objects.create(**_columns(change))


def insert_change(session: psycopg.Connection[tuple[Any, ...]], change: Change) -> None:
    """Store a change as `record_change` does, for a writer with a session of its own."""
    columns = _columns(change)
    statement = sql.SQL("INSERT INTO audit_auditchange ({}) VALUES ({})").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)), sql.SQL(", ").join(sql.Placeholder() * len(columns))
    )
    session.execute(statement, [Jsonb(value) if isinstance(value, dict) else value for value in columns.values()])


def _columns(change: Change) -> dict[str, Any]:
    return {
        "id": change.id,
        "at": change.at,
        "principal_kind": change.principal_kind,
        "principal_id": change.principal_id,
        "roles": list(change.roles),
        "client": storable(change.client),
        "ip": storable(change.ip),
        "request_id": storable(change.request_id),
        "operation": storable(change.operation),
        "action": change.action,
        "resource": change.resource,
        "row_id": change.row_id,
        "changes": dict(change.changes),
        "correlation_id": change.correlation_id,
    }


def change_of(row: AuditChange) -> Change:
    """Return the change a row holds."""
    return Change(
        id=row.id,
        at=row.at,
        principal_kind=row.principal_kind,
        principal_id=row.principal_id,
        roles=tuple(row.roles),
        client=row.client,
        ip=row.ip,
        request_id=row.request_id,
        operation=row.operation,
        action=row.action,
        resource=row.resource,
        row_id=row.row_id,
        changes=row.changes,
        correlation_id=row.correlation_id,
    )
