"""The SQL of an aggregate: groups of rows as one JSON object."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Expression, JSONField
from django.db.models.expressions import Subquery
from django.db.models.sql import Query

from schema.engine.expressions import JsonObject


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
