"""Who did it. Names are those the asker's own view shows; to whoever sees no colleagues, a person is an id."""

import uuid
from collections.abc import Iterable, Mapping
from enum import StrEnum

import orjson
import strawberry
from django.db.models import F

from backend.audit.models import AuditRecord
from permissions.resources import Resource
from schema.columns import cells_of
from schema.context import PrismContext
from schema.engine.asking import answer_of
from schema.engine.expressions import EqualsAny, JsonObject, KeyedRows, Placeholder
from schema.engine.fields import NOUNS, Column
from schema.engine.scoping import Frame, visible_rows
from schema.engine.slots import KeySlot
from schema.enums import describe_enum
from schema.relay import encode_id

Names = Mapping[str, Mapping[str, str]]


class RecordedKind(StrEnum):
    """The kinds of those who are on record."""

    ANONYMOUS = "anonymous"
    USER = "user"
    PARTNER = "partner"
    COMMAND = "command"


describe_enum(
    RecordedKind,
    "What kind of somebody is on record.",
    {
        "ANONYMOUS": "Nobody in particular: no credential was sent.",
        "USER": "A person who works here.",
        "PARTNER": "A partner's server.",
        "COMMAND": "A management command, run at the machine itself: `client` tells which, and by which account.",
    },
    name="AuditPrincipalKind",
)
_ID_TYPES = {RecordedKind.USER: "User", RecordedKind.PARTNER: "PartnerClient"}
_SHOWN = ("name", "username")


@strawberry.type(description="Somebody who is on record.")
class AuditPrincipal:
    """Who read or changed something."""

    kind: RecordedKind = strawberry.field(description="What kind of somebody it is.")
    id: strawberry.ID | None = strawberry.field(
        description="Their id, of a person the one `node` takes; null for nobody in particular and for a command."
    )
    name: str | None = strawberry.field(description="A person's name, where you may see them among your colleagues.")
    username: str | None = strawberry.field(description="The name they sign in by, where you may see them.")


async def names_of(context: PrismContext, records: Iterable[AuditRecord]) -> Names:
    """Return the names of the people behind records, by key, as the asker sees them: one statement for all of them."""
    is_user = RecordedKind.USER.value
    keys = {each.principal_id for each in records if each.principal_kind == is_user and each.principal_id}
    if not keys or not context.view.sees(Resource.USER):
        return {}
    frame = Frame(Resource.USER, NOUNS[Resource.USER].model)
    rows = visible_rows(frame, context.view).filter(EqualsAny(F("id"), Placeholder(KeySlot(), "uuid[]")))
    names = JsonObject([(name, F(column)) for name, column in _plain_columns()])
    found = KeyedRows(rows.annotate(prism_n0=names).values_list("id", "prism_n0"))
    people: Names = orjson.loads(await answer_of(context, found, sorted(keys)) or b"{}")
    return people


def principal_of(record: AuditRecord, names: Names) -> AuditPrincipal:
    """Return who is behind a record."""
    kind, key = RecordedKind(record.principal_kind), record.principal_id
    known = names.get(str(key), {}) if kind is RecordedKind.USER else {}
    return AuditPrincipal(kind=kind, id=_id_of(kind, key), name=known.get("name"), username=known.get("username"))


def _id_of(kind: RecordedKind, key: uuid.UUID | None) -> strawberry.ID | None:
    return None if key is None or kind not in _ID_TYPES else strawberry.ID(encode_id(_ID_TYPES[kind], key))


def _plain_columns() -> Iterable[tuple[str, str]]:
    """The columns that are shown: none that is gated, should one of them ever be."""
    cells = cells_of(Resource.USER)
    for name in _SHOWN:
        made_of = cells[name]
        if isinstance(made_of, Column) and made_of.sensitive is None:
            yield name, made_of.column
