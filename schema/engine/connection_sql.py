"""The SQL of a connection: a page of rows as one JSON object, and the keys of the rows that make the page."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Expression, JSONField, TextField
from django.db.models.expressions import Subquery
from django.db.models.sql import Query

from schema.engine.expressions import JsonObject, Placeholder

# The rows that passed a filter: their keys and what they are ordered by, read once for the page and for its count.
SIFTED = "m"
# One value of a scope that compares with many.
EACH_VALUE = "b.v"


def order_column(position: int) -> str:
    """Return the name of an order key among the candidates for a page."""
    return f"u.o{position}"


def key_columns(width: int) -> str:
    """Return the columns of candidates that have `width` order keys."""
    return ", ".join(["id", *(f"o{number}" for number in range(width))])


class BranchUnion(Expression):
    """The candidates for a page: the first rows of each branch of a scope, each once.

    A branch is a query for ids and order keys, in order and limited; with a placeholder for an array, it is run once
    for each of its values, which it knows as `b.v`.
    """

    def __init__(self, branches: Sequence[tuple[Query, Placeholder | None]]) -> None:
        super().__init__(output_field=TextField())
        self.queries: list[Any] = [Subquery(query, output_field=TextField()) for query, _ in branches]
        self.values: list[Any] = [each for _, each in branches]

    def get_source_expressions(self) -> list[Any]:
        """Return the parts Django resolves."""
        return [*self.queries, *self.values]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        """Replace the parts by their resolved forms."""
        half = len(exprs) // 2
        self.queries, self.values = list(exprs[:half]), list(exprs[half:])

    def as_sql(self, compiler: Any, connection: Any) -> Any:  # noqa: ARG002  Django's signature
        """Write the union in brackets."""
        written, params = [], []
        for query, each in zip(self.queries, self.values, strict=True):
            sql, its_params = compiler.compile(query)
            if each is not None:
                values, value_params = compiler.compile(each)
                sql = f"(SELECT w.* FROM unnest({values}) AS b(v) CROSS JOIN LATERAL {sql} AS w)"
                params += value_params
            written.append(sql)
            params += its_params
        return f"({' UNION '.join(written)})", params


class ProbedUnion(Expression):
    """The candidates for a page: those of a walk along the list's order or, where it finds too few, those of a union.

    `walk` gives ids, order keys and whether the row is one of the list's, for as many rows as it is worth looking at.
    A list that holds many of the rows there are is answered by the walk, one that holds few by the union.
    """

    def __init__(self, walk: Query, union: BranchUnion, *, width: int, enough: int) -> None:
        super().__init__(output_field=TextField())
        self.walk: Any = Subquery(walk, output_field=TextField())
        self.union: Any = union
        self.width, self.enough = width, enough

    def get_source_expressions(self) -> list[Any]:
        """Return the parts Django resolves."""
        return [self.walk, self.union]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        """Replace the parts by their resolved forms."""
        self.walk, self.union = exprs

    def as_sql(self, compiler: Any, connection: Any) -> Any:  # noqa: ARG002  Django's signature
        """Write the walk and the union in brackets. The walk ends with the last row it needs."""
        walk, params = compiler.compile(self.walk)
        union, union_params = compiler.compile(self.union)
        columns = key_columns(self.width)
        found = f"(SELECT {columns} FROM {walk} AS w({columns}, listed) WHERE w.listed LIMIT {self.enough:d})"
        suffices = f"(SELECT count(*) FROM q) = {self.enough:d}"
        either = f"SELECT * FROM q WHERE {suffices} UNION ALL SELECT * FROM {union} AS x WHERE NOT {suffices}"
        return f"(WITH q AS MATERIALIZED {found} {either})", [*params, *union_params]


class PageKeys(Expression):
    """The ids of a page's rows, chosen among candidates by their order keys alone.

    `source` gives the columns `id, o0 … on`; `conditions` and `order` speak of them as `u.id, u.o0 … u.on`.
    """

    def __init__(
        self, source: Expression, *, width: int, conditions: Sequence[Any], order: Sequence[Any], limit: int
    ) -> None:
        super().__init__(output_field=TextField())
        self.source, self.conditions, self.order = source, list(conditions), list(order)
        self.width, self.limit = width, limit

    def get_source_expressions(self) -> list[Any]:
        """Return the parts Django resolves."""
        return [self.source, *self.conditions, *self.order]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        """Replace the parts by their resolved forms."""
        self.source, *rest = exprs
        self.conditions, self.order = rest[: len(self.conditions)], rest[len(self.conditions) :]

    def as_sql(self, compiler: Any, connection: Any) -> Any:  # noqa: ARG002  Django's signature
        """Write the keys as a subquery."""
        source, params = compiler.compile(self.source)
        conditions = [compiler.compile(each) for each in self.conditions]
        order = [compiler.compile(each) for each in self.order]
        where = " AND ".join(["TRUE", *(sql for sql, _ in conditions)])
        params = [*params, *(param for _, its_params in (*conditions, *order) for param in its_params)]
        ordered = f"ORDER BY {', '.join(sql for sql, _ in order)} LIMIT {self.limit:d}"
        return f"(SELECT u.id FROM {source} AS u({key_columns(self.width)}) WHERE {where} {ordered})", params


class ConnectionJson(Expression):
    """A page of rows as one JSON object.

    `rows` gives one JSON column `c0 … cn` for each selection of nodes and, last, the row's cursor values `k`.
    `aggregates` become `a0 … an`, over `r` (the rows and, where `numbered`, `rn` counting from 1 in the order they
    were fetched).
    `body` is the object, over `p` (the aggregates) and `t` (`total`, if `count` is given). `sifted` gives the ids and
    order keys of all rows, read once: `rows` chooses among them, and they are what is counted.
    """

    def __init__(
        self,
        body: JsonObject,
        *,
        aggregates: Sequence[str],
        rows: Query,
        width: int,
        count: Query | None,
        numbered: bool,
        sifted: Query | None = None,
    ) -> None:
        super().__init__(output_field=JSONField())
        self.numbered = numbered
        self.sifted = None if sifted is None else Subquery(sifted, output_field=JSONField())
        self.body, self.aggregates, self.width = body, list(aggregates), width
        self.rows = Subquery(rows, output_field=JSONField())
        self.count = None if count is None else Subquery(count, output_field=JSONField())

    def get_source_expressions(self) -> list[Any]:
        """Return the parts Django resolves."""
        return [self.body, self.rows, self.count, self.sifted]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        """Replace the parts by their resolved forms."""
        self.body, self.rows, self.count, self.sifted = exprs

    def as_sql(self, compiler: Any, connection: Any) -> Any:  # noqa: ARG002  Django's signature
        """Write the page as a scalar subquery."""
        body, params = compiler.compile(self.body)
        rows, row_params = compiler.compile(self.rows)
        columns = ", ".join([*(f"c{number}" for number in range(self.width)), "k"])
        # A page of which nothing is asked is an aggregate too: without one there would be a row of JSON for each row.
        aggregates = ", ".join(f"{sql} AS a{number}" for number, sql in enumerate(self.aggregates)) or "count(*) AS a0"
        page = f"{rows} AS r({columns})"
        if self.numbered:
            page = f"(SELECT r.*, row_number() OVER () AS rn FROM {page}) AS r"
        source = f"(SELECT {aggregates} FROM {page}) AS p"
        params = [*params, *row_params]
        if self.count is not None:
            count, count_params = compiler.compile(self.count)
            source += f" CROSS JOIN (SELECT count(*) AS total FROM {count} AS q) AS t"
            params += count_params
        if self.sifted is None:
            return f"(SELECT {body} FROM {source})", params
        sifted, sifted_params = compiler.compile(self.sifted)
        source += f" CROSS JOIN (SELECT count(*) AS total FROM {SIFTED}) AS t"
        return f"(WITH {SIFTED} AS MATERIALIZED {sifted} SELECT {body} FROM {source})", [*sifted_params, *params]
