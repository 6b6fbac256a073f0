"""What the caller's view says of cells somebody wants revealed, and of rows somebody wants to decide on.

Invariant: a row is found through the view of whoever asks. One out of sight and one that does not exist take the same
way and give the same answer.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import orjson
from django.db.models import F

from backend.reveals.asking import Ask
from backend.reveals.codes import Problem, RevealCode
from permissions.predicates import ALWAYS
from permissions.resources import Action, Resource
from permissions.view import CellLevel, View
from schema.access import level_of
from schema.columns import cells_of
from schema.context import PrismInfo
from schema.engine.asking import answer_of
from schema.engine.expressions import Equals, EqualsAny, JsonObject, KeyedRows, OneRow, Placeholder
from schema.engine.fields import NOUNS, Gated, policy_name
from schema.engine.scoping import Frame, condition, visible_rows
from schema.engine.slots import KeySlot

MOST_FIELDS = 20


@dataclass(frozen=True, slots=True)
class Wish:
    """The fields of one row somebody wants to read, by their names in the graph, and why."""

    resource: Resource
    key: uuid.UUID
    fields: tuple[str, ...]
    reason: str
    idempotency_key: str = ""


async def judged(info: PrismInfo, wish: Wish) -> Ask:
    """Return what is asked for, with what the caller's view has against it."""
    view = info.context.view
    known = {name: cell for name in wish.fields if (cell := _cell(view, wish.resource, name)) is not None}
    standing = await _standing(info, wish, known)
    columns = [policy_name(known[name]) if name in known else name for name in dict.fromkeys(wish.fields)]
    return Ask(
        resource=wish.resource.value,
        row_id=wish.key,
        columns=tuple(columns[:MOST_FIELDS]),
        reason=wish.reason,
        problems=tuple(_problems(wish, standing)),
        needs_approval=any(not each.get("atOnce") for each in (standing or {}).values()),
        idempotency_key=wish.idempotency_key,
    )


async def rows_to_decide_on(info: PrismInfo, resource: Resource, keys: Iterable[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Return those of the rows that are the caller's to approve something of."""
    context = info.context
    if not context.view.may(resource, Action.APPROVE):
        return frozenset()
    frame = Frame(resource, NOUNS[resource].model)
    rows = visible_rows(frame, context.view).filter(
        EqualsAny(F("id"), Placeholder(KeySlot(), "uuid[]")),
        condition(context.view.resources[resource].rows_for(Action.APPROVE), frame),
    )
    raw = await answer_of(
        context, KeyedRows(rows.annotate(prism_n0=JsonObject([])).values_list("id", "prism_n0")), [*keys]
    )
    return frozenset(uuid.UUID(key) for key in orjson.loads(raw or b"{}"))


def fields_of(view: View, resource: Resource, columns: Iterable[str]) -> list[str]:
    """Return the names in the graph of those columns that are part of the view."""
    wanted = set(columns)
    named = {name: cell for name, cell in cells_of(resource).items() if policy_name(cell) in wanted}
    return [name for name in named if _cell(view, resource, name) is not None]


def _cell(view: View, resource: Resource, field: str) -> Gated | None:
    """Return what a field is made of. One that is hidden from the caller and one that never was are the same."""
    cell = cells_of(resource).get(field)
    if cell is None or not view.sees(resource) or level_of(view, resource, cell) is CellLevel.ABSENT:
        return None
    return cell


def _problems(wish: Wish, standing: Mapping[str, Mapping[str, bool]] | None) -> Iterable[Problem]:
    if not wish.fields:
        yield Problem(RevealCode.FIELDS_REQUIRED, ("fields",))
    if len(wish.fields) > MOST_FIELDS:
        yield Problem(RevealCode.TOO_MANY_FIELDS, ("fields",))
        return
    if standing is None:
        yield Problem(RevealCode.NOT_FOUND, ("id",))
        return
    for place, name in enumerate(wish.fields):
        if (code := _refusal(standing.get(name))) is not None:
            yield Problem(code, ("fields", str(place)))


def _refusal(standing: Mapping[str, bool] | None) -> RevealCode | None:
    if standing is None:
        return RevealCode.UNKNOWN_FIELD
    if standing["isClear"]:
        return RevealCode.NOT_MASKED
    return None if standing["atAll"] else RevealCode.NOT_REVEALABLE


async def _standing(info: PrismInfo, wish: Wish, cells: Mapping[str, Gated]) -> Mapping[str, Mapping[str, bool]] | None:
    """Return, for each field, whether it is clear on the row and may be revealed; None when the row is not seen."""
    view = info.context.view
    if not view.sees(wish.resource):
        return None
    frame = Frame(wish.resource, NOUNS[wish.resource].model)
    rows = visible_rows(frame, view).filter(Equals(F("id"), Placeholder(KeySlot(), "uuid")))
    of_fields = [(name, _conditions(view, frame, cells[name])) for name in [*cells][:MOST_FIELDS]]
    raw = await answer_of(
        info.context, OneRow(rows.annotate(prism_n0=JsonObject(of_fields)).values("prism_n0")), wish.key
    )
    return None if raw is None else orjson.loads(raw)


def _conditions(view: View, frame: Frame, cell: Gated) -> JsonObject:
    """Return the truth of one cell on a row, as the view decides it without what was revealed."""
    column, sensitive = policy_name(cell), cell.sensitive
    rule = view.cell(frame.resource, column, sensitive)
    clear = ALWAYS if rule.level is CellLevel.CLEAR else rule.clear
    pairs = [("isClear", clear)]
    if sensitive is not None:
        reveal = view.resources[frame.resource].reveal(column, sensitive)
        pairs += [("atOnce", reveal.at_once), ("atAll", reveal.at_all)]
    return JsonObject([(name, condition(predicate, frame)) for name, predicate in pairs])
