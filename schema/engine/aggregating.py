"""Aggregates: selection × groups × having × order → one SQL expression with the JSON of all groups.

Invariant: a cell that is not clear is unknown. Its row counts, but its value is in no sum, and where it is grouped by,
the row is in no group: `maskedCount` says so. A policy may let hidden values count in sums (`aggregable`); then groups
smaller than the policy's smallest are merged, and what is still too small is not shown.
"""

import zoneinfo
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from django.db.models import BooleanField, Case, Exists, F, Func, IntegerField, QuerySet, TextField, When
from graphql import FieldNode, GraphQLObjectType
from graphql.execution.collect_fields import FieldDetailsList
from strawberry.utils.str_converters import to_camel_case

from permissions.errors import ErrorCode
from permissions.predicates import ALWAYS, NEVER, any_of, covers
from permissions.view import CellLevel, CellRule, View
from schema.engine.aggregate_sql import AggregateJson
from schema.engine.arguments import argument
from schema.engine.connections import NodeCompiler
from schema.engine.expressions import (
    AllHold,
    Constant,
    Equals,
    IsNotTrue,
    JsonList,
    JsonObject,
    Name,
    OneRow,
    Placeholder,
)
from schema.engine.fields import NOUNS, Column, Computed, Gated, Money, Output, ToOne, object_type_of, policy_name
from schema.engine.filtering import lookup_condition
from schema.engine.notes import RECORDED, Note
from schema.engine.ordering import MAX_ORDER_KEYS
from schema.engine.scoping import Frame, condition, outer, visible_rows
from schema.engine.slots import Binding
from schema.engine.stored import pg_type_of, value_kind
from schema.errors import ClientError

DEFAULT_GROUPS = 100
MOST_GROUPS = 500
MOST_KEYS = 3
DEFAULT_ZONE = "Asia/Shanghai"

_TRUE = Constant("TRUE", BooleanField())
_NULL = Constant("NULL")
_TELLS_NO_VALUE = frozenset({"maskedCount", "currency"})
_ZONES = zoneinfo.available_timezones()


class AggregateParent(NodeCompiler, Protocol):
    """What aggregates need of the compiler."""

    view: View
    notes: dict[Note, None]

    def spend_relation(self) -> None:
        """Count what a relation costs beyond its fields."""
        ...

    def rows_of(self, rows: QuerySet[Any], frame: Frame, details: FieldDetailsList, path: str) -> QuerySet[Any]:
        """Return the rows with a JSON object each, for a selection."""
        ...


@dataclass(frozen=True, slots=True)
class ZoneSlot:
    """A time zone's name."""

    name: str

    def bind(self, binding: Binding) -> object:  # noqa: ARG002  the same for every request
        """Return the name."""
        return self.name


class _AtZone(Func):
    template = "(%(expressions)s)"
    arg_joiner = " AT TIME ZONE "
    output_field = TextField()


class _Truncated(Func):
    template = "date_trunc('%(unit)s', %(expressions)s)::date"
    output_field = TextField()


@dataclass(frozen=True, slots=True)
class _Key:
    """What rows are grouped by. `known` is the condition that the cell is clear, where that depends on the row."""

    name: str
    made_of: Gated | ToOne
    value: Any
    known: Any | None
    alias: str


@dataclass(frozen=True, slots=True)
class _Measure:
    """A field's columns among the rows: its value where it counts, where it is clear, and whether it does not count."""

    name: str
    made_of: Gated
    kind: str
    counted: str
    clear: str
    masked: str
    currency: str


@dataclass
class AggregateCompiler:
    """Compiles one aggregate of one resource."""

    parent: AggregateParent
    frame: Frame
    rows: QuerySet[Any]
    arguments: Mapping[str, Any]
    node: FieldNode
    _columns: dict[str, Any] = field(default_factory=dict)
    _select: list[tuple[str, str]] = field(default_factory=list)
    _measures: dict[str, _Measure] = field(default_factory=dict)
    _suppresses: bool = False

    def write(self, aggregate_type: GraphQLObjectType, details: FieldDetailsList, path: str) -> AggregateJson:
        """Return the aggregate as JSON."""
        keys = self._keys()
        group_type = object_type_of(aggregate_type.fields["groups"])
        grouped = self.parent.grouped(aggregate_type, details, path)
        order, having = self._order(keys), self._having()
        pairs = []
        for key, sub in grouped:
            match sub[0].node.name.value:
                case "groups":
                    value: Any = JsonList(self._group(group_type, keys, sub, f"{path}.{key}"))
                case "maskedCount":
                    value = self._masked_count(keys)
                case _:
                    value = Name(aggregate_type.name)
            pairs.append((key, value))
        return self._json(JsonObject(pairs), keys, order, having)

    # ── Keys ────────────────────────────────────────────────────────────────
    def _keys(self) -> list[_Key]:
        entries = [entry for entry in self.arguments.get("groupBy") or () if entry]
        names = [next(iter(entry)) for entry in entries]
        if len(entries) > MOST_KEYS or len(set(names)) != len(names):
            raise ClientError(ErrorCode.BAD_USER_INPUT, f"Group by at most {MOST_KEYS} different keys.")
        return [self._key(name, entries[number][name], f"k{number}") for number, name in enumerate(names)]

    def _key(self, name: str, how: Any, alias: str) -> _Key:
        made_of = NOUNS[self.frame.resource].groupable[name]
        if isinstance(made_of, ToOne):
            value, known = self._visible_key(made_of), None
        else:
            value, known = self._clear_value(made_of)
            self._note(name, made_of, self._rule(made_of))
            kind = value_kind(self.frame.model, made_of)
            if kind in {"time", "date"}:
                value = self._truncated(value, kind, str(getattr(how, "value", how)))
        self._columns[alias] = value
        return _Key(name, made_of, value, known, alias)

    def _visible_key(self, to_one: ToOne) -> Any:
        """The related row's key, where the principal may see that row: hidden rows make no groups of their own."""
        reference = self.frame.ref(f"{to_one.relation}_id")
        model = NOUNS[to_one.target].model
        if self.parent.view.rows(to_one.target) == ALWAYS and not hasattr(model, "deleted_at"):
            return reference
        inner = Frame(to_one.target, model, self.frame)
        seen = Exists(visible_rows(inner, self.parent.view).filter(Equals(F("id"), outer(reference))))
        return Case(When(seen, then=reference), output_field=TextField())

    def _clear_value(self, made_of: Gated) -> tuple[Any, Any | None]:
        """Return a field's value where it is clear, and the condition for that where it depends on the row."""
        value = _value(made_of, self.frame)
        rule = self._rule(made_of)
        if rule is None or rule.level is CellLevel.CLEAR:
            return value, None
        clear = condition(rule.clear, self.frame)
        return Case(When(clear, then=value), output_field=TextField()), clear

    def _truncated(self, value: Any, kind: str, unit: str) -> Any:
        zone = str(self.arguments.get("timeZone") or DEFAULT_ZONE)
        if zone not in _ZONES:
            raise ClientError(ErrorCode.BAD_USER_INPUT, "There is no such time zone.")
        local = _AtZone(value, Placeholder(ZoneSlot(zone), "text")) if kind == "time" else value
        return _Truncated(local, unit=unit.lower())

    def _rule(self, made_of: Gated) -> CellRule | None:
        if made_of.sensitive is None:
            return None
        return self.parent.view.filter_cell(self.frame.resource, policy_name(made_of), made_of.sensitive)

    def _note(self, name: str, made_of: Gated, rule: CellRule | None) -> None:
        """Note a field whose clear or hidden values count: which rows they are of, nobody learns, so none is named."""
        if made_of.sensitive is None or rule is None or made_of.sensitive.category not in RECORDED:
            return
        summed = self.parent.view.summed(self.frame.resource, policy_name(made_of), made_of.sensitive)
        if rule.level in {CellLevel.CLEAR, CellLevel.VARIES} or summed != NEVER:
            type_name = NOUNS[self.frame.resource].type_name
            self.parent.notes[Note(type_name, to_camel_case(name), made_of.sensitive.category)] = None

    # ── Measures ────────────────────────────────────────────────────────────
    def _measure(self, name: str) -> _Measure:
        known = self._measures.get(name)
        if known is None:
            known = self._measures[name] = self._new_measure(name, len(self._measures))
        return known

    def _new_measure(self, name: str, number: int) -> _Measure:
        made_of = NOUNS[self.frame.resource].aggregable[name]
        value = _value(made_of, self.frame)
        rule = self._rule(made_of)
        kind = value_kind(self.frame.model, made_of)
        measure = _Measure(name, made_of, kind, f"v{number}", f"w{number}", f"u{number}", f"y{number}")
        if rule is None or rule.level is CellLevel.CLEAR:
            self._columns |= {measure.counted: value, measure.clear: value, measure.masked: Constant("FALSE")}
        else:
            clear = condition(rule.clear, self.frame)
            counts = self._counting(made_of, rule)
            self._columns |= {
                measure.counted: Case(When(counts, then=value), output_field=TextField()),
                measure.clear: Case(When(clear, then=value), output_field=TextField()),
                measure.masked: IsNotTrue(counts),
            }
        if isinstance(made_of, Money):
            self._columns[measure.currency] = self.frame.ref(made_of.currency)
        return measure

    def _counting(self, made_of: Gated, rule: CellRule) -> Any:
        """The rows whose value counts in sums; hidden values that do make small groups unfit to be shown."""
        summed = self.parent.view.summed(self.frame.resource, policy_name(made_of), made_of.sensitive)
        if summed == NEVER or covers(rule.clear, summed):
            return condition(rule.clear, self.frame)
        self._suppresses = True
        return condition(any_of([rule.clear, summed]), self.frame)

    def _function(self, measure: _Measure, function: str) -> str:
        """Return the SQL of one aggregate of one field, over `r`."""
        if function not in _TELLS_NO_VALUE:
            self._note(measure.name, measure.made_of, self._rule(measure.made_of))
        single = f"count(DISTINCT r.{measure.currency}) FILTER (WHERE r.{measure.counted} IS NOT NULL) <= 1"
        match function:
            case "sum" | "avg":
                sql = f"{function}(r.{measure.counted})"
                sql = f"round({sql}, 6)" if function == "avg" else sql
                return f"CASE WHEN {single} THEN {sql} END" if measure.kind == "money" else sql
            case "min" | "max":
                sql = f"{function}(r.{measure.clear})"
                return f"CASE WHEN {single} THEN {sql} END" if measure.kind == "money" else sql
            case "countDistinct":
                return f"count(DISTINCT r.{measure.clear})"
            case "maskedCount":
                return f"count(*) FILTER (WHERE r.{measure.masked})"
            case _:
                present = f"FILTER (WHERE r.{measure.counted} IS NOT NULL)"
                return f"CASE WHEN {single} THEN min(r.{measure.currency}) {present} END"

    # ── The answer ──────────────────────────────────────────────────────────
    def _group(
        self, group_type: GraphQLObjectType, keys: Sequence[_Key], details: FieldDetailsList, path: str
    ) -> JsonObject:
        pairs: list[tuple[str, Any]] = []
        for key, sub in self.parent.grouped(group_type, details, path):
            name, sub_path = sub[0].node.name.value, f"{path}.{key}"
            match name:
                case "__typename":
                    value: Any = Name(group_type.name)
                case "count":
                    value = Constant("g.n")
                case "isOther":
                    value = Constant("g.o")
                case "key":
                    value = self._key_object(object_type_of(group_type.fields["key"]), keys, sub, sub_path)
                case _:
                    value = self._measured(object_type_of(group_type.fields[name]), name, sub, sub_path)
            pairs.append((key, value))
        return JsonObject(pairs)

    def _key_object(
        self, key_type: GraphQLObjectType, keys: Sequence[_Key], details: FieldDetailsList, path: str
    ) -> JsonObject:
        by_name = {key.name: key for key in keys}
        pairs: list[tuple[str, Any]] = []
        for response_key, sub in self.parent.grouped(key_type, details, path):
            name = sub[0].node.name.value
            key = by_name.get(name)
            if name == "__typename":
                value: Any = Name(key_type.name)
            elif key is None:
                value = _NULL
            elif isinstance(key.made_of, ToOne):
                self.parent.spend_relation()
                inner = Frame(key.made_of.target, NOUNS[key.made_of.target].model)
                rows = visible_rows(inner, self.parent.view).filter(Equals(F("id"), Constant(f"g.{key.alias}")))
                value = OneRow(self.parent.rows_of(rows, inner, sub, f"{path}.{response_key}"))
            else:
                is_enum = isinstance(key.made_of, Column) and key.made_of.output is Output.ENUM
                is_text = isinstance(key.made_of, Money) or pg_type_of(self.frame.model, key.made_of) == "numeric"
                value = Constant(f"upper(g.{key.alias})" if is_enum else f"g.{key.alias}{'::text' if is_text else ''}")
            pairs.append((response_key, value))
        return JsonObject(pairs)

    def _measured(
        self, measured_type: GraphQLObjectType, name: str, details: FieldDetailsList, path: str
    ) -> JsonObject:
        measure = self._measure(name)
        pairs: list[tuple[str, Any]] = []
        for key, sub in self.parent.grouped(measured_type, details, path):
            function = sub[0].node.name.value
            if function == "__typename":
                pairs.append((key, Name(measured_type.name)))
                continue
            is_text = measure.kind in {"money", "number"} and function in {"sum", "avg", "min", "max"}
            pairs.append((key, Constant(f"{self._selected(measure, function)}{'::text' if is_text else ''}")))
        return JsonObject(pairs)

    def _selected(self, measure: _Measure, function: str) -> str:
        sql = self._function(measure, function)
        known = next((name for written, name in self._select if written == sql), None)
        if known is None:
            known = f"s{len(self._select)}"
            self._select.append((sql, known))
        return f"g.{known}"

    def _masked_count(self, keys: Sequence[_Key]) -> Any:
        conditions = [key.known for key in keys if key.known is not None]
        if not conditions:
            return Constant("0")
        left_out = self.rows.filter(IsNotTrue(AllHold(*conditions)))
        counted = left_out.annotate(prism_one=Func(template="1", output_field=IntegerField())).values("prism_one")
        return _CountedRows(counted)

    # ── having, order ───────────────────────────────────────────────────────
    def _having(self) -> list[Any]:
        given = argument("having", self.arguments, self.node)
        conditions: list[Any] = []
        for name, value in given.items() if given is not None else ():
            if value.value is None:
                continue
            if name == "count":
                conditions.append(lookup_condition(value, Constant("count(*)"), "bigint"))
                continue
            measure = self._measure(name)
            conditions += [
                lookup_condition(asked, Constant(f"({self._function(measure, function)})"), "numeric")
                for function, asked in value.items()
                if asked.value is not None
            ]
        return conditions

    def _order(self, keys: Sequence[_Key]) -> list[str]:
        terms: list[str] = []
        entries = self.arguments.get("orderBy") or ()
        if len(entries) > MAX_ORDER_KEYS:
            raise ClientError(ErrorCode.BAD_USER_INPUT, f"Groups are ordered by at most {MAX_ORDER_KEYS} keys.")
        for entry in entries:
            ((name, value),) = entry.items()
            if isinstance(value, Mapping):
                ((function, value),) = value.items()
                sql = self._selected(self._measure(name), function).removeprefix("g.")
            else:
                sql = "n"
            spelled = str(getattr(value, "value", value))
            direction = "DESC" if spelled.startswith("DESC") else "ASC"
            terms.append(f"{sql} {direction} NULLS {'FIRST' if spelled.endswith('NULLS_FIRST') else 'LAST'}")
        return [*terms, *(f"{key.alias} ASC NULLS LAST" for key in keys), "o"]

    def _json(self, body: JsonObject, keys: Sequence[_Key], order: list[str], having: list[Any]) -> AggregateJson:
        rows = self.rows
        known = [key.known for key in keys if key.known is not None]
        rows = rows.filter(*known) if known else rows
        columns = self._columns or {"v": Constant("1")}
        aliases = {f"prism_{name}": value for name, value in columns.items()}
        smallest = self.parent.view.smallest_group
        names = [f"r.{key.alias}" for key in keys]
        other = f"(r.z < {smallest:d})" if self._suppresses else "FALSE"
        shown = [f"CASE WHEN r.z >= {smallest:d} THEN {name} END" if self._suppresses else name for name in names]
        groups = [*shown, other] if self._suppresses else shown
        if self._suppresses:
            having = [*having, Constant(f"count(*) >= {smallest:d}", BooleanField())]
        select = [
            *((sql, key.alias) for sql, key in zip(shown, keys, strict=True)),
            (other if self._suppresses else "FALSE", "o"),
            ("count(*)", "n"),
            *self._select,
        ]
        return AggregateJson(
            body,
            rows=rows.annotate(**aliases).values_list(*aliases).query,
            columns=list(columns),
            select=select,
            group_by=groups,
            having=AllHold(*having) if having else _TRUE,
            order=order,
            limit=self._limit(),
            sized=names if self._suppresses else None,
        )

    def _limit(self) -> int:
        limit = self.arguments.get("limit")
        if limit is None:
            return DEFAULT_GROUPS
        if not 0 <= limit <= MOST_GROUPS:
            raise ClientError(ErrorCode.PAGE_TOO_LARGE, f"Ask for 0 to {MOST_GROUPS} groups.")
        return int(limit)


class _CountedRows(OneRow):
    template = "(SELECT count(*) FROM (%(subquery)s) AS q)"


def _value(made_of: Gated, frame: Frame) -> Any:
    leaf = made_of.amount if isinstance(made_of, Money) else made_of
    return leaf.expression(frame.ref) if isinstance(leaf, Computed) else frame.ref(leaf.column)
