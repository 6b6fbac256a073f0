"""What a change of the policy does to whom: rows counted by role, type and category.

Counted are rows on which at least one holder of the role sees something else than before, each row once, over all rows
there are. A role is counted by itself: somebody with two roles may keep by one what the other loses. This is the one
place that tells more than the asker's view holds; it tells numbers only, and only to those who may activate policies
(docs/adr/0010).
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import orjson
from django.db import connection
from django.db.models import Case, Expression, JSONField, QuerySet, TextField, When
from django.db.models.expressions import Subquery
from django.db.models.sql import Query

from permissions.predicates import NEVER, AnyOf, Except, Is, Linked, Predicate, Revealed
from permissions.principal import Principal, PrincipalValue
from permissions.resources import Resource
from permissions.view import CellLevel, CellRule, View
from schema.columns import cells_of
from schema.engine.expressions import AllHold, AnyHolds, Constant
from schema.engine.fields import NOUNS, policy_name
from schema.engine.plan import Plan
from schema.engine.scoping import Frame, condition, live_rows
from schema.engine.slots import PrincipalSlot

_PLACEHOLDER = re.compile("%([s%])")


@dataclass(frozen=True, slots=True)
class Count:
    """On how many rows, and for how many people, a level became another."""

    before: CellLevel
    after: CellLevel
    rows: int
    people: int


@dataclass(frozen=True, slots=True)
class Side:
    """A resource before or after: its rows, and the rule of a group of fields on them."""

    rows: Predicate
    rule: CellRule | None = None

    @property
    def is_personal(self) -> bool:
        """Whether it is one thing for one holder of the role and another for the next."""
        rules = () if self.rule is None else (self.rule.clear, self.rule.masked)
        return any(_is_personal(each) for each in (self.rows, *rules))

    def level(self, frame: Frame) -> Any:
        """Return the level of a row (seen or not) or of its cells, as text in SQL."""
        clear, masked, absent = (_text(level) for level in (CellLevel.CLEAR, CellLevel.MASKED, CellLevel.ABSENT))
        if self.rule is None:
            return Case(When(condition(self.rows, frame), then=clear), default=absent, output_field=TextField())
        if self.rule.level in {CellLevel.CLEAR, CellLevel.ABSENT}:
            return _text(self.rule.level)
        return Case(
            When(condition(self.rule.clear, frame), then=clear),
            When(condition(self.rule.masked, frame), then=masked),
            default=masked if self.rule.masked_elsewhere else absent,
            output_field=TextField(),
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """One thing to be counted: fields of a resource that share a category and a fate, or, without fields, its rows."""

    resource: Resource
    category: str | None
    fields: tuple[str, ...]
    old: Side
    new: Side
    people: Sequence[Principal]

    def plan(self) -> Plan:
        """Return the plan that counts."""
        frame = Frame(self.resource, NOUNS[self.resource].model)
        rows = self._rows(frame).annotate(prism_b=self.old.level(frame), prism_a=self.new.level(frame))
        expression = _ForEach(rows.values("id", "prism_b", "prism_a").query, self._people_json())
        query = Query(None)
        sql, params = query.get_compiler(connection=connection).compile(expression.resolve_expression(query))
        return Plan(sql, tuple(params), {}, ())

    def counts(self, raw: bytes | None) -> list[Count]:
        """Return the counts in the answer of the plan."""
        return [
            Count(
                CellLevel(each["before"]),
                CellLevel(each["after"]),
                each["rows"],
                each["people"] if self._is_personal else len(self.people),
            )
            for each in orjson.loads(raw or b"[]")
        ]

    @property
    def _is_personal(self) -> bool:
        return self.old.is_personal or self.new.is_personal

    def _rows(self, frame: Frame) -> QuerySet[Any]:
        """Return where to look. Fields are compared on rows seen before and after; rows come and go as rows."""
        old, new = condition(self.old.rows, frame), condition(self.new.rows, frame)
        return live_rows(frame.model).filter(AllHold(old, new) if self.fields else AnyHolds(old, new))

    def _people_json(self) -> str:
        """Return the principals as JSON rows; one stands for everybody where nothing is personal."""
        if not self._is_personal:
            return json.dumps([{"n": 0}])
        rows = enumerate(self.people)
        return json.dumps([{"n": n, **{name.value: _value(one, name) for name in PrincipalValue}} for n, one in rows])


def comparisons(old: View, new: View, people: Sequence[Principal]) -> Iterator[Comparison]:
    """Yield what has to be counted to tell how holders of one role are affected; nothing where nothing changed."""
    for noun in NOUNS.all():
        resource = noun.resource
        was, now = old.rows(resource), new.rows(resource)
        if was != now:
            yield Comparison(resource, None, (), Side(was), Side(now), people)
        if old.sees(resource) and new.sees(resource):
            for (category, before, after), fields in _fates(old, new, resource):
                if before != after:
                    yield Comparison(resource, category, fields, Side(was, before), Side(now, after), people)


_Fate = tuple[str, CellRule, CellRule]


def _fates(old: View, new: View, resource: Resource) -> Iterable[tuple[_Fate, tuple[str, ...]]]:
    """Return the gated fields of a resource by category and by the rules before and after."""
    fates: dict[_Fate, list[str]] = {}
    for name, made_of in cells_of(resource).items():
        if made_of.sensitive is not None:
            rules = (view.cell(resource, policy_name(made_of), made_of.sensitive) for view in (old, new))
            # What was revealed to somebody is theirs for minutes: levels are compared as they are without it.
            before, after = (replace(rule, revealed=NEVER) for rule in rules)
            fates.setdefault((made_of.sensitive.category.name, before, after), []).append(name)
    return [(fate, tuple(fields)) for fate, fields in fates.items()]


class _ForEach(Expression):
    """Counts what a query of (id, before, after) gives for each of several principals, as a JSON array."""

    def __init__(self, rows: Query, people: str) -> None:
        super().__init__(output_field=JSONField())
        self.rows, self.people = Subquery(rows, output_field=JSONField()), people

    def get_source_expressions(self) -> list[Any]:
        """Return the part Django resolves."""
        return [self.rows]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        """Replace the part by its resolved form."""
        (self.rows,) = exprs

    def as_sql(self, compiler: Any, connection: Any) -> Any:  # noqa: ARG002  Django's signature
        """Write the count. What is a principal's own is read from the row `p`, so one statement serves them all."""
        sql, params = compiler.compile(self.rows)
        waiting = iter(params)
        kept: list[Any] = [self.people]

        def placed(match: re.Match[str]) -> str:
            param = next(waiting) if match[1] == "s" else None
            if isinstance(param, PrincipalSlot):
                return f"p.{param.name.value}"
            if match[1] == "s":
                kept.append(param)
            return match[0]

        # Compiled by Django from this code base's expressions: no value of a request is in it.
        counted = (
            "SELECT r.before, r.after, count(DISTINCT r.id) AS rows, count(DISTINCT p.n) AS people "  # noqa: S608
            "FROM jsonb_to_recordset(%s::jsonb) AS p(n int, user_id uuid, team_ids uuid[], partner_id uuid) "
            f"CROSS JOIN LATERAL {_PLACEHOLDER.sub(placed, sql)} AS r(id, before, after) "
            "WHERE r.before <> r.after GROUP BY 1, 2 ORDER BY 1, 2"
        )
        return f"(SELECT coalesce(json_agg(c), '[]'::json) FROM ({counted}) AS c)", kept  # noqa: S608  the same


def _text(level: CellLevel) -> Constant:
    return Constant(f"'{level.value}'::text")


def _is_personal(predicate: Predicate) -> bool:
    """Whether a predicate holds of a row for some principals and not for others."""
    match predicate:
        case Is() | Linked() | Revealed():
            return True
        case AnyOf(alternatives):
            return any(_is_personal(each) for each in alternatives)
        case Except(base, excluded):
            return _is_personal(base) or _is_personal(excluded)
        case _:
            return False


def _value(person: Principal, name: PrincipalValue) -> str | list[str] | None:
    value = person.value(name)
    if isinstance(value, list):
        return [str(each) for each in value]
    return None if value is None else str(value)
