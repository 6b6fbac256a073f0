"""`explainAccess`: why the caller sees one field of one row as they do.

Invariant: the row is found through the caller's view. A row out of scope and a row that does not exist take the same
way and give the same answer; of a visible row, only the grant that decides is told, and those that would give more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
import strawberry
from django.db.models import F

from permissions.categories import Sensitive
from permissions.errors import ErrorCode
from permissions.explain import Reason, cell_denials, cell_reasons, granted_as, row_reasons
from permissions.predicates import Predicate, through
from permissions.resources import Action, Level, Resource
from permissions.scopes import PARTS, SCOPES, Scope
from permissions.view import CellLevel, ResourceView
from schema.access import AccessReason, level_of, reason_of
from schema.columns import cells_of
from schema.context import PrismInfo
from schema.engine.asking import answer_of
from schema.engine.expressions import Equals, JsonObject, OneRow, Placeholder
from schema.engine.fields import NOUNS, Gated, policy_name
from schema.engine.scoping import Frame, condition, visible_rows
from schema.engine.slots import KeySlot
from schema.errors import ClientError, not_found
from schema.relay import decode_id


@strawberry.type(description="Why you see one field of one object as you do.")
class AccessExplanation:
    """One cell of the caller's view, explained."""

    type: str = strawberry.field(description="The object's type.")
    field: str = strawberry.field(description="The field.")
    level: CellLevel = strawberry.field(description="What you see of it on this object.")
    category: str | None = strawberry.field(description="What kind of secret it holds; null for a plain field.")
    mask: str | None = strawberry.field(description="How it is masked where it is; null for a plain field.")
    is_revealable: bool = strawberry.field(description="Whether you may ask for its masked value, with a reason.")
    row_reason: AccessReason = strawberry.field(description="Why you see the object at all.")
    decided_by: AccessReason | None = strawberry.field(
        description="What gives you the field at this level, or takes it away; null where nothing gives it."
    )
    would_give_more: list[AccessReason] = strawberry.field(
        description="What of your roles would give more, if the object were among the rows it speaks of."
    )


@dataclass(frozen=True, slots=True)
class _Cell:
    """The question: which field of which kind of row."""

    resource: Resource
    field: str
    made_of: Gated


async def explain_access(
    info: PrismInfo,
    id: Annotated[strawberry.ID, strawberry.argument(description="The id of any object.")],  # noqa: A002  the argument's name in the graph
    field: Annotated[str, strawberry.argument(description="The name of one of its fields that hold a value.")],
) -> AccessExplanation | None:
    """Explain one cell of the caller's view."""
    type_name, key = decode_id(id)
    noun = NOUNS.by_type_name(type_name)
    if noun is None:
        raise ClientError(ErrorCode.INVALID_ID, "This is not an id of this graph.")
    if not info.context.view.sees(noun.resource):
        raise not_found()
    cell = _cell(info, noun.resource, field)
    membership = await _membership(info, noun.resource, key)
    if membership is None:
        raise not_found()
    return _explanation(info, cell, membership)


def _cell(info: PrismInfo, resource: Resource, field: str) -> _Cell:
    """Return the cell. A field that is hidden from the caller and one that never was are the same."""
    made_of = cells_of(resource).get(field)
    if made_of is None or level_of(info.context.view, resource, made_of) is CellLevel.ABSENT:
        raise ClientError(ErrorCode.BAD_USER_INPUT, "There is no such field that holds a value.")
    return _Cell(resource, field, made_of)


async def _membership(info: PrismInfo, resource: Resource, key: Any) -> frozenset[Scope] | None:
    """Return which scopes named by the caller's roles contain a row; None when they do not see it."""
    context = info.context
    named = granted_as(resource)
    view = context.view.resources[resource]
    scopes = sorted({grant.scope for grant in view.grants} | {denial.scope for denial in view.denials})
    frame = Frame(resource, NOUNS[resource].model)
    rows = visible_rows(frame, context.view).filter(Equals(F("id"), Placeholder(KeySlot(), "uuid")))
    answer = JsonObject(
        [(scope.value, condition(_predicate(resource, SCOPES[named][scope]), frame)) for scope in scopes]
    )
    raw = await answer_of(context, OneRow(rows.annotate(prism_n0=answer).values("prism_n0")), key)
    return None if raw is None else frozenset(Scope(name) for name, holds in orjson.loads(raw).items() if holds)


def _predicate(resource: Resource, predicate: Predicate) -> Predicate:
    return through(PARTS[resource][0], predicate) if resource in PARTS else predicate


def _explanation(info: PrismInfo, cell: _Cell, inside: frozenset[Scope]) -> AccessExplanation:
    roles, resource, sensitive = info.context.roles, cell.resource, cell.made_of.sensitive
    view = info.context.view.resources[resource]
    denial = _first(cell_denials(roles, resource, sensitive.category), inside) if sensitive else None
    gives = cell_reasons(roles, resource, policy_name(cell.made_of), sensitive)
    decisive = denial or _first(gives, inside)
    level = decisive.level if decisive else Level.ABSENT
    row_reason = _first(row_reasons(roles, resource), inside)
    if row_reason is None:
        raise not_found()
    return AccessExplanation(
        type=NOUNS[resource].type_name,
        field=cell.field,
        level=CellLevel[level.name],
        category=_name(sensitive, "category"),
        mask=_name(sensitive, "mask"),
        is_revealable=level is Level.MASKED and _may_reveal(view, cell.made_of, inside),
        row_reason=reason_of(row_reason),
        decided_by=reason_of(decisive) if decisive else None,
        would_give_more=[] if denial else [reason_of(each) for each in gives if each.level > level],
    )


def _may_reveal(view: ResourceView, made_of: Gated, inside: frozenset[Scope]) -> bool:
    """Whether a masked value may be asked for on a row in these scopes."""
    sensitive, column = made_of.sensitive, policy_name(made_of)
    if sensitive is None or any(Action.REVEAL in each.actions and each.scope in inside for each in view.denials):
        return False
    return any(
        {Action.READ, Action.REVEAL} <= grant.actions
        and grant.level(sensitive.category, column) is Level.MASKED
        and grant.scope in inside
        for grant in view.grants
    )


def _first(reasons: Sequence[Reason], inside: frozenset[Scope]) -> Reason | None:
    return next((reason for reason in reasons if reason.scope in inside), None)


def _name(sensitive: Sensitive | None, part: str) -> str | None:
    return None if sensitive is None else getattr(sensitive, part).name
