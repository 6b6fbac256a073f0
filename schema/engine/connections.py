"""Connections: nodes, edges, page information and counts of one page of rows.

Source: https://relay.dev/graphql/connections.htm
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from django.db.models import Exists, Expression, F, QuerySet
from django.db.models.sql import Query
from graphql import GraphQLObjectType
from graphql.execution.collect_fields import FieldDetailsList

from schema.engine.connection_sql import SIFTED, BranchUnion, ConnectionJson, PageKeys, ProbedUnion, order_column
from schema.engine.cursors import CURSOR_MARK, CursorKey
from schema.engine.expressions import (
    AllHold,
    AnyHolds,
    Constant,
    InRows,
    JsonObject,
    KeyValues,
    Name,
    Placeholder,
    object_sql,
    pair_sql,
)
from schema.engine.fields import object_type_of
from schema.engine.ordering import OrderKey
from schema.engine.paging import Cursor, PageRequest, beyond, ordering, reached
from schema.engine.scoping import Branch, Frame, Union

COUNT_CAP = 10_000
# How many rows a walk along an index looks at for each row a page wants, before each branch of a scope is asked.
WALKED_PER_ROW = 20


class NodeCompiler(Protocol):
    """What a connection needs of the compiler."""

    cursors: list[CursorKey]

    def node(self, frame: Frame, details: FieldDetailsList, path: str) -> JsonObject:
        """Return the JSON object of one row for a selection."""
        ...

    def grouped(
        self, return_type: GraphQLObjectType, details: FieldDetailsList, path: str
    ) -> Sequence[tuple[str, FieldDetailsList]]:
        """Return a sub-selection by response key."""
        ...


@dataclass(frozen=True, slots=True)
class ListedRows:
    """The rows a connection lists, in no order: the visible ones for which the conditions hold.

    `union` are the same visible rows in branches, if their scope has several alternatives.
    """

    visible: QuerySet[Any]
    conditions: Sequence[Any] = ()
    union: Union | None = None

    @property
    def rows(self) -> QuerySet[Any]:
        """All of them."""
        return self.visible.filter(*self.conditions)


class ConnectionWriter:
    """Writes one connection: which columns its rows need, what is aggregated over them, and the object around it."""

    # Invariant: a page is taken from the visible rows. Candidates found another way only narrow them.

    def __init__(
        self, compiler: NodeCompiler, frame: Frame, request: PageRequest, connection_type: GraphQLObjectType
    ) -> None:
        self._compiler, self._frame, self._request, self._type = compiler, frame, request, connection_type
        self._columns: list[Any] = []
        self._aggregates: list[Callable[[], str]] = []
        self._mark: str | None = None
        self._peeks = request.size == 0
        self._counts = False
        self._bounds = False

    def write(self, listed: ListedRows, details: FieldDetailsList, path: str) -> ConnectionJson:
        """Return a page of the listed rows as JSON."""
        rows = listed.rows
        writers: dict[str, Callable[[FieldDetailsList, str], Any]] = {
            "nodes": self._nodes,
            "edges": self._edges,
            "pageInfo": lambda sub, sub_path: self._page_info(rows, sub, sub_path),
            "totalCount": lambda *_: self._total(f"least(t.total, {COUNT_CAP})"),
            "totalCountIsCapped": lambda *_: self._total(f"t.total > {COUNT_CAP}"),
            "__typename": lambda *_: Name(self._type.name),
        }
        body = JsonObject(
            [
                (key, writers[sub[0].node.name.value](sub, f"{path}.{key}"))
                for key, sub in self._compiler.grouped(self._type, details, path)
            ]
        )
        sifts = self._sifts(listed)
        return ConnectionJson(
            body,
            aggregates=[written() for written in self._aggregates],
            rows=self._page(self._chosen(listed, sifts=sifts)).query,
            width=len(self._columns),
            count=rows.values("pk")[: COUNT_CAP + 1].query if self._counts and not sifts else None,
            numbered=self._peeks or self._request.backward or self._bounds,
            sifted=self._keyed(rows).query if sifts else None,
        )

    # ── Parts ───────────────────────────────────────────────────────────────
    def _nodes(self, details: FieldDetailsList, path: str) -> Constant:
        return self._list(self._column(self._compiler.node(self._frame, details, path)))

    def _edges(self, details: FieldDetailsList, path: str) -> Constant:
        edge_type = object_type_of(self._type.fields["edges"])
        pairs = []
        for key, sub in self._compiler.grouped(edge_type, details, path):
            match sub[0].node.name.value:
                case "node":
                    value = self._column(self._compiler.node(self._frame, sub, f"{path}.{key}"))
                case "cursor":
                    value = self._marked("r.k")
                case _:
                    value = f"'{edge_type.name}'::text"
            pairs.append(pair_sql(key, value))
        return self._list(object_sql(pairs))

    def _page_info(self, rows: QuerySet[Any], details: FieldDetailsList, path: str) -> JsonObject:
        info_type = object_type_of(self._type.fields["pageInfo"])
        backward = self._request.backward
        writers: dict[str, Callable[[], Any]] = {
            "hasNextPage": lambda: self._more(rows, self._request.before, far=not backward, after=False),
            "hasPreviousPage": lambda: self._more(rows, self._request.after, far=backward, after=True),
            "startCursor": lambda: self._end(first_fetched=not backward),
            "endCursor": lambda: self._end(first_fetched=backward),
            "__typename": lambda: Name(info_type.name),
        }
        return JsonObject(
            [(key, writers[sub[0].node.name.value]()) for key, sub in self._compiler.grouped(info_type, details, path)]
        )

    def _more(self, rows: QuerySet[Any], cursor: Cursor | None, *, far: bool, after: bool) -> Any:
        """Whether rows lie beyond one end of the page: past its limit, or on the other side of the cursor there."""
        parts: list[Any] = []
        if far:
            self._peeks = True
            parts.append(self._aggregate(lambda: f"(count(*) > {self._request.size})"))
        if cursor is not None:
            parts.append(Exists(rows.filter(reached(cursor, self._request.keys, after=after))))
        return AnyHolds(*parts) if parts else Constant("FALSE")

    def _end(self, *, first_fetched: bool) -> Constant:
        """The cursor at one end of the page; null when the page is empty."""
        if not self._request.size:
            return Constant("NULL::text")
        self._bounds = True
        position = "1" if first_fetched else f"least(count(*), {self._request.size})::int"
        marked = self._marked(f"(array_agg(r.k ORDER BY r.rn))[{position}]")
        return self._aggregate(lambda: marked)

    def _total(self, sql: str) -> Constant:
        self._counts = True
        return Constant(sql)

    # ── Pieces ──────────────────────────────────────────────────────────────
    def _column(self, expression: Any) -> str:
        self._columns.append(expression)
        return f"r.c{len(self._columns) - 1}"

    def _aggregate(self, written: Callable[[], str]) -> Constant:
        self._aggregates.append(written)
        return Constant(f"p.a{len(self._aggregates) - 1}")

    def _list(self, sql: str) -> Constant:
        order = " ORDER BY r.rn DESC" if self._request.backward else ""

        def written() -> str:
            # The row fetched only to see whether there is one is left out. Whether one is, is known at the end.
            within = f" FILTER (WHERE r.rn <= {self._request.size})" if self._peeks else ""
            return f"coalesce(json_agg({sql}{order}){within}, '[]'::json)"

        return self._aggregate(written)

    def _marked(self, sql: str) -> str:
        if self._mark is None:
            self._mark = f"{CURSOR_MARK}{len(self._compiler.cursors)}:"
            self._compiler.cursors.append(self._request.cursor_key)
        return f"('{self._mark}' || {sql})"

    # ── Where the page's rows come from ─────────────────────────────────────
    def _sifts(self, listed: ListedRows) -> bool:
        """Whether the page and its count read the rows that pass the filter once, together.

        Where no index is in the list's order, the page reads them all anyway. Where one is, it reads no more than it
        shows, and the count stops at its cap.
        """
        return self._counts and bool(listed.conditions) and not self._request.keys[0].indexed

    def _chosen(self, listed: ListedRows, *, sifts: bool) -> QuerySet[Any]:
        """Return the rows the page is the first of, in its order."""
        if sifts:
            return self._among(listed.visible, Constant(SIFTED), self._beyond_cursors(self._key_columns()))
        if listed.union is not None:
            return self._among(listed.union.visible, self._candidates(listed.union, listed.conditions))
        return listed.rows.filter(*self._beyond_cursors(self._request.keys))

    def _among(self, visible: QuerySet[Any], source: Expression, conditions: Sequence[Any] = ()) -> QuerySet[Any]:
        columns = self._key_columns()
        order = ordering(columns, [key.reference for key in columns], backward=self._request.backward)
        keys = PageKeys(source, width=len(columns), conditions=conditions, order=order, limit=self._fetched)
        return visible.filter(InRows(F("id"), keys))

    def _candidates(self, union: Union, conditions: Sequence[Any]) -> Expression:
        branches = BranchUnion([self._first_of(each, conditions) for each in union.branches])
        if not self._request.keys[0].indexed:
            return branches
        listed = AllHold(union.holds, *conditions)
        walked = self._keyed(union.live.filter(*self._beyond_cursors(self._request.keys)), prism_listed=listed)
        walk = self._ordered(walked)[: self._fetched * WALKED_PER_ROW].query
        return ProbedUnion(walk, branches, width=len(self._request.keys), enough=self._fetched)

    def _first_of(self, branch: Branch, conditions: Sequence[Any]) -> tuple[Query, Placeholder | None]:
        rows = branch.rows.filter(*conditions, *self._beyond_cursors(self._request.keys))
        return self._ordered(self._keyed(rows))[: self._fetched].query, branch.each

    def _keyed(self, rows: QuerySet[Any], **more: Any) -> QuerySet[Any]:
        """Return the ids of rows with their order keys, and what else is named."""
        columns = self._aliases() | more
        keyed: QuerySet[Any] = rows.annotate(**columns).values_list("id", *columns)
        return keyed

    def _beyond_cursors(self, keys: Sequence[OrderKey]) -> list[Any]:
        """Return the conditions for the rows on the page's side of its cursors."""
        sides = ((self._request.after, True), (self._request.before, False))
        return [beyond(cursor, keys, after=after) for cursor, after in sides if cursor is not None]

    def _key_columns(self) -> list[OrderKey]:
        """Return the order keys as columns of the candidates."""
        return [
            replace(key, reference=Constant(order_column(position))) for position, key in enumerate(self._request.keys)
        ]

    def _aliases(self) -> dict[str, Any]:
        return {f"prism_o{number}": key.reference for number, key in enumerate(self._request.keys)}

    def _ordered(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Return rows that have the order keys as aliases, in the page's order."""
        references = [F(alias) for alias in self._aliases()]
        return rows.order_by(*ordering(self._request.keys, references, backward=self._request.backward))

    @property
    def _fetched(self) -> int:
        """How many rows the page fetches: one more than it shows, where it has to tell whether there is one."""
        return self._request.size + 1 if self._peeks else self._request.size

    def _page(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        keys: Expression = Constant("NULL::text")
        if self._mark is not None:
            keys = KeyValues(*(key.reference for key in self._request.keys))
        columns = {f"prism_c{number}": column for number, column in enumerate(self._columns)}
        # Keys are resolved here, as aliases: within ORDER BY, Django would not see what they ask of enclosing queries.
        ordered = self._ordered(rows.alias(**self._aliases()))
        limited: QuerySet[Any] = ordered.annotate(**columns, prism_k=keys).values_list(*columns, "prism_k")
        return limited[: self._fetched]
