"""Records of reads, stored and chained."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from backend.audit.chain import Link, extending
from backend.audit.models import AuditRead, ChainName
from backend.audit.records import ReadRecord

_COPY_READS = """
COPY audit_auditread (id, at, principal_kind, principal_id, roles, client, ip, request_id, operation, document_hash,
purpose, policy_version, sequence, previous_hash, hash) FROM STDIN
"""
_COPY_ENTRIES = "COPY audit_auditreadentry (read_id, position, type, fields, categories, row_ids) FROM STDIN"


def append_reads(records: Iterable[ReadRecord]) -> int:
    """Store and chain the records that are not stored yet, in one transaction; return how many those were."""
    given = {record.id: record for record in records}
    with extending(ChainName.READS) as chain:
        # Nobody else appends while we hold the chain, so what is missing now is missing until we commit.
        for known in AuditRead.objects.filter(id__in=list(given)).values_list("id", flat=True):
            del given[known]
        new = list(given.values())
        links = [chain.link(record.content()) for record in new]
        _copy(_COPY_READS, map(_read_row, new, links))
        _copy(_COPY_ENTRIES, (row for record in new for row in _entry_rows(record)))
    return len(new)


def _copy(statement: str, rows: Iterable[Sequence[Any]]) -> None:
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _read_row(record: ReadRecord, link: Link) -> Sequence[Any]:
    who = (record.id, record.at, record.principal_kind, record.principal_id, list(record.roles))
    where = (record.client, record.ip, record.request_id, record.operation, record.document_hash)
    return (*who, *where, record.purpose, record.policy_version, link.sequence, link.previous_hash, link.hash)


def _entry_rows(record: ReadRecord) -> Iterable[Sequence[Any]]:
    for position, entry in enumerate(record.entries):
        # The keys as PostgreSQL's own text: adapting them one by one would cost more than all the rest.
        keys = f"{{{','.join(entry.row_ids)}}}"
        yield record.id, position, entry.type, list(entry.fields), list(entry.categories), keys
