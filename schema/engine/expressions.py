"""Django expressions that write conditions, and JSON, in SQL. Values are always placeholders.

Object keys are GraphQL names, checked by `_literal` before they become part of a statement.
"""

import re
from collections.abc import Sequence
from typing import Any

from django.db.models import BooleanField, Expression, Field, Func, JSONField, TextField
from django.db.models.expressions import Subquery

from backend.reveals.models import RevealGrant
from schema.engine.slots import Slot

_NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")
# json_build_object takes at most 100 arguments.
_KEYS_PER_OBJECT = 50

_GRANTS = RevealGrant._meta.db_table

Compiled = tuple[str, list[Any]]


def _literal(name: str) -> str:
    """Return a name, as GraphQL and columns have them, as an SQL string literal."""
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


class IsRevealed(Func):
    """The row was revealed: its key is among the principal's grants in force, which PostgreSQL hashes once a statement.

    Written here rather than as a query of Django's: a cell in a selection has one each, and those are slow to make.
    """

    output_field = BooleanField()

    def __init__(self, key: Any, principal: Slot, resource: str, column: str, *, is_approved: bool) -> None:
        super().__init__(key)
        self.principal, self.is_approved = principal, is_approved
        self.resource, self.column = _literal(resource), _literal(column)

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> Compiled:  # type: ignore[override]  # noqa: ARG002
        """Write the condition."""
        key, params = compiler.compile(self.source_expressions[0])
        approved = " AND g.is_approved" if self.is_approved else ""
        # Names of this code base and a placeholder: no value of a request is in it.
        grants = (
            f"SELECT g.row_id FROM {_GRANTS} AS g WHERE g.user_id = %s::uuid AND g.resource = {self.resource} "  # noqa: S608
            f"AND {self.column} = ANY(g.columns) AND g.expires_at > statement_timestamp(){approved}"
        )
        return f"({key} IN ({grants}))", [*params, self.principal]


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
