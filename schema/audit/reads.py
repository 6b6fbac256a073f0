"""`auditReads`: who read what in clear, for auditors. Records hold no values, and rows are told by their ids alone."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import strawberry
from django.db.models import F, TextField
from django.db.models.functions import Cast

from backend.audit import models
from backend.audit.searching import Page, entries_of, page, reads
from permissions.categories import Category
from permissions.resources import Action, Resource
from schema.audit.filters import AuditReadFilter, note_search, read_search
from schema.audit.pages import After, Before, First, Last, PageArguments, Pager, found
from schema.audit.people import AuditPrincipal, Names, names_of, principal_of
from schema.audit.types import row_id_of
from schema.context import PrismInfo
from schema.relay import Edge, PageInfo, encode_id
from schema.rights import Right

READ = Right(Resource.AUDIT, Action.READ)
MOST_ROWS = 500

Entries = Mapping[uuid.UUID, Sequence[Any]]


@strawberry.type(description="Objects of one type of which the same fields were read.")
class AuditReadEntry:
    """A part of one read."""

    type: str = strawberry.field(
        description="Their type. AuditRead and AuditChange, of which no object is named, stand for reading the audit."
    )
    fields: list[str] = strawberry.field(
        description="The fields that were read in clear; of the audit, what was looked for, such as category=IDENTITY."
    )
    categories: list[Category] = strawberry.field(description="The categories of those fields.")
    row_ids: list[strawberry.ID] = strawberry.field(
        description="The ids of the objects, at most 500 of them. None where values were read together, as in a sum."
    )
    row_count: int = strawberry.field(description="How many objects there were.")


@strawberry.type(description="One answer that held values in clear: who got it, when, where and what for. No values.")
class AuditRead:
    """One read record."""

    id: strawberry.ID = strawberry.field(description="The record's id.")
    at: dt.datetime = strawberry.field(description="When it was answered.")
    principal: AuditPrincipal = strawberry.field(description="Who asked.")
    roles: list[str] = strawberry.field(description="The roles they had.")
    client: str = strawberry.field(description="What their program calls itself.")
    ip: str = strawberry.field(description="The address they asked from.")
    request_id: str = strawberry.field(description="The request's id, their own where they sent one.")
    operation: str = strawberry.field(description="The operation's name; empty where it had none.")
    document_hash: str = strawberry.field(description="SHA-256 of the document they sent, in hexadecimal digits.")
    purpose: str = strawberry.field(description="What they said it was for; empty where they said nothing.")
    policy_version: str = strawberry.field(description="The policy it was answered under.")
    entries: list[AuditReadEntry] = strawberry.field(description="What was read, of which objects.")


@strawberry.type(name="AuditReadConnection", description="One page of reads, the newest first.")
class AuditReadConnection:
    """A page of read records."""

    nodes: list[AuditRead] = strawberry.field(description="The reads of the page.")
    edges: list[Edge[AuditRead]] = strawberry.field(description="The reads of the page, each with its cursor.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")


async def audit_reads(
    info: PrismInfo,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    filter: Annotated[  # noqa: A002  the argument's name in the graph
        AuditReadFilter | None, strawberry.argument(description="Which reads; all of them unless told.")
    ] = None,
) -> AuditReadConnection | None:
    """Return one page of read records."""
    READ.require(info)
    context = info.context
    pager = Pager(context, "AuditRead")
    wanted, search = pager.wanted(PageArguments(first, after, last, before)), read_search(filter)
    note_search(context, "AuditRead", info.field_name, filter)
    records, entries = await found(lambda: _with_entries(page(reads(search), wanted)))
    names = await names_of(context, records.records)
    nodes = [_read(each, names, entries) for each in records.records]
    cursors = [pager.cursor(each) for each in records.records]
    return AuditReadConnection(
        nodes=nodes,
        edges=[Edge(node=node, cursor=cursor) for node, cursor in zip(nodes, cursors, strict=True)],
        page_info=pager.info(records),
    )


def _with_entries(records: Page[models.AuditRead]) -> tuple[Page[models.AuditRead], Entries]:
    """Return a page with the entries of its reads, of each at most 500 rows, as PostgreSQL's own text of them."""
    rows = entries_of(records.records).annotate(
        count=F("row_ids__len"), listed=Cast(F(f"row_ids__0_{MOST_ROWS}"), TextField())
    )
    entries: dict[uuid.UUID, list[Any]] = {}
    for row in rows.values_list("read_id", "type", "fields", "categories", "count", "listed", named=True):
        entries.setdefault(row.read_id, []).append(row)
    return records, entries


def _read(row: models.AuditRead, names: Names, entries: Entries) -> AuditRead:
    return AuditRead(
        id=strawberry.ID(encode_id("AuditRead", row.id)),
        at=row.at,
        principal=principal_of(row, names),
        roles=row.roles,
        client=row.client,
        ip=row.ip,
        request_id=row.request_id,
        operation=row.operation,
        document_hash=row.document_hash,
        purpose=row.purpose,
        policy_version=row.policy_version,
        entries=[_entry(each) for each in entries.get(row.id, ())],
    )


def _entry(row: Any) -> AuditReadEntry:
    keys = row.listed[1:-1].split(",") if row.count else ()
    return AuditReadEntry(
        type=row.type,
        fields=row.fields,
        categories=[Category[name] for name in row.categories],
        row_ids=[row_id_of(row.type, key) for key in keys],
        row_count=row.count,
    )
