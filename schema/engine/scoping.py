"""Predicates become SQL here: row scopes, and the conditions under which a cell is clear."""

from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Exists, Expression, F, Model, OuterRef, QuerySet, Subquery

from permissions.predicates import (
    ALWAYS,
    Always,
    AnyOf,
    Except,
    Has,
    Is,
    IsConstant,
    Linked,
    Never,
    Predicate,
    Revealed,
    alternatives_of,
    covers,
    through,
)
from permissions.principal import PrincipalValue
from permissions.resources import Resource
from permissions.scopes import PARTS
from permissions.view import View
from schema.engine.connection_sql import EACH_VALUE
from schema.engine.expressions import (
    AllHold,
    AnyHolds,
    Constant,
    Equals,
    EqualsAny,
    InRows,
    IsNotTrue,
    IsNull,
    IsPresent,
    IsRevealed,
    Placeholder,
)
from schema.engine.slots import PrincipalSlot

MOST_BRANCHES = 6

_TRUE, _FALSE = Constant("TRUE", BooleanField()), Constant("FALSE", BooleanField())


@dataclass(frozen=True, slots=True)
class Frame:
    """A query for the rows of one resource, inside the query of `parent`, if any.

    `anchor` is the foreign key by which these rows point at the parent's row: a path through it is read from the
    parent, with no join.
    """

    resource: Resource
    model: type[Model]
    parent: "Frame | None" = None
    anchor: str | None = None

    def ref(self, path: str) -> F:
        """Return a reference to the column at a dotted path."""
        head, _, rest = path.partition(".")
        if self.parent is not None and self.anchor is not None:
            if head == self.anchor and rest:
                return outer(self.parent.ref(rest))
            if path == f"{self.anchor}_id":
                return outer(self.parent.ref("id"))
        return F(path.replace(".", "__"))


def outer(reference: F) -> OuterRef:
    """Return `reference` as seen from a query one level further in."""
    return OuterRef(reference if isinstance(reference, OuterRef) else reference.name)  # type: ignore[attr-defined]


def live_rows(model: type[Model]) -> QuerySet[Any]:
    """Return the rows of a model that are not soft-deleted, in no order."""
    rows = model._default_manager.order_by()
    return rows.filter(deleted_at__isnull=True) if hasattr(model, "deleted_at") else rows


def visible_rows(frame: Frame, view: View) -> QuerySet[Any]:
    """Return the rows of the frame's resource that the view contains.

    Invariant: every query of a plan starts here. There is no other way from a selection to rows. A part goes with the
    row it is a part of, into deletion too.
    """
    scope = view.rows(frame.resource)
    rows = live_rows(frame.model)
    if frame.resource in PARTS and frame.anchor != (whole := PARTS[frame.resource][0]):
        # Reached through its whole, a part is live as that row is. By its own id, its whole is looked at.
        rows = rows.filter(IsNull(frame.ref(f"{whole}.deleted_at")))
    return rows if _is_implied(scope, frame, view) else rows.filter(condition(scope, frame))


def _is_implied(scope: Predicate, frame: Frame, view: View) -> bool:
    """Whether the scope holds for every row there can be here: always, or because it holds wherever the parent's does.

    A contact is in scope when its customer is, and here its customer is a row that has passed that very scope.
    """
    if frame.parent is None or frame.anchor is None:
        return isinstance(scope, Always)
    return covers(scope, through(frame.anchor, view.rows(frame.parent.resource)))


@dataclass(frozen=True, slots=True)
class Branch:
    """Some of the visible rows: those of one alternative of their scope.

    With `each`, a placeholder for an array, those for one of its values at a time, which the query calls `b.v`.
    """

    rows: QuerySet[Any]
    each: Placeholder | None = None


@dataclass(frozen=True, slots=True)
class Union:
    """The visible rows of a resource whose scope has several alternatives: a branch for each, which may overlap.

    `live` are all rows there are; those for which `holds` are the visible ones.
    """

    live: QuerySet[Any]
    holds: Expression
    branches: tuple[Branch, ...]

    @property
    def visible(self) -> QuerySet[Any]:
        """The visible rows, for a query that reads a few of them: links are looked up row by row."""
        return self.live.filter(self.holds)


def union_of(frame: Frame, view: View) -> Union | None:
    """Return the visible rows as a union, or None where their scope is not a union of a few.

    An index serves one alternative in a list's order, however few rows it holds; it cannot serve all of them at once.
    """
    scope = view.rows(frame.resource)
    base, excluded = (scope.base, scope.excluded) if isinstance(scope, Except) else (scope, None)
    parts = alternatives_of(base)
    if frame.resource in PARTS or not 2 <= len(parts) <= MOST_BRANCHES:
        return None
    live = live_rows(frame.model)
    rows = live if excluded is None else live.filter(IsNotTrue(condition(excluded, frame)))
    return Union(live, condition(scope, frame, singly=True), tuple(_branch(rows, part, frame) for part in parts))


def _branch(rows: QuerySet[Any], part: Predicate, frame: Frame) -> Branch:
    if isinstance(part, Is) and part.value.is_plural:
        each = Equals(frame.ref(part.path), Constant(EACH_VALUE))
        return Branch(rows.filter(each), Placeholder(PrincipalSlot(part.value), "uuid[]"))
    return Branch(rows.filter(condition(part, frame)))


def condition(predicate: Predicate, frame: Frame, *, singly: bool = False) -> Any:
    """Return the predicate as an SQL condition on the rows of `frame`.

    With `singly`, for a few rows among many: related rows are looked up row by row. Otherwise the planner may as well
    read all of them at once.
    """
    match predicate:
        case Always():
            return _TRUE
        case Never():
            return _FALSE
        case Is(path, value):
            return _matches(frame.ref(path), value)
        case IsConstant(path, constant):
            return Equals(frame.ref(path), _constant(constant))
        case Linked(relation, column, value):
            return _linked(frame, relation, column, value, singly=singly)
        case Has(relation):
            key, model, foreign_key = _relation(frame, relation)
            related = live_rows(model).filter(Equals(F(foreign_key), outer(key)))
            return IsPresent(Subquery(related.values("id")[:1])) if singly else Exists(related)
        case AnyOf(alternatives):
            return AnyHolds(*(condition(each, frame, singly=singly) for each in alternatives))
        case Except(base, excluded):
            allowed, denied = (condition(each, frame, singly=singly) for each in (base, excluded))
            return AllHold(allowed, IsNotTrue(denied))
        case Revealed(within=within):
            revealed = _revealed(predicate, frame)
            return revealed if within == ALWAYS else AllHold(condition(within, frame, singly=singly), revealed)


def _matches(reference: Any, value: PrincipalValue) -> Expression:
    slot = PrincipalSlot(value)
    if value.is_plural:
        return EqualsAny(reference, Placeholder(slot, "uuid[]"))
    return Equals(reference, Placeholder(slot, "uuid"))


def _linked(frame: Frame, relation: str, column: str, value: PrincipalValue, *, singly: bool) -> Expression:
    """The linked rows are the principal's own: fetched once per statement or, `singly`, looked up for each row."""
    key, model, foreign_key = _relation(frame, relation)
    links = model._default_manager.order_by().filter(_matches(F(column), value))
    if singly:
        return IsPresent(Subquery(links.filter(Equals(F(foreign_key), outer(key))).values("id")[:1]))
    return InRows(key, Subquery(links.values(foreign_key)))


def _revealed(revealed: Revealed, frame: Frame) -> Expression:
    me, resource = PrincipalSlot(PrincipalValue.USER_ID), revealed.resource.value
    return IsRevealed(frame.ref("id"), me, resource, revealed.column, is_approved=revealed.is_approved)


def _relation(frame: Frame, relation: str) -> tuple[F, type[Model], str]:
    """Return (the key on this side, the model on the other, its foreign key) of a to-many relation at a dotted path."""
    *steps, name = relation.split(".")
    model = frame.model
    for step in steps:
        model = model._meta.get_field(step).related_model  # type: ignore[assignment]
    far = model._meta.get_field(name)
    path = [*steps[:-1], f"{steps[-1]}_id"] if steps else ["id"]
    return frame.ref(".".join(path)), far.related_model, far.field.attname  # type: ignore[return-value,union-attr]


def _constant(text: str) -> Constant:
    if not text.isidentifier():
        raise ValueError("a policy's constants are identifiers")
    return Constant(f"'{text}'")
