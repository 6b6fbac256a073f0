"""Orders: what `orderBy` names becomes SQL keys, with the primary key last so that every order is total.

Invariant: a cell that is not clear for the principal has no place of its own. Such rows come last, whatever the
direction, in the order of the next key; their cursors hold null for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Field, IntegerField, Subquery, TextField, When
from django.db.models.functions import Coalesce
from strawberry.utils.str_converters import to_camel_case

from permissions.errors import ErrorCode
from permissions.predicates import NEVER
from permissions.view import CellLevel, CellRule, View
from schema.engine.expressions import Constant, Equals
from schema.engine.fields import NOUNS, Computed, Gated, Money, Noun, ToOne, policy_name
from schema.engine.notes import RECORDED, Note
from schema.engine.scoping import Frame, condition, outer, visible_rows
from schema.engine.stored import can_be_missing, is_indexed, pg_type_of
from schema.errors import ClientError

MAX_ORDER_KEYS = 5
DEEPEST_ORDER = 2


@dataclass(frozen=True, slots=True)
class OrderKey:
    """One key of an order in SQL. Nulls come last unless `nulls_first`. `indexed`: some index is in its order.

    `holds` is the field whose reading is recorded when a cursor holds the key's value, and whether it is the row's own.
    """

    reference: Any
    pg_type: str
    never_null: bool
    descending: bool = False
    nulls_first: bool = False
    indexed: bool = False
    holds: tuple[Note, bool] | None = None


@dataclass(frozen=True, slots=True)
class OrderTerm:
    """One entry of `orderBy`: the way to a field, and a direction. Its text is what a cursor is signed for."""

    path: tuple[str, ...]
    descending: bool = False
    nulls_first: bool = False


def may_order_by(view: View, noun: Noun, key: Gated | ToOne) -> bool:
    """Whether an order key is part of the view's schema: its field must be, and be one that may be asked about."""
    if isinstance(key, ToOne):
        return view.sees(key.target)
    if key.sensitive is None:
        return True
    return view.filter_cell(noun.resource, policy_name(key), key.sensitive).level is not CellLevel.ABSENT


def may_aggregate(view: View, noun: Noun, made_of: Gated | ToOne) -> bool:
    """Whether a field is part of the view's aggregates: it may be asked about, or its hidden values count in sums."""
    if may_order_by(view, noun, made_of):
        return True
    return (
        not isinstance(made_of, ToOne) and view.summed(noun.resource, policy_name(made_of), made_of.sensitive) != NEVER
    )


def order_terms(noun: Noun, order_by: Sequence[Mapping[str, Any]] | None) -> tuple[OrderTerm, ...]:
    """Return the order's terms; the noun's own order where none are given.

    Raises: ClientError BAD_USER_INPUT for too many keys, or too long a way to one.
    """
    if order_by is not None and len(order_by) > MAX_ORDER_KEYS:
        raise ClientError(ErrorCode.BAD_USER_INPUT, f"A list is ordered by at most {MAX_ORDER_KEYS} keys.")
    terms = [_term(entry) for entry in order_by or () if entry]
    if not terms:
        names = {_column_of(key): name for name, key in noun.order_keys.items()}
        terms = [OrderTerm((names[column],), descending) for column, descending in noun.default_order]
    return tuple(terms)


def order_keys(terms: Sequence[OrderTerm], frame: Frame, view: View) -> tuple[OrderKey, ...]:
    """Return the SQL keys for the rows of `frame`, the primary key last and in the last key's direction."""
    keys = [key for term in terms for key in _keys(term, frame, view)]
    return (*keys, OrderKey(frame.ref("id"), "uuid", never_null=True, descending=terms[-1].descending))


def _term(entry: Mapping[str, Any]) -> OrderTerm:
    path: list[str] = []
    value: Any = entry
    while isinstance(value, Mapping):
        if len(path) > DEEPEST_ORDER:
            raise ClientError(ErrorCode.BAD_USER_INPUT, f"An order goes through at most {DEEPEST_ORDER} relations.")
        ((name, value),) = value.items()
        path.append(name)
    spelled = str(getattr(value, "value", value))
    return OrderTerm(tuple(path), spelled.startswith("DESC"), spelled.endswith("NULLS_FIRST"))


def _keys(term: OrderTerm, frame: Frame, view: View) -> Iterator[OrderKey]:
    *steps, name = term.path
    inner = frame
    wrappers: list[Any] = []
    for step in steps:
        relation = NOUNS[inner.resource].order_keys[step]
        if not isinstance(relation, ToOne):
            raise TypeError(f"{step} is not a relation")
        outside, inner = inner, Frame(relation.target, NOUNS[relation.target].model, inner)
        link = Equals(inner.ref("id"), outer(outside.ref(f"{relation.relation}_id")))
        wrappers.append(visible_rows(inner, view).filter(link))
    made_of = NOUNS[inner.resource].order_keys[name]
    if isinstance(made_of, ToOne):
        raise TypeError(f"{name} is a relation")
    value, flag, nullable = _value(made_of, inner, view)
    if value is None:
        return
    pg_type = pg_type_of(inner.model, made_of)
    if flag is not None:
        yield OrderKey(_through(wrappers, flag, IntegerField(), missing=0), "integer", never_null=True)
    reference = _through(wrappers, value, TextField())
    indexed = not wrappers and flag is None and is_indexed(inner.model, made_of)
    holds = _held(inner, name, made_of, is_own=not wrappers)
    yield OrderKey(reference, pg_type, not (nullable or wrappers), term.descending, term.nulls_first, indexed, holds)


def _held(frame: Frame, name: str, made_of: Gated, *, is_own: bool) -> tuple[Note, bool] | None:
    if made_of.sensitive is None or made_of.sensitive.category not in RECORDED:
        return None
    return Note(NOUNS[frame.resource].type_name, to_camel_case(name), made_of.sensitive.category), is_own


def _value(made_of: Gated, frame: Frame, view: View) -> tuple[Any, Any, bool]:
    """Return (the value, whether it is unknown as 0 or 1, whether it can be null); no value where none is clear."""
    leaf = made_of.amount if isinstance(made_of, Money) else made_of
    reference: Any = leaf.expression(frame.ref) if isinstance(leaf, Computed) else frame.ref(leaf.column)
    nullable = can_be_missing(frame.model, made_of)
    rule = _rule(made_of, frame, view)
    if rule is None or rule.level is CellLevel.CLEAR:
        return reference, None, nullable
    if rule.level is not CellLevel.VARIES:
        return None, None, True
    clear = condition(rule.clear, frame)
    flag = Case(When(clear, then=Constant("0")), default=Constant("1"), output_field=IntegerField())
    return Case(When(clear, then=reference), output_field=TextField()), flag, True


def _rule(made_of: Gated, frame: Frame, view: View) -> CellRule | None:
    if made_of.sensitive is None:
        return None
    return view.filter_cell(frame.resource, policy_name(made_of), made_of.sensitive)


def _through(wrappers: list[Any], value: Any, output: "Field[Any, Any]", missing: int | None = None) -> Any:
    """Return a value of a related row as seen from the list's own row."""
    for rows in reversed(wrappers):
        value = Subquery(rows.annotate(prism_v=value).values("prism_v"), output_field=output)
        if missing is not None:
            value = Coalesce(value, Constant(str(missing), IntegerField()), output_field=IntegerField())
    return value


def _column_of(key: Gated | ToOne) -> str:
    return key.relation if isinstance(key, ToOne) else policy_name(key)
