"""`accessLog`: who looked at one row, for those who answer for it.

Invariant: whether the row is visible, and whether the caller may inspect it, is decided by the engine's scoping in one
statement. A row that may not be inspected and a row that does not exist give the same answer. Of the fields that were
read only those of the caller's own schema are told, and a read of none of them is not in the log.
"""

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Annotated

import strawberry
from django.db.models import F

from backend.audit import models
from backend.audit.searching import Page, Search, entries_of, page, reads
from permissions.errors import ErrorCode
from permissions.resources import Action, Resource
from permissions.view import CellLevel
from schema.access import level_of
from schema.audit.pages import After, First, PageArguments, Pager, found
from schema.audit.people import AuditPrincipal, Names, names_of, principal_of
from schema.columns import cells_of
from schema.context import PrismContext, PrismInfo
from schema.engine.asking import answer_of
from schema.engine.expressions import Equals, JsonObject, OneRow, Placeholder, TypedId
from schema.engine.fields import NOUNS, Noun
from schema.engine.notes import Note
from schema.engine.scoping import Frame, condition, visible_rows
from schema.engine.slots import KeySlot
from schema.errors import ClientError, not_found
from schema.relay import Edge, PageInfo, decode_id
from schema.rights import RightOnRows

INSPECT = RightOnRows(Action.INSPECT)

Fields = Mapping[uuid.UUID, frozenset[str]]


@strawberry.type(description="One time somebody was shown values of the object in clear.")
class AccessLogEntry:
    """One look at one row."""

    at: dt.datetime = strawberry.field(description="When.")
    person: AuditPrincipal = strawberry.field(description="Who.")
    fields: list[str] = strawberry.field(description="The fields they were shown, of those you see yourself.")
    purpose: str = strawberry.field(description="What they said it was for; empty where they said nothing.")
    operation: str = strawberry.field(description="What their program called it; empty where it had no name.")


@strawberry.type(name="AccessLogConnection", description="One page of who looked at an object, the latest first.")
class AccessLogConnection:
    """A page of looks at one row."""

    nodes: list[AccessLogEntry] = strawberry.field(description="The entries of the page.")
    edges: list[Edge[AccessLogEntry]] = strawberry.field(description="The entries of the page, each with its cursor.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the log.")


async def access_log(
    info: PrismInfo,
    id: Annotated[strawberry.ID, strawberry.argument(description="The object's id.")],  # noqa: A002  the argument's name in the graph
    first: First = None,
    after: After = None,
) -> AccessLogConnection | None:
    """Return one page of who looked at a row."""
    context = info.context
    type_name, key = decode_id(id)
    noun = NOUNS.by_type_name(type_name)
    if noun is None:
        raise ClientError(ErrorCode.INVALID_ID, "This is not an id of this graph.")
    if not await _may_inspect(context, noun.resource, key):
        raise not_found()
    # The key is part of the list's name: a cursor leads on in the log of this row and of no other.
    pager = Pager(context, f"AccessLog/{key}")
    wanted = pager.wanted(PageArguments(first, after))
    search = Search(row=key, type=type_name, fields=_told_fields(context, noun))
    context.reads.note(Note(type_name, info.field_name), row=key)
    records, fields = await found(lambda: _with_fields(page(reads(search), wanted), search))
    names = await names_of(context, records.records)
    nodes = [_entry(each, names, fields) for each in records.records]
    cursors = [pager.cursor(each) for each in records.records]
    return AccessLogConnection(
        nodes=nodes,
        edges=[Edge(node=node, cursor=cursor) for node, cursor in zip(nodes, cursors, strict=True)],
        page_info=pager.info(records),
    )


async def _may_inspect(context: PrismContext, resource: Resource, key: uuid.UUID) -> bool:
    """Whether a row is visible, and is one the caller may inspect: one statement tells, of a hidden row as of none."""
    if not context.view.may(resource, Action.INSPECT):
        return False
    frame = Frame(resource, NOUNS[resource].model)
    rows = visible_rows(frame, context.view).filter(
        condition(context.view.resources[resource].rows_for(Action.INSPECT), frame),
        Equals(F("id"), Placeholder(KeySlot(), "uuid")),
    )
    answer = JsonObject([("id", TypedId(frame.ref("id"), type_name=NOUNS[resource].type_name))])
    found_row = OneRow(rows.annotate(prism_n0=answer).values("prism_n0"))
    return await answer_of(context, found_row, key) is not None


def _told_fields(context: PrismContext, noun: Noun) -> tuple[str, ...]:
    """Return the fields the caller's schema has. Looks at the log itself are no reads of the row's values."""
    cells = cells_of(noun.resource).items()
    view = context.view
    return tuple(name for name, each in cells if level_of(view, noun.resource, each) is not CellLevel.ABSENT)


def _with_fields(records: Page[models.AuditRead], search: Search) -> tuple[Page[models.AuditRead], Fields]:
    """Return a page with the fields each of its reads gave of the row."""
    entries = entries_of(records.records, search.row).filter(type=search.type)
    fields: dict[uuid.UUID, frozenset[str]] = {}
    for read_id, read in entries.values_list("read_id", "fields"):
        fields[read_id] = fields.get(read_id, frozenset()) | (frozenset(read) & frozenset(search.fields))
    return records, fields


def _entry(row: models.AuditRead, names: Names, fields: Fields) -> AccessLogEntry:
    return AccessLogEntry(
        at=row.at,
        person=principal_of(row, names),
        fields=sorted(fields.get(row.id, ())),
        purpose=row.purpose,
        operation=row.operation,
    )
