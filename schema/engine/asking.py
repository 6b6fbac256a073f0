"""One expression over visible rows, asked by itself: what a resolver needs to know and no plan of a document holds."""

from typing import Any

from django.db import connection
from django.db.models.sql import Query

from schema.engine.context import EngineContext
from schema.engine.plan import Plan, statement
from schema.engine.slots import Binding


async def answer_of(context: EngineContext, expression: Any, keys: Any = None) -> bytes | None:
    """Return the JSON an expression gives for these keys; None where it gives nothing."""
    query = Query(None)
    sql, params = query.get_compiler(connection=connection).compile(expression.resolve_expression(query))
    prepared = statement((Plan(sql, tuple(params), {}, ()),))
    binding = Binding(context.principal, {}, context.codec, context.keyring, keys)
    (raw,) = await context.pool.fetch(prepared.sql, prepared.bind([binding]))
    return raw
