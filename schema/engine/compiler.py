"""selection × view × order × page → one SQL expression with the JSON of the whole subtree.

Nothing here touches the database or a request's values: a compiled plan serves every principal with the same view.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, cast

from django.db import connection
from django.db.models import Case, F, JSONField, QuerySet, TextField, When
from django.db.models.functions import Upper
from django.db.models.sql import Query
from graphql import FieldNode, GraphQLObjectType, GraphQLSchema
from graphql.execution.collect_fields import CollectedFields, FieldDetailsList
from graphql.execution.values import VariableValues, get_argument_values

from permissions.categories import Mask, Sensitive
from permissions.errors import AccessDenied, ErrorCode
from permissions.predicates import NEVER, any_of
from permissions.resources import Resource
from permissions.view import CellLevel, View
from schema.engine.access import access_entry
from schema.engine.aggregating import AggregateCompiler
from schema.engine.arguments import argument
from schema.engine.connections import ConnectionWriter, ListedRows
from schema.engine.cursors import CursorKey
from schema.engine.expressions import (
    AsText,
    Constant,
    Equals,
    EqualsAny,
    IsPresent,
    JsonObject,
    JsonStrings,
    KeyedRows,
    Name,
    OneRow,
    Placeholder,
    TypedId,
)
from schema.engine.fields import (
    NOUNS,
    Column,
    Computed,
    GlobalId,
    MaskedFields,
    Money,
    Output,
    ToMany,
    ToOne,
    ToOneOf,
    descriptor_of,
    object_type_of,
    policy_name,
)
from schema.engine.filtering import FilterCompiler, related_rows
from schema.engine.masks import WITHHELD, gated, masked
from schema.engine.notes import RECORDED, Held, Note
from schema.engine.ordering import order_keys, order_terms
from schema.engine.paging import page_request
from schema.engine.plan import Plan
from schema.engine.scoping import Frame, condition, outer, union_of, visible_rows
from schema.engine.sealed import RecordedText, SealedText, Site, Treatment, redacting
from schema.engine.search import search_condition
from schema.engine.slots import Binding, KeySlot
from schema.errors import ClientError

MAX_SELECTED_FIELDS = 2000
MAX_DEPTH = 24
# What else a relation costs to compile, counted in fields: its query is written again at each level above it.
RELATION_COST = 4
_TOO_COMPLEX = (
    f"An operation selects at most {MAX_SELECTED_FIELDS} fields, of which a relation or `maskedFields` counts as "
    f"{RELATION_COST + 1} and each condition of a filter as one more, at most {MAX_DEPTH} objects deep."
)


def refuse_too_complex(fields: int) -> None:
    """Raise ClientError OPERATION_TOO_COMPLEX if an operation has more fields than it may."""
    if fields > MAX_SELECTED_FIELDS:
        raise ClientError(ErrorCode.OPERATION_TOO_COMPLEX, _TOO_COMPLEX)


class Collector(Protocol):
    """What the compiler needs of graphql-core's executor."""

    variable_values: VariableValues

    def collect_subfields(self, return_type: GraphQLObjectType, details: FieldDetailsList, /) -> CollectedFields:
        """Return the sub-selection grouped by response key, with fragments and @skip/@include worked in."""
        ...


@dataclass
class Compiler:
    """Compiles one selection of one operation. `spent` is what the operation's other selections cost."""

    schema: GraphQLSchema
    view: View
    collector: Collector
    binding: Binding
    spent: int = 0
    access: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    cursors: list[CursorKey] = field(default_factory=list)
    sites: list[Site] = field(default_factory=list)
    notes: dict[Note, None] = field(default_factory=dict)
    _selected: int = 0

    # ── Entrances ───────────────────────────────────────────────────────────
    def row(self, resource: Resource, details: FieldDetailsList, path: str) -> Plan:
        """Compile one row by primary key."""
        frame = self._frame(resource)
        rows = visible_rows(frame, self.view).filter(Equals(F("id"), Placeholder(KeySlot(), "uuid")))
        return self._plan(OneRow(self.rows_of(rows, frame, details, path)))

    def rows_by_key(self, resource: Resource, details: FieldDetailsList, path: str) -> Plan:
        """Compile several rows by primary key, as a JSON object by key."""
        frame = self._frame(resource)
        rows = visible_rows(frame, self.view).filter(EqualsAny(F("id"), Placeholder(KeySlot(), "uuid[]")))
        node = self.node(frame, details, path)
        return self._plan(KeyedRows(rows.annotate(prism_n0=node).values_list("id", "prism_n0")))

    def page(self, resource: Resource, details: FieldDetailsList, path: str, parent: GraphQLObjectType) -> Plan:
        """Compile the root connection of a resource."""
        frame = self._frame(resource)
        listed = ListedRows(visible_rows(frame, self.view), union=union_of(frame, self.view))
        return self._plan(self._connection(frame, listed, parent, details, path))

    def aggregate(self, resource: Resource, details: FieldDetailsList, path: str, parent: GraphQLObjectType) -> Plan:
        """Compile the aggregate of a resource."""
        frame = self._frame(resource)
        node = details[0].node
        graphql_field = parent.fields[node.name.value]
        arguments = get_argument_values(graphql_field, node, self.collector.variable_values)
        rows = visible_rows(frame, self.view).filter(*self._conditions(arguments, node, frame))
        writer = AggregateCompiler(self, frame, rows, arguments, node)
        return self._plan(writer.write(object_type_of(graphql_field), details, path))

    def _plan(self, expression: Any) -> Plan:
        query = Query(None)
        resolved = expression.resolve_expression(query)
        sql, params = query.get_compiler(connection=connection).compile(resolved)
        cursors, sites, notes = tuple(self.cursors), tuple(self.sites), tuple(self.notes)
        return Plan(sql, tuple(params), self.access, cursors, self._selected, sites, notes)

    # ── Objects ─────────────────────────────────────────────────────────────
    def node(self, frame: Frame, details: FieldDetailsList, path: str) -> JsonObject:
        """Return the JSON object of one row for a selection."""
        return_type = self._object_type(NOUNS[frame.resource].type_name)
        return JsonObject(
            [
                (key, self._field(frame, return_type, subdetails, f"{path}.{key}"))
                for key, subdetails in self.grouped(return_type, details, path)
            ]
        )

    def grouped(
        self, return_type: GraphQLObjectType, details: FieldDetailsList, path: str
    ) -> Sequence[tuple[str, FieldDetailsList]]:
        """Return a sub-selection by response key, and keep count: a selection has a size and a depth it may not pass.

        The count is of fields after fragments are spread, and it is taken while they are: a document that spreads
        fragments into fragments ends here, not in the database.
        """
        grouped = self.collector.collect_subfields(return_type, details).grouped_field_set
        self._spend(len(grouped))
        if path.count(".") > 2 * MAX_DEPTH:
            raise ClientError(ErrorCode.OPERATION_TOO_COMPLEX, _TOO_COMPLEX)
        return list(grouped.items())

    def spend_relation(self) -> None:
        """Count what a relation costs beyond its fields."""
        self._spend(RELATION_COST)

    def _spend(self, fields: int) -> None:
        self._selected += fields
        refuse_too_complex(self.spent + self._selected)

    def _field(self, frame: Frame, parent: GraphQLObjectType, details: FieldDetailsList, path: str) -> Any:
        name = details[0].node.name.value
        if name == "__typename":
            return Name(parent.name)
        match descriptor_of(parent.fields[name]):
            case GlobalId():
                return TypedId(frame.ref("id"), type_name=parent.name)
            case MaskedFields():
                return self._masked_fields(frame, parent)
            case Column() | Computed() as leaf:
                return self._cell(frame, leaf, name, path, lambda value: _written(value, leaf.output))
            case Money() as money:
                return self._money(frame, money, details, path)
            case ToOne(relation, target):
                return self._to_one(frame, relation, target, details, path)
            case ToOneOf(options):
                return self._to_one_of(frame, options, details, path)
            case ToMany() as to_many:
                return self._to_many(frame, to_many, parent, details, path)
            case _:
                raise TypeError(f"{parent.name}.{name} is not a field the engine compiles")

    # ── Leaves ──────────────────────────────────────────────────────────────
    def _cell(self, frame: Frame, leaf: Column | Computed, name: str, path: str, written: Callable[[Any], Any]) -> Any:
        """A cell at its level. The only place where a column's value enters a plan."""
        value = leaf.expression(frame.ref) if isinstance(leaf, Computed) else frame.ref(leaf.column)
        if leaf.sensitive is None:
            return written(value)
        rule = self.view.cell(frame.resource, policy_name(leaf), leaf.sensitive)
        if rule.level is CellLevel.ABSENT:
            raise AccessDenied(ErrorCode.FORBIDDEN, "This field is not part of your graph.")
        site = Site(NOUNS[frame.resource].type_name, name, path, leaf.sensitive.category)
        clear, redacted = self._forms(frame, leaf, leaf.sensitive, site, value)
        if rule.level is CellLevel.CLEAR:
            return written(clear)
        self.access[path] = access_entry(leaf.sensitive, rule)
        return gated(written(clear), redacted if redacted is WITHHELD else written(redacted), rule, frame)

    def _forms(
        self, frame: Frame, leaf: Column | Computed, sensitive: Sensitive, site: Site, value: Any
    ) -> tuple[Any, Any]:
        """Return a gated value in clear and redacted: marked where Python finishes it, or its reading is recorded."""
        encrypted = leaf.encrypted if isinstance(leaf, Column) else None
        if encrypted is None and sensitive.category not in RECORDED:
            return value, masked(value, sensitive.mask)
        number, key = len(self.sites), frame.ref("id")
        if encrypted is None:
            self.sites.append(site)
            return RecordedText(key, value, treatment=Treatment.RECORD, number=number), masked(value, sensitive.mask)
        self.sites.append(replace(site, place=encrypted.place, redact=redacting(encrypted, sensitive.mask)))
        clear, redacted = (
            SealedText(key, value, treatment=each, number=number) for each in (Treatment.OPEN, Treatment.MASK)
        )
        return clear, WITHHELD if sensitive.mask is Mask.NULL else redacted

    def _money(self, frame: Frame, money: Money, details: FieldDetailsList, path: str) -> Any:
        money_type = self._object_type("Money")
        amount = money.amount
        stored = amount.expression(frame.ref) if isinstance(amount, Computed) else frame.ref(amount.column)

        def written(value: Any) -> Any:
            parts: dict[str, Any] = {
                "amount": AsText(value),
                "currency": frame.ref(money.currency),
                "__typename": Name(money_type.name),
            }
            grouped = self.grouped(money_type, details, path)
            body = JsonObject([(key, parts[sub[0].node.name.value]) for key, sub in grouped])
            # Without an amount there is no money: the object is null, in clear and masked alike.
            return Case(When(IsPresent(stored), then=body), output_field=JSONField())

        return self._cell(frame, amount, details[0].node.name.value, path, written)

    def _masked_fields(self, frame: Frame, parent: GraphQLObjectType) -> Any:
        """The names of the type's fields that are not clear on this row, whether or not they hold anything."""
        self.spend_relation()
        names: list[Any] = []
        for name, graphql_field in parent.fields.items():
            descriptor = descriptor_of(graphql_field)
            if not isinstance(descriptor, Column | Computed | Money) or descriptor.sensitive is None:
                continue
            rule = self.view.cell(frame.resource, policy_name(descriptor), descriptor.sensitive)
            if rule.level in {CellLevel.CLEAR, CellLevel.ABSENT}:
                continue
            clear = any_of([rule.clear, rule.revealed])
            if clear == NEVER:
                names.append(Name(name))
            else:
                when = When(condition(clear, frame), then=Constant("NULL"))
                names.append(Case(when, default=Name(name), output_field=TextField()))
        return JsonStrings(*names)

    # ── Relations ───────────────────────────────────────────────────────────
    def _to_one(self, frame: Frame, relation: str, target: Resource, details: FieldDetailsList, path: str) -> OneRow:
        inner = self._frame(target, parent=frame)
        rows = visible_rows(inner, self.view).filter(Equals(F("id"), outer(frame.ref(f"{relation}_id"))))
        return OneRow(self.rows_of(rows, inner, details, path))

    def _to_one_of(
        self, frame: Frame, options: tuple[tuple[str, Resource], ...], details: FieldDetailsList, path: str
    ) -> Any:
        """The first key that is set decides, whether or not its row is visible: what is hidden is not replaced."""
        cases = [
            When(
                IsPresent(frame.ref(f"{relation}_id")),
                then=self._to_one(frame, relation, target, details, path) if self.view.sees(target) else _NULL,
            )
            for relation, target in options
        ]
        return Case(*cases, output_field=JSONField())

    def _to_many(
        self, frame: Frame, to_many: ToMany, parent: GraphQLObjectType, details: FieldDetailsList, path: str
    ) -> Any:
        self.spend_relation()
        rows, inner = related_rows(frame, to_many, self.view)
        return self._connection(inner, ListedRows(rows), parent, details, path)

    def _connection(
        self, frame: Frame, listed: ListedRows, parent: GraphQLObjectType, details: FieldDetailsList, path: str
    ) -> Any:
        node = details[0].node
        graphql_field = parent.fields[node.name.value]
        arguments = get_argument_values(graphql_field, node, self.collector.variable_values)
        noun = NOUNS[frame.resource]
        listed = replace(listed, conditions=self._conditions(arguments, node, frame))
        terms = order_terms(noun, arguments.get("orderBy"))
        keys = order_keys(terms, frame, self.view)
        # The number of keys depends on the view: a cursor made under another one is not of this order.
        held = tuple(Held(place, *key.holds) for place, key in enumerate(keys) if key.holds is not None)
        cursor_key = CursorKey(noun.type_name, f"{terms!r}/{len(keys)}", held)
        request = page_request(arguments, node, keys, cursor_key, self.binding)
        writer = ConnectionWriter(self, frame, request, object_type_of(graphql_field))
        return writer.write(listed, details, path)

    def _conditions(self, arguments: Mapping[str, Any], node: FieldNode, frame: Frame) -> list[Any]:
        conditions: list[Any] = []
        if (filtered := argument("filter", arguments, node)) is not None:
            compiler = FilterCompiler(self.view)
            conditions.append(compiler.condition(filtered, frame).plain)
            self._spend(compiler.cost)
        if (searched := argument("search", arguments, node)) is not None:
            conditions.append(search_condition(searched, frame, self.view))
        return conditions

    def rows_of(self, rows: QuerySet[Any], frame: Frame, details: FieldDetailsList, path: str) -> QuerySet[Any]:
        """Return the rows with a JSON object each, for a selection."""
        nodes: QuerySet[Any] = rows.annotate(prism_n0=self.node(frame, details, path)).values_list("prism_n0")
        return nodes

    def _frame(self, resource: Resource, parent: Frame | None = None, anchor: str | None = None) -> Frame:
        self.spend_relation()
        return Frame(resource, NOUNS[resource].model, parent, anchor)

    def _object_type(self, name: str) -> GraphQLObjectType:
        return cast("GraphQLObjectType", self.schema.get_type(name))


_NULL = Constant("NULL::json", JSONField())


def _written(value: Any, output: Output) -> Any:
    match output:
        case Output.PLAIN:
            return value
        case Output.TEXT:
            return AsText(value)
        case Output.ENUM:
            return Upper(value)
