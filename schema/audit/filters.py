"""What to look for in the audit: the filter inputs, checked and turned into a search."""

import datetime as dt
import re
import uuid
from collections.abc import Iterator

import strawberry
from strawberry.utils.str_converters import to_camel_case, to_snake_case

from backend.audit.searching import Search
from permissions.categories import Category
from permissions.errors import ErrorCode
from schema.audit.types import resource_of
from schema.columns import cells_of
from schema.context import PrismContext
from schema.engine.fields import NOUNS
from schema.engine.notes import Note
from schema.errors import ClientError
from schema.relay import decode_id

_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]{0,99}")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")

_PERSON = "What this person or partner's server did, by the id `principal` shows."
_ROW = "What was done to this object, by its id, of whatever type."
_TYPE = "What was done to objects of this type, such as Customer."
_FIELD = "What was done to fields of this name, such as phone."
_CATEGORY = "What was done to fields of this category."
_FROM = "From this moment on."
_TO = "Before this moment."
_REQUEST = "What one request did, by its id."


@strawberry.input(description="Reads for which all of this holds. What is left out may be anything.")
class AuditReadFilter:
    """Which reads."""

    person: strawberry.ID | None = strawberry.field(default=None, description=_PERSON)
    row: strawberry.ID | None = strawberry.field(default=None, description=_ROW)
    type: str | None = strawberry.field(default=None, description=_TYPE)
    field: str | None = strawberry.field(default=None, description=_FIELD)
    category: Category | None = strawberry.field(default=None, description=_CATEGORY)
    from_: dt.datetime | None = strawberry.field(name="from", default=None, description=_FROM)
    to: dt.datetime | None = strawberry.field(default=None, description=_TO)
    request_id: str | None = strawberry.field(default=None, description=_REQUEST)


@strawberry.input(description="Changes for which all of this holds. What is left out may be anything.")
class AuditChangeFilter(AuditReadFilter):
    """Which changes."""

    action: str | None = strawberry.field(default=None, description="What was done, such as update or activate.")


def read_search(given: AuditReadFilter | None) -> Search:
    """Return the search for reads.

    Raises: ClientError INVALID_ID or BAD_USER_INPUT.
    """
    return Search() if given is None else _search(given, given.type, () if given.field is None else (given.field,))


def change_search(given: AuditChangeFilter | None) -> Search:
    """Return the search for changes. Records of changes call a type and its fields as services do.

    Raises: ClientError INVALID_ID or BAD_USER_INPUT.
    """
    if given is None:
        return Search()
    fields = () if given.field is None else tuple(dict.fromkeys((given.field, to_snake_case(given.field))))
    return _search(given, None if given.type is None else resource_of(given.type), fields)


def note_search(context: PrismContext, type_name: str, list_name: str, given: AuditReadFilter | None) -> None:
    """Put on record that the audit is read, and what is looked for in it; of a row, also on the row."""
    for field in (list_name, *(() if given is None else _spelled(given))):
        context.reads.note(Note(type_name, field))
    if given is not None and given.row is not None:
        row_type, key = decode_id(given.row)
        context.reads.note(Note(row_type, list_name), row=key)


def _search(given: AuditReadFilter, type_: str | None, fields: tuple[str, ...]) -> Search:
    action = given.action if isinstance(given, AuditChangeFilter) else None
    for name in (type_, *fields, action):
        _check(name, _NAME)
    _check(given.request_id, _REQUEST_ID)
    is_of_changes = isinstance(given, AuditChangeFilter)
    return Search(
        person=_key(given.person),
        row=_key(given.row),
        type=type_,
        fields=fields,
        category=None if is_of_changes or given.category is None else given.category.name,
        action=action,
        request_id=given.request_id,
        since=_moment(given.from_),
        until=_moment(given.to),
        by_type=tuple(_fields_of(given.category)) if is_of_changes and given.category is not None else None,
    )


def _fields_of(category: Category) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the fields of a category, type by type, in every spelling."""
    for noun in NOUNS.all():
        cells = cells_of(noun.resource).items()
        names = [name for name, made_of in cells if made_of.sensitive and made_of.sensitive.category is category]
        if names:
            yield noun.resource.value, tuple(dict.fromkeys([*names, *map(to_snake_case, names)]))


def _key(global_id: str | None) -> uuid.UUID | None:
    return None if global_id is None else decode_id(global_id)[1]


def _moment(given: dt.datetime | None) -> dt.datetime | None:
    return given.replace(tzinfo=dt.UTC) if given is not None and given.tzinfo is None else given


def _check(text: str | None, pattern: re.Pattern[str]) -> None:
    if text is not None and not pattern.fullmatch(text):
        raise ClientError(ErrorCode.BAD_USER_INPUT, "A value of the filter is not one a record can hold.")


def _spelled(given: AuditReadFilter) -> Iterator[str]:
    """Yield each condition as a record names it, in the filter's own words: `category=CONTACT_INFO`."""
    for name, value in vars(given).items():
        if value is not None:
            told = value.isoformat() if isinstance(value, dt.datetime) else getattr(value, "name", value)
            yield f"{to_camel_case(name.rstrip('_'))}={told}"
