"""`auditChanges`: who changed what, for auditors. Values are told as `schema/audit/values.py` says."""

import datetime as dt
from typing import Annotated

import strawberry

from backend.audit import models
from backend.audit.searching import Page, changes, page
from backend.vault.fingerprinting import fingerprint_key
from schema.audit.filters import AuditChangeFilter, change_search, note_search
from schema.audit.pages import After, Before, First, Last, PageArguments, Pager, found
from schema.audit.people import AuditPrincipal, Names, names_of, principal_of
from schema.audit.reads import READ
from schema.audit.types import row_id_of, type_of
from schema.audit.values import AuditFieldChange, Teller
from schema.context import PrismInfo
from schema.relay import Edge, PageInfo, encode_id


@strawberry.type(description="One write to one object: who made it, when and where, and what it changed.")
class AuditChange:
    """One change record."""

    id: strawberry.ID = strawberry.field(description="The record's id.")
    at: dt.datetime = strawberry.field(description="When it was made.")
    principal: AuditPrincipal = strawberry.field(description="Who made it.")
    roles: list[str] = strawberry.field(description="The roles they had.")
    client: str = strawberry.field(description="What their program calls itself.")
    ip: str = strawberry.field(description="The address they asked from; empty for a command.")
    request_id: str = strawberry.field(description="The request's id, their own where they sent one.")
    operation: str = strawberry.field(description="The operation's name; empty where it had none.")
    action: str = strawberry.field(description="What was done, such as create, update or activate.")
    type: str = strawberry.field(description="The type of the object.")
    row_id: strawberry.ID = strawberry.field(description="The object's id.")
    changes: list[AuditFieldChange] = strawberry.field(description="The fields that differ.")
    correlation_id: strawberry.ID | None = strawberry.field(
        description="The same for all changes of one operation that changed several objects."
    )


@strawberry.type(name="AuditChangeConnection", description="One page of changes, the newest first.")
class AuditChangeConnection:
    """A page of change records."""

    nodes: list[AuditChange] = strawberry.field(description="The changes of the page.")
    edges: list[Edge[AuditChange]] = strawberry.field(description="The changes of the page, each with its cursor.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")


async def audit_changes(
    info: PrismInfo,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    filter: Annotated[  # noqa: A002  the argument's name in the graph
        AuditChangeFilter | None, strawberry.argument(description="Which changes; all of them unless told.")
    ] = None,
) -> AuditChangeConnection | None:
    """Return one page of change records."""
    READ.require(info)
    context = info.context
    pager = Pager(context, "AuditChange")
    wanted, search = pager.wanted(PageArguments(first, after, last, before)), change_search(filter)
    note_search(context, "AuditChange", info.field_name, filter)

    def look() -> tuple[Page[models.AuditChange], bytes]:
        return page(changes(search), wanted), fingerprint_key(context.keyring)

    records, key = await found(look)
    names, teller = await names_of(context, records.records), Teller(context.view, key)
    nodes = [_change(each, names, teller) for each in records.records]
    cursors = [pager.cursor(each) for each in records.records]
    return AuditChangeConnection(
        nodes=nodes,
        edges=[Edge(node=node, cursor=cursor) for node, cursor in zip(nodes, cursors, strict=True)],
        page_info=pager.info(records),
    )


def _change(row: models.AuditChange, names: Names, teller: Teller) -> AuditChange:
    return AuditChange(
        id=strawberry.ID(encode_id("AuditChange", row.id)),
        at=row.at,
        principal=principal_of(row, names),
        roles=row.roles,
        client=row.client,
        ip=row.ip,
        request_id=row.request_id,
        operation=row.operation,
        action=row.action,
        type=type_of(row.resource),
        row_id=row_id_of(type_of(row.resource), row.row_id),
        changes=teller.changes(row.resource, row.changes),
        correlation_id=None if row.correlation_id is None else strawberry.ID(str(row.correlation_id)),
    )
