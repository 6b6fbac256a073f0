"""Finding records: what to look for, and one page of what is found, the newest first.

Every condition has an index: `at`, the principal, the request, and of reads, by their entries, the rows, the fields
with their categories, and the type; of changes the row, the type, the action and the fields.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, Func, OuterRef, Q, QuerySet
from django.db.models.fields import BooleanField

from backend.audit.models import AuditChange, AuditRead, AuditReadEntry

_Record = TypeVar("_Record", AuditRead, AuditChange)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What to look for; None of something means any. `since` is inside, `until` is outside.

    `fields` are the spellings of one field. `by_type` are fields of types: a change of any of them is looked for.
    """

    person: uuid.UUID | None = None
    row: uuid.UUID | None = None
    type: str | None = None
    fields: tuple[str, ...] = ()
    category: str | None = None
    action: str | None = None
    request_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    by_type: tuple[tuple[str, tuple[str, ...]], ...] | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the order of records."""

    at: datetime
    id: uuid.UUID


@dataclass(frozen=True, slots=True)
class PageWanted:
    """`size` records from the newest on, or, when `backward`, from the oldest on; between two places."""

    size: int
    backward: bool = False
    after: Place | None = None
    before: Place | None = None


@dataclass(frozen=True, slots=True)
class Page(Generic[_Record]):
    """Records, the newest first, and whether there are others on either side."""

    records: Sequence[_Record]
    has_next: bool
    has_previous: bool


class _IsOneOf(Func):
    """`left = ANY(right)`: the array is made first, so the rows are found by their key, however many there are."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()


def reads(search: Search) -> QuerySet[AuditRead]:
    """Return the reads that are looked for, in no order."""
    rows = AuditRead.objects.filter(*_common(search))
    entries = _entries(search)
    if entries is None:
        return rows
    if search.row is not None:
        return rows.filter(_IsOneOf("id", ArraySubquery(entries.values("read_id"))))
    return rows.filter(Exists(entries.filter(read_id=OuterRef("id"))))


def changes(search: Search) -> QuerySet[AuditChange]:
    """Return the changes that are looked for, in no order."""
    conditions = _common(search)
    exact = {"row_id": search.row, "resource": search.type, "action": search.action}
    conditions += [Q(**{name: value}) for name, value in exact.items() if value is not None]
    if search.fields:
        conditions.append(Q(changes__has_any_keys=list(search.fields)))
    if search.by_type is not None:
        within = [Q(resource=type_, changes__has_any_keys=list(fields)) for type_, fields in search.by_type]
        conditions.append(_any_of(within))
    return AuditChange.objects.filter(*conditions)


def page(rows: QuerySet[_Record], wanted: PageWanted) -> Page[_Record]:
    """Return one page of records, with one more statement where it begins or ends at a place."""
    inside = rows.filter(*_between(wanted))
    order = ("at", "id") if wanted.backward else ("-at", "-id")
    found = list(inside.order_by(*order)[: wanted.size + 1])
    more, shown = len(found) > wanted.size, found[: wanted.size]
    records = shown[::-1] if wanted.backward else shown
    newer = wanted.after is not None and rows.filter(_at_or(wanted.after, newer=True)).exists()
    older = wanted.before is not None and rows.filter(_at_or(wanted.before, newer=False)).exists()
    return Page(records, older or (more and not wanted.backward), newer or (more and wanted.backward))


def entries_of(records: Sequence[AuditRead], row: uuid.UUID | None = None) -> QuerySet[AuditReadEntry]:
    """Return the entries of reads, those that name a row if one is given, in order."""
    entries = AuditReadEntry.objects.filter(read__in=[each.id for each in records])
    if row is not None:
        entries = entries.filter(row_ids__contains=[row])
    return entries.order_by("read_id", "position")


def _common(search: Search) -> list[Q]:
    asked: dict[str, Any] = {
        "principal_id": search.person,
        "request_id": search.request_id,
        "at__gte": search.since,
        "at__lt": search.until,
    }
    return [Q(**{name: value}) for name, value in asked.items() if value is not None]


def _entries(search: Search) -> QuerySet[AuditReadEntry] | None:
    """Return the entries that make a read one that is looked for; None where any entries do."""
    asked: dict[str, Any] = {
        "row_ids__contains": None if search.row is None else [search.row],
        "type": search.type,
        "fields__overlap": list(search.fields) or None,
        "categories__contains": None if search.category is None else [search.category],
    }
    given = {name: value for name, value in asked.items() if value is not None}
    return AuditReadEntry.objects.filter(**given) if given else None


def _between(wanted: PageWanted) -> list[Q]:
    # The condition on the time alone bounds the walk along the index.
    sides = []
    if (after := wanted.after) is not None:
        sides.append(Q(at__lte=after.at) & (Q(at__lt=after.at) | Q(id__lt=after.id)))
    if (before := wanted.before) is not None:
        sides.append(Q(at__gte=before.at) & (Q(at__gt=before.at) | Q(id__gt=before.id)))
    return sides


def _at_or(place: Place, *, newer: bool) -> Q:
    """The record at a place, and all on its other side."""
    if newer:
        return Q(at__gte=place.at) & (Q(at__gt=place.at) | Q(id__gte=place.id))
    return Q(at__lte=place.at) & (Q(at__lt=place.at) | Q(id__lte=place.id))


def _any_of(conditions: Sequence[Q]) -> Q:
    found = Q(pk__in=[])
    for each in conditions:
        found |= each
    return found
