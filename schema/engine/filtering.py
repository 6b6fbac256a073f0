"""Filters become SQL conditions, in a logic of three values.

Invariant: a cell that is not clear for the principal is *unknown*. It satisfies no lookup and no negation of one, so no
question about it has an answer that depends on it. What is clear is compared in two values: a missing value equals
nothing, and so satisfies `ne` and `not`. A related row is looked at only if the view contains it.

Unknown is SQL's NULL. A condition is written `exact` where its NULL and FALSE must be told apart, under a negation;
elsewhere it is written plainly, so that indexes serve.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Case, Exists, F, Func, When

from backend.vault.fields import Encrypted
from permissions.errors import ErrorCode
from permissions.predicates import ALWAYS
from permissions.resources import Resource
from permissions.view import CellLevel, View
from schema.engine import conversions
from schema.engine.arguments import Argument
from schema.engine.expressions import (
    AllHold,
    AnyHolds,
    Constant,
    Equals,
    EqualsAny,
    IsNull,
    IsPresent,
    Placeholder,
)
from schema.engine.fields import NOUNS, Column, Computed, Gated, Money, ToMany, ToOne, policy_name
from schema.engine.scoping import Frame, condition, outer, visible_rows
from schema.engine.slots import IndexSlot, Slot
from schema.engine.stored import can_be_missing, pg_type_of
from schema.errors import ClientError

DEEPEST_RELATION = 3
MOST_CONDITIONS = 100

_TRUE, _UNKNOWN = Constant("TRUE", BooleanField()), Constant("NULL::boolean", BooleanField())


class _Compare(Func):
    template = "(%(expressions)s)"
    output_field = BooleanField()


class _Not(Func):
    template = "(NOT %(expressions)s)"
    output_field = BooleanField()


class _Known(Func):
    """A comparison in two values: with a missing value it is false."""

    template = "(%(expressions)s IS TRUE)"
    output_field = BooleanField()


class _Fenced(Func):
    """A condition PostgreSQL evaluates row by row, through no index."""

    template = "(CASE WHEN %(expressions)s THEN TRUE ELSE FALSE END)"
    output_field = BooleanField()


class _Unknown(Func):
    template = "(%(expressions)s IS NULL)"
    output_field = BooleanField()


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition in both forms, and whether it can be unknown at all.

    `plain` may confuse unknown with false; `exact` never does.
    """

    plain: Any
    exact: Any
    can_be_unknown: bool


class FilterCompiler:
    """Compiles the `filter` argument of one list."""

    def __init__(self, view: View) -> None:
        self._view = view
        # How many conditions were written; one on related rows counts for each of its own, too.
        self.cost = 0

    def condition(self, argument: Argument, frame: Frame, depth: int = 0) -> Condition:
        """Return the condition of a noun's filter object: all of its entries hold."""
        entries = [self._entry(key, value, frame, depth) for key, value in argument.items() if value.value is not None]
        return _all(entries)

    def _entry(self, key: str, value: Argument, frame: Frame, depth: int) -> Condition:
        self.cost += 1
        if self.cost > MOST_CONDITIONS:
            raise ClientError(ErrorCode.OPERATION_TOO_COMPLEX, f"A filter has at most {MOST_CONDITIONS} conditions.")
        match key:
            case "and":
                return _all([self.condition(each, frame, depth) for each in value.elements()])
            case "or":
                return _any([self.condition(each, frame, depth) for each in value.elements()])
            case "not":
                return _not(self.condition(value, frame, depth))
        made_of = NOUNS[frame.resource].filterable[key]
        match made_of:
            case ToOne(relation, target):
                return self._to_one(relation, target, value, frame, depth + 1)
            case ToMany():
                return _all(
                    [
                        self._to_many(quantifier, made_of, inner, frame, depth + 1)
                        for quantifier, inner in value.items()
                        if inner.value is not None
                    ]
                )
            case Column() | Computed() | Money():
                return self._field(made_of, value, frame)
            case _:
                raise TypeError(f"{key} cannot be filtered by")

    # ── Fields ──────────────────────────────────────────────────────────────
    def _field(self, made_of: Gated, value: Argument, frame: Frame) -> Condition:
        compared = _compared(made_of, frame, self._view)
        nullable = can_be_missing(frame.model, made_of)
        lookups = [
            self._gate(_lookup(name, each, compared), made_of, frame, nullable=nullable)
            for name, each in value.items()
            if each.value is not None
        ]
        return _all(lookups)

    def _gate(self, lookup: "_Lookup", made_of: Gated, frame: Frame, *, nullable: bool) -> Condition:
        """Let a lookup answer only where the cell is clear."""
        known = _Known(lookup.positive) if nullable and not lookup.is_total else lookup.positive
        exact = _Not(known) if lookup.negated else known
        plain = exact if lookup.negated else lookup.positive
        if made_of.sensitive is None:
            return Condition(plain, exact, can_be_unknown=False)
        rule = self._view.filter_cell(frame.resource, policy_name(made_of), made_of.sensitive)
        if rule.level is CellLevel.CLEAR:
            return Condition(plain, exact, can_be_unknown=False)
        if rule.level is not CellLevel.VARIES:
            return Condition(_UNKNOWN, _UNKNOWN, can_be_unknown=True)
        clear = condition(rule.clear, frame)
        return Condition(
            AllHold(clear, plain), Case(When(clear, then=exact), output_field=BooleanField()), can_be_unknown=True
        )

    # ── Relations ───────────────────────────────────────────────────────────
    def _to_one(self, relation: str, target: Resource, value: Argument, frame: Frame, depth: int) -> Condition:
        inner = Frame(target, NOUNS[target].model, frame)
        link = Equals(F("id"), outer(frame.ref(f"{relation}_id")))
        return self._some(visible_rows(inner, self._view).filter(link), inner, value, depth)

    def _to_many(self, quantifier: str, to_many: ToMany, value: Argument, frame: Frame, depth: int) -> Condition:
        rows, inner = related_rows(frame, to_many, self._view)
        match quantifier:
            case "some":
                return self._some(rows, inner, value, depth)
            case "none":
                return _not(self._some(rows, inner, value, depth))
            case _:
                return _not(self._some(rows, inner, value, depth, negated=True))

    def _some(self, rows: Any, inner: Frame, value: Argument, depth: int, *, negated: bool = False) -> Condition:
        if depth > DEEPEST_RELATION:
            raise ClientError(
                ErrorCode.OPERATION_TOO_COMPLEX, f"A filter goes through at most {DEEPEST_RELATION} relations."
            )
        each = self.condition(value, inner, depth)
        each = _not(each) if negated else each
        some = Exists(rows.filter(each.plain))
        if not each.can_be_unknown:
            return Condition(some, some, can_be_unknown=False)
        unknown = Exists(rows.filter(_Unknown(each.exact)))
        exact = Case(When(some, then=_TRUE), When(unknown, then=_UNKNOWN), default=Constant("FALSE", BooleanField()))
        return Condition(some, exact, can_be_unknown=True)


def related_rows(frame: Frame, to_many: ToMany, view: View) -> tuple[Any, Frame]:
    """Return the visible rows of a to-many relation of the frame's row, and their frame."""
    relation: Any = frame.model._meta.get_field(to_many.relation)
    foreign_key = relation.field.name
    if to_many.via is None:
        inner = Frame(to_many.target, NOUNS[to_many.target].model, frame, foreign_key)
        return visible_rows(inner, view).filter(Equals(F(f"{foreign_key}_id"), outer(frame.ref("id")))), inner
    inner = Frame(to_many.target, NOUNS[to_many.target].model, frame)
    links = relation.related_model._default_manager.order_by().filter(
        Equals(F(f"{to_many.via}_id"), outer(F("id"))),
        Equals(F(f"{foreign_key}_id"), outer(outer(frame.ref("id")))),
    )
    return visible_rows(inner, view).filter(Exists(links)), inner


# ── Lookups ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Lookup:
    """One comparison. `is_total`: it answers for a missing value, too."""

    positive: Any
    negated: bool = False
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class _Compared:
    """What a lookup compares: the column, and the type it is compared in; of an encrypted column, its blind index."""

    reference: Any
    pg_type: str
    encrypted: Encrypted | None = None
    fenced: bool = False

    def value(self, given: Argument, convert: Callable[[Any], Any], *, many: bool = False) -> Placeholder:
        """Return the placeholder for a request's value, or values."""
        slot: Slot = given.slot(convert)
        if self.encrypted is not None:
            slot = IndexSlot(slot, self.encrypted)
        return Placeholder(slot, f"{self.pg_type}[]" if many else self.pg_type)

    def guarded(self, comparison: Any) -> Any:
        """Return a comparison for which no index is read, where that would show."""
        return _Fenced(comparison) if self.fenced else comparison


def _compared(made_of: Gated, frame: Frame, view: View) -> _Compared:
    leaf = made_of.amount if isinstance(made_of, Money) else made_of
    if isinstance(leaf, Computed):
        return _Compared(leaf.expression(frame.ref), pg_type_of(frame.model, made_of))
    if leaf.encrypted is not None:
        # Invariant: how long a look-up takes tells nothing of rows out of scope. The index of all values would be read
        # to somebody else's row and back; so it serves only those who see every row, others their own rows' indexes.
        fenced = view.rows(frame.resource) != ALWAYS
        return _Compared(frame.ref(leaf.encrypted.companion), "bytea", leaf.encrypted, fenced)
    return _Compared(frame.ref(leaf.column), pg_type_of(frame.model, made_of))


def _lookup(name: str, value: Argument, compared: _Compared) -> _Lookup:
    reference = compared.reference
    match name:
        case "eq" | "ne":
            equal = compared.guarded(Equals(reference, compared.value(value, conversions.plain)))
            return _Lookup(equal, negated=name == "ne")
        case "in" | "notIn":
            listed = compared.guarded(EqualsAny(reference, compared.value(value, conversions.plain_list, many=True)))
            return _Lookup(listed, negated=name == "notIn")
        case "lt" | "lte" | "gt" | "gte":
            return _Lookup(_Compare(reference, compared.value(value, conversions.plain), arg_joiner=_OPERATORS[name]))
        case "between":
            bounds = [
                _Compare(reference, compared.value(bound, conversions.plain), arg_joiner=_OPERATORS[side])
                for side, bound in (("gte" if key == "from" else "lte", bound) for key, bound in value.items())
                if bound.value is not None
            ]
            return _Lookup(AllHold(*bounds) if bounds else IsPresent(reference))
        case "contains" | "startsWith":
            convert = conversions.containing if name == "contains" else conversions.starting
            return _Lookup(_Compare(reference, compared.value(value, convert), arg_joiner=" LIKE "))
        case _:
            return _Lookup(
                Equals(IsNull(reference), Placeholder(value.slot(conversions.plain), "boolean")), is_total=True
            )


def lookup_condition(value: Argument, reference: Any, pg_type: str) -> Any:
    """Return the condition that all lookups of an object hold for a number; a missing number equals nothing."""
    conditions = []
    for name, each in value.items():
        if each.value is not None:
            lookup = _lookup(name, each, _Compared(reference, pg_type))
            known = lookup.positive if lookup.is_total else _Known(lookup.positive)
            conditions.append(_Not(known) if lookup.negated else known)
    return AllHold(*conditions) if conditions else _TRUE


_OPERATORS = {"lt": " < ", "lte": " <= ", "gt": " > ", "gte": " >= "}


# ── Logic ───────────────────────────────────────────────────────────────────


def _all(parts: list[Condition]) -> Condition:
    if not parts:
        return Condition(_TRUE, _TRUE, can_be_unknown=False)
    return parts[0] if len(parts) == 1 else _joined(AllHold, parts)


def _any(parts: list[Condition]) -> Condition:
    if not parts:
        false = Constant("FALSE", BooleanField())
        return Condition(false, false, can_be_unknown=False)
    return parts[0] if len(parts) == 1 else _joined(AnyHolds, parts)


def _joined(operator: type[AnyHolds], parts: list[Condition]) -> Condition:
    return Condition(
        operator(*(part.plain for part in parts)),
        operator(*(part.exact for part in parts)),
        can_be_unknown=any(part.can_be_unknown for part in parts),
    )


def _not(part: Condition) -> Condition:
    negated = _Not(part.exact)
    return Condition(negated, negated, can_be_unknown=part.can_be_unknown)
