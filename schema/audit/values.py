"""Values in records of changes, as whoever reads the record may see them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import strawberry
from strawberry.utils.str_converters import to_camel_case, to_snake_case

from backend.audit.fingerprints import fingerprint
from permissions.masks import mask_text
from permissions.predicates import ALWAYS
from permissions.view import View
from schema.columns import cells_of, gated_columns
from schema.engine.fields import NOUNS, Noun


@strawberry.type(description="A value before or after a change. No more of it is shown than you might see elsewhere.")
class AuditValue:
    """One value."""

    text: str | None = strawberry.field(
        description="The value, where it is plain and of something you may see all of, such as a policy; else null."
    )
    masked: str | None = strawberry.field(description="What a mask leaves of it, where it is not shown.")
    fingerprint: str | None = strawberry.field(
        description="Equal for equal values, and nothing can be told from it. Of a document it is SHA-256."
    )
    size: int | None = strawberry.field(description="How many characters a document has.")


@strawberry.type(description="A field that was changed.")
class AuditFieldChange:
    """What of a field was, and is."""

    field: str = strawberry.field(description="The field's name.")
    before: AuditValue | None = strawberry.field(description="What it was; null where there was nothing.")
    after: AuditValue | None = strawberry.field(description="What it became; null where there is nothing.")


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells values of changes to the holder of one view."""

    # Invariant: what a record holds of a gated field is its mask and its fingerprint, and no more is told. A plain
    # value of a row is told where the view contains every row of its kind, or the row is none of the graph. What is no
    # column of the row is told of what was done to it: a reason, a step.

    view: View
    key: bytes

    def changes(self, resource: str, changes: Mapping[str, Any]) -> list[AuditFieldChange]:
        """Return the changed fields of a record."""
        return [self._change(resource, name, change) for name, change in changes.items()]

    def _change(self, resource: str, name: str, change: Mapping[str, Any]) -> AuditFieldChange:
        is_told = self._is_told(_noun(resource), name)
        before, after = (self._value(change.get(side), is_told=is_told) for side in ("before", "after"))
        return AuditFieldChange(field=to_camel_case(name), before=before, after=after)

    def _is_told(self, noun: Noun | None, name: str) -> bool:
        if noun is None or not _is_of_the_row(noun, name):
            return True
        gated = gated_columns(noun.resource).get(to_snake_case(name))
        return self.view.rows(noun.resource) == ALWAYS and gated is None

    def _value(self, value: Any, *, is_told: bool) -> AuditValue | None:
        if value is None:
            return None
        if isinstance(value, dict) and {"fingerprint", "sha256"} & value.keys():
            digest = value.get("fingerprint") or value.get("sha256")
            return AuditValue(text=None, masked=_text(value.get("masked")), fingerprint=digest, size=value.get("size"))
        text = _text(value) or ""
        if is_told:
            return AuditValue(text=text, masked=None, fingerprint=None, size=None)
        told = fingerprint(text, key=self.key)
        return AuditValue(text=None, masked=mask_text(text), fingerprint=told, size=None)


def _noun(resource: str) -> Noun | None:
    nouns: Sequence[Noun] = NOUNS.all()
    return next((noun for noun in nouns if noun.resource == resource), None)


def _is_of_the_row(noun: Noun, name: str) -> bool:
    """Whether a field in a record is one of the row's own, by its column or as the graph calls it."""
    columns = {each for field in noun.model._meta.get_fields() for each in (field.name, getattr(field, "attname", ""))}
    return bool({name, to_snake_case(name)} & columns) or name in cells_of(noun.resource)


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()
