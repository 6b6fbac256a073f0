"""Connections: nodes, edges, page information and counts of one page of rows.

Source: https://relay.dev/graphql/connections.htm
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from django.db.models import Exists, Expression, QuerySet
from graphql import GraphQLObjectType
from graphql.execution.collect_fields import FieldDetailsList

from schema.engine.cursors import CURSOR_MARK, CursorKey
from schema.engine.expressions import (
    AnyHolds,
    ConnectionJson,
    Constant,
    JsonObject,
    KeyValues,
    Name,
    object_sql,
    pair_sql,
)
from schema.engine.fields import object_type_of
from schema.engine.paging import Cursor, PageRequest, beyond, ordering, reached
from schema.engine.scoping import Frame

COUNT_CAP = 10_000


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


class ConnectionWriter:
    """Writes one connection: which columns its rows need, what is aggregated over them, and the object around it."""

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

    def write(self, rows: QuerySet[Any], details: FieldDetailsList, path: str) -> ConnectionJson:
        """Return the page of `rows` (all that are visible, in no order) as JSON."""
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
        return ConnectionJson(
            body,
            aggregates=[written() for written in self._aggregates],
            rows=self._page(rows).query,
            width=len(self._columns),
            count=rows.values("pk")[: COUNT_CAP + 1].query if self._counts else None,
            numbered=self._peeks or self._request.backward or self._bounds,
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

    def _page(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        request = self._request
        for cursor, after in ((request.after, True), (request.before, False)):
            if cursor is not None:
                rows = rows.filter(beyond(cursor, request.keys, after=after))
        keys: Expression = Constant("NULL::text")
        if self._mark is not None:
            keys = KeyValues(*(key.reference for key in request.keys))
        columns = {f"prism_c{number}": column for number, column in enumerate(self._columns)}
        # Keys are resolved here, as aliases: within ORDER BY, Django would not see what they ask of enclosing queries.
        aliases = {f"prism_o{number}": key.reference for number, key in enumerate(request.keys)}
        ordered = rows.alias(**aliases).order_by(*ordering(request.keys, aliases, backward=request.backward))
        limited: QuerySet[Any] = ordered.annotate(**columns, prism_k=keys).values_list(*columns, "prism_k")
        return limited[: request.size + 1 if self._peeks else request.size]
