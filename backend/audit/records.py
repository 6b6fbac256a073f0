"""What is recorded of an answer that held values in clear: who, when, from where, what for, and which cells.

A record names fields and keys of rows. It never holds a value of a gated field.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.audit.canonical import Value, canonical


@dataclass(frozen=True, slots=True)
class ReadEntry:
    """Rows of one type on which the same fields were answered in clear.

    Units: `row_ids` are UUIDs as text, in lower case.
    """

    type: str
    fields: tuple[str, ...]
    categories: tuple[str, ...]
    row_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRecord:
    """One answer that held values in clear.

    Units: `id` a UUIDv7, made by whoever answers; `at` in UTC.
    """

    id: uuid.UUID
    at: datetime
    principal_kind: str
    principal_id: uuid.UUID | None
    roles: tuple[str, ...]
    client: str
    ip: str
    request_id: str
    operation: str
    document_hash: str
    purpose: str
    policy_version: str
    entries: Sequence[ReadEntry]

    def content(self) -> bytes:
        """Return the bytes the chain is computed over: no two different records have the same."""
        # A key is 36 characters without a comma: joined, they are as unambiguous as one by one, and much faster.
        entries: list[Value] = [
            [each.type, each.fields, each.categories, ",".join(each.row_ids)] for each in self.entries
        ]
        who: list[Value] = [self.id, self.at, self.principal_kind, self.principal_id, self.roles]
        where: list[Value] = [self.client, self.ip, self.request_id, self.operation, self.document_hash]
        return canonical([*who, *where, self.purpose, self.policy_version, entries])
