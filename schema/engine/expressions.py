"""Django expressions that write JSON in SQL. The one module that holds SQL text; values are always placeholders.

Object keys are GraphQL names, checked by `_literal` before they become part of a statement.
"""

import re
from collections.abc import Sequence
from typing import Any

from django.db.models import BooleanField, Expression, Field, Func, JSONField, TextField
from django.db.models.expressions import Subquery
from django.db.models.sql import Query

from schema.engine.slots import Slot

_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")
# json_build_object takes at most 100 arguments.
_KEYS_PER_OBJECT = 50

Compiled = tuple[str, list[Any]]


def _literal(name: str) -> str:
    """Return a GraphQL name as an SQL string literal."""
    if not _NAME.fullmatch(name):
        raise ValueError("not a GraphQL name")
    return f"'{name}'"


class Placeholder(Expression):
    """A slot in the statement, with the PostgreSQL type of its value (`uuid`, `uuid[]`, `timestamptz`, `text` …)."""

    def __init__(self, slot: Slot, pg_type: str, output_field: "Field[Any, Any] | None" = None) -> None:
        super().__init__(output_field=output_field or TextField())
        self.slot, self.pg_type = slot, pg_type

    def as_sql(self, compiler: Any, connection: Any) -> Any:  # noqa: ARG002  Django's signature
        """Write the placeholder; the slot itself stands in the parameters until a request binds it."""
        return f"%s::{self.pg_type}", [self.slot]


class Constant(Expression):
    """A fixed piece of SQL from this code base, never from a request."""

    def __init__(self, sql: str, output_field: "Field[Any, Any] | None" = None) -> None:
        super().__init__(output_field=output_field or TextField())
        self.sql = sql

    def as_sql(self, compiler: Any, connection: Any) -> Any:  # noqa: ARG002  Django's signature
        """Write the piece."""
        return self.sql, []


class Name(Constant):
    """A GraphQL name (of a type, a field) as a JSON string."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{_literal(name)}::text")


class EqualsAny(Func):
    """`left = ANY(right)`, where right is an array."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()


class InRows(Func):
    """`left IN (a subquery)`: PostgreSQL hashes the subquery's rows once."""

    template = "(%(expressions)s)"
    arg_joiner = " IN "
    output_field = BooleanField()


class IsNotTrue(Func):
    """`NOT` that treats unknown as false: an unknown denial denies nothing."""

    template = "((%(expressions)s) IS NOT TRUE)"
    output_field = BooleanField()


class IsNull(Func):
    """The value is missing."""

    template = "(%(expressions)s IS NULL)"
    output_field = BooleanField()


class IsPresent(Func):
    """The value is not missing."""

    template = "(%(expressions)s IS NOT NULL)"
    output_field = BooleanField()


class AsText(Func):
    """A value as text: decimals reach the client exact."""

    template = "(%(expressions)s)::text"
    output_field = TextField()


class TypedId(Func):
    """A global id: the type's name and the key. See docs/adr/0004."""

    template = "(%(prefix)s || (%(expressions)s)::text)"
    output_field = TextField()

    def __init__(self, expression: Any, *, type_name: str) -> None:
        super().__init__(expression, prefix=f"{_literal(type_name)[:-1]}_'")


class JsonObject(Func):
    """A JSON object with its keys in the order of the selection."""

    output_field = JSONField()

    def __init__(self, pairs: Sequence[tuple[str, Any]]) -> None:
        super().__init__(*(expression for _, expression in pairs))
        self.keys = [key for key, _ in pairs]

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> Compiled:  # type: ignore[override]  # noqa: ARG002
        """Write json_build_object; a very wide object is written in parts and joined."""
        written: list[str] = []
        params: list[Any] = []
        for key, expression in zip(self.keys, self.source_expressions, strict=True):
            sql, more = compiler.compile(expression)
            written.append(pair_sql(key, sql))
            params.extend(more)
        return object_sql(written), params


def object_sql(written: Sequence[str]) -> str:
    """Return the SQL of a JSON object from its pairs `'key', value`, each already written by `pair_sql`."""
    if not written:
        return "'{}'::json"
    parts = [
        f"json_build_object({', '.join(written[start : start + _KEYS_PER_OBJECT])})"
        for start in range(0, len(written), _KEYS_PER_OBJECT)
    ]
    return parts[0] if len(parts) == 1 else _joined(parts)


def pair_sql(key: str, value: str) -> str:
    """Return one pair of a JSON object; the key is checked to be a GraphQL name."""
    return f"{_literal(key)}, {value}"


def _joined(objects: list[str]) -> str:
    inner = " || ',' || ".join(f"substr(left({part}::text, -1), 2)" for part in objects)
    return f"('{{' || {inner} || '}}')::json"


class JsonStrings(Func):
    """A JSON array of those arguments that are not null."""

    template = "array_to_json(array_remove(ARRAY[%(expressions)s]::text[], NULL))"
    output_field = JSONField()


class KeyValues(Func):
    """The values of a row's order keys, as the text of a JSON array of texts: what a cursor holds."""

    template = "array_to_json(ARRAY[%(expressions)s]::text[])::text"
    output_field = TextField()


class OneRow(Subquery):
    """A row's JSON object, or null where no visible row matches."""

    output_field = JSONField()


class KeyedRows(Subquery):
    """A JSON object of rows by primary key. The subquery gives (key, object)."""

    template = "(SELECT coalesce(json_object_agg(r.k, r.n), '{}'::json) FROM (%(subquery)s) AS r(k, n))"
    output_field = JSONField()


class Equals(Func):
    """`left = right`, for expressions on both sides."""

    template = "%(expressions)s"
    arg_joiner = " = "
    output_field = BooleanField()


class AnyHolds(Func):
    """At least one of the conditions holds."""

    template = "(%(expressions)s)"
    arg_joiner = " OR "
    output_field = BooleanField()


class AllHold(AnyHolds):
    """Every one of the conditions holds."""

    arg_joiner = " AND "


class Compare(Func):
    """`left < right` or `left > right`, for single values and, in brackets, for rows of values."""

    output_field = BooleanField()

    def __init__(self, left: Sequence[Any], right: Sequence[Any], *, less: bool) -> None:
        super().__init__(*left, *right)
        self.less = less

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> Compiled:  # type: ignore[override]  # noqa: ARG002
        """Write the comparison of the first half of the arguments with the second."""
        compiled = [compiler.compile(expression) for expression in self.source_expressions]
        half = len(compiled) // 2
        left, right = (", ".join(sql for sql, _ in side) for side in (compiled[:half], compiled[half:]))
        return f"({left}) {'<' if self.less else '>'} ({right})", [param for _, params in compiled for param in params]


class JsonList(Func):
    """A JSON array of an object for each row, in the rows' order."""

    template = "coalesce(json_agg(%(expressions)s), '[]'::json)"
    output_field = JSONField()


class AggregateJson(Expression):
    """Groups of rows as one JSON object.

    `rows` gives the named `columns` of `r`. `select` are `(sql, name)` over `r`, which become the columns of `g`, a row
    a group. `body` is the object, over `g`. With `sized`, `r.z` is the size of the group by those columns.
    """

    def __init__(
        self,
        body: JsonObject,
        *,
        rows: Query,
        columns: Sequence[str],
        select: Sequence[tuple[str, str]],
        group_by: Sequence[str],
        having: Any,
        order: Sequence[str],
        limit: int,
        sized: Sequence[str] | None,
    ) -> None:
        super().__init__(output_field=JSONField())
        self.body, self.having = body, having
        self.rows = Subquery(rows, output_field=JSONField())
        self.columns, self.select, self.group_by = list(columns), list(select), list(group_by)
        self.order, self.limit, self.sized = list(order), limit, sized

    def get_source_expressions(self) -> list[Any]:
        """Return the parts Django resolves."""
        return [self.body, self.rows, self.having]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        """Replace the parts by their resolved forms."""
        self.body, self.rows, self.having = exprs

    def as_sql(self, compiler: Any, connection: Any) -> Any:  # noqa: ARG002  Django's signature
        """Write the groups as a scalar subquery."""
        body, params = compiler.compile(self.body)
        rows, row_params = compiler.compile(self.rows)
        having, having_params = compiler.compile(self.having)
        source = f"{rows} AS r({', '.join(self.columns)})"
        if self.sized is not None:
            partition = f"PARTITION BY {', '.join(self.sized)}" if self.sized else ""
            source = f"(SELECT r.*, count(*) OVER ({partition}) AS z FROM {source}) AS r"
        select = ", ".join(f"{sql} AS {name}" for sql, name in self.select)
        grouped = f"SELECT {select} FROM {source} GROUP BY {', '.join(self.group_by) or '()'} HAVING {having}"
        ordered = f"{grouped} ORDER BY {', '.join(self.order)} LIMIT {self.limit:d}"
        # Where the groups are not asked for, nothing aggregates: HAVING makes it one row all the same.
        return f"(SELECT {body} FROM ({ordered}) AS g HAVING TRUE)", [*params, *row_params, *having_params]


class ConnectionJson(Expression):
    """A page of rows as one JSON object.

    `rows` gives one JSON column `c0 … cn` for each selection of nodes and, last, the row's cursor values `k`.
    `aggregates` become `a0 … an`, over `r` (the rows and, where `numbered`, `rn` counting from 1 in the order they
    were fetched).
    `body` is the object, over `p` (the aggregates) and `t` (`total`, if `count` is given).
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
    ) -> None:
        super().__init__(output_field=JSONField())
        self.numbered = numbered
        self.body, self.aggregates, self.width = body, list(aggregates), width
        self.rows = Subquery(rows, output_field=JSONField())
        self.count = None if count is None else Subquery(count, output_field=JSONField())

    def get_source_expressions(self) -> list[Any]:
        """Return the parts Django resolves."""
        return [self.body, self.rows, self.count]

    def set_source_expressions(self, exprs: Sequence[Any]) -> None:
        """Replace the parts by their resolved forms."""
        self.body, self.rows, self.count = exprs

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
        return f"(SELECT {body} FROM {source})", params
