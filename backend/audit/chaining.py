"""Chaining the changes that were committed. See docs/adr/0015."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from backend.audit.chain import Link, extending
from backend.audit.changes import change_of
from backend.audit.models import AuditChange, ChainName

BATCH = 500
_SEAL = """
UPDATE audit_auditchange AS change
SET sequence = link.sequence, previous_hash = link.previous_hash, hash = link.hash
FROM unnest(%s::uuid[], %s::bigint[], %s::bytea[], %s::bytea[]) AS link (id, sequence, previous_hash, hash)
WHERE change.id = link.id
"""


def chain_changes() -> int:
    """Chain every change that is committed, and return how many there were."""
    chained = 0
    # Looked for without the chain's lock first: most of the time there is nothing to do.
    while AuditChange.objects.filter(sequence=None).exists():
        batch = _chain_batch()
        chained += batch
        if batch < BATCH:
            break
    return chained


def _chain_batch() -> int:
    with extending(ChainName.CHANGES) as chain:
        # What another transaction has not committed is not seen here, and comes after us in the chain.
        rows = list(AuditChange.objects.filter(sequence=None).order_by("id")[:BATCH])
        links = [chain.link(change_of(row).content()) for row in rows]
        if rows:
            _store(rows, links)
    return len(rows)


def _store(rows: Sequence[AuditChange], links: Sequence[Link]) -> None:
    columns: list[Any] = [
        [row.id for row in rows],
        [link.sequence for link in links],
        [link.previous_hash for link in links],
        [link.hash for link in links],
    ]
    with connection.cursor() as cursor:
        cursor.execute(_SEAL, columns)
