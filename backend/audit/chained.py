"""Chained records as they are stored, in the order of their chain, with their contents for the hash."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from backend.audit.changes import change_of
from backend.audit.models import AuditChange, AuditRead, AuditReadEntry, ChainName
from backend.audit.records import ReadEntry, ReadRecord

BATCH = 1000

_Row = TypeVar("_Row", AuditRead, AuditChange)


@dataclass(frozen=True, slots=True)
class Chained:
    """What is stored of one record: its link, and the content the link was made for."""

    sequence: int
    previous_hash: bytes
    hash: bytes
    content: bytes


def chained(chain: ChainName) -> Iterator[Chained]:
    """Yield the records of a chain, read in batches: no transaction lasts for as long as the whole."""
    match chain:
        case ChainName.READS:
            for reads in _batches(AuditRead.objects.all()):
                entries = _entries(reads)
                yield from (_chained(row, _record(row, entries.get(row.id, ())).content()) for row in reads)
        case ChainName.CHANGES:
            for changes in _batches(AuditChange.objects.all()):
                yield from (_chained(row, change_of(row).content()) for row in changes)


def _batches(rows: QuerySet[_Row]) -> Iterator[list[_Row]]:
    # The key too: a row that was smuggled in under a sequence that is taken must not hide behind the end of a batch.
    rows = rows.filter(sequence__isnull=False).order_by("sequence", "id")
    batch = list(rows[:BATCH])
    while batch:
        yield batch
        last = batch[-1]
        behind = Q(sequence__gt=last.sequence) | Q(sequence=last.sequence, id__gt=last.id)
        batch = list(rows.filter(behind)[:BATCH])


def _chained(row: AuditRead | AuditChange, content: bytes) -> Chained:
    return Chained(row.sequence or 0, bytes(row.previous_hash or b""), bytes(row.hash or b""), content)


def _entries(reads: Sequence[AuditRead]) -> Mapping[uuid.UUID, list[ReadEntry]]:
    # The keys as PostgreSQL's text of them, {a,b}: making UUIDs of them would take ten times as long as the rest.
    rows = AuditReadEntry.objects.filter(read__in=reads).order_by("read_id", "position")
    rows = rows.annotate(keys=Cast("row_ids", TextField()))
    entries: dict[uuid.UUID, list[ReadEntry]] = {}
    for read_id, type_, fields, categories, keys in rows.values_list("read_id", "type", "fields", "categories", "keys"):
        row_ids = tuple(keys[1:-1].split(",")) if keys != "{}" else ()
        entries.setdefault(read_id, []).append(ReadEntry(type_, tuple(fields), tuple(categories), row_ids))
    return entries


def _record(row: AuditRead, entries: Sequence[ReadEntry]) -> ReadRecord:
    return ReadRecord(
        id=row.id,
        at=row.at,
        principal_kind=row.principal_kind,
        principal_id=row.principal_id,
        roles=tuple(row.roles),
        client=row.client,
        ip=row.ip,
        request_id=row.request_id,
        operation=row.operation,
        document_hash=row.document_hash,
        purpose=row.purpose,
        policy_version=row.policy_version,
        entries=entries,
    )
