"""graphql-core's executor, taught to answer lazy selections with one statement.

It overrides private parts of graphql-core and Strawberry, all of them here; the versions are pinned (docs/adr/0002).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import orjson
from graphql import FieldNode, OperationType
from graphql.execution.collect_fields import FieldDetailsList
from graphql.pyutils import Path
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from permissions.resources import Resource
from schema.engine.compiler import Compiler, refuse_too_complex
from schema.engine.context import EngineContext
from schema.engine.documents import Document
from schema.engine.fields import NOUNS
from schema.engine.plan import Plan, statement
from schema.engine.selection import AggregateSelection, PageSelection, RowSelection, RowsSelection
from schema.engine.slots import Binding
from schema.errors import not_found


class Batch:
    """The selections of one round of execution, run as one statement."""

    def __init__(self, context: EngineContext) -> None:
        self._context = context
        self._entries: list[tuple[Plan, Binding]] = []
        self._done: asyncio.Future[Sequence[bytes | None]] | None = None

    @property
    def has_started(self) -> bool:
        """Whether the statement was sent: a later selection needs another batch."""
        return self._done is not None

    def add(self, plan: Plan, binding: Binding) -> int:
        """Add a selection; returns its place."""
        self._entries.append((plan, binding))
        self._context.access.update(plan.access)
        return len(self._entries) - 1

    async def json(self, place: int) -> bytes | None:
        """Return the JSON of a selection, null where its row was not found. The first to ask runs the statement."""
        if self._done is None:
            self._done = asyncio.get_running_loop().create_future()
            try:
                self._done.set_result(await self._run())
            except BaseException as error:
                # Whoever else waits gets the same error; if nobody does, it is not "never retrieved".
                self._done.set_exception(error)
                self._done.exception()
                raise
        rows = await self._done
        raw = rows[place]
        plan, _ = self._entries[place]
        return None if raw is None else self._context.finished(raw, plan)

    async def _run(self) -> Sequence[bytes | None]:
        plans = tuple(plan for plan, _ in self._entries)
        document = self._context.document
        prepared = statement(plans) if document is None else document.plans.statement(plans)
        return await self._context.pool.fetch(prepared.sql, prepared.bind([binding for _, binding in self._entries]))


class EngineExecutor(StrawberryGraphQLCoreExecutionContext):
    """Completes selections by the engine, everything else as graphql-core does."""

    # Invariant: a selection is answered by a compiled plan and by nothing else. No resolver is called below it.

    _batch: Batch | None = None
    _spent = 0

    def complete_object_value(
        self, return_type: Any, field_details_list: Any, info: Any, path: Path, result: Any, position_context: Any
    ) -> Any:
        """Complete an object: a selection by its plan."""
        match result:
            case RowSelection():
                return self._row(result, field_details_list, path)
            case PageSelection() | AggregateSelection():
                return self._page(result, field_details_list, info, path)
        return super().complete_object_value(return_type, field_details_list, info, path, result, position_context)

    def complete_abstract_value(
        self, return_type: Any, field_details_list: Any, info: Any, path: Path, result: Any, position_context: Any
    ) -> Any:
        """Complete an interface: a selection knows its type."""
        if isinstance(result, RowSelection):
            return self._row(result, field_details_list, path)
        return super().complete_abstract_value(return_type, field_details_list, info, path, result, position_context)

    def complete_list_value(
        self, return_type: Any, field_details_list: Any, info: Any, path: Path, result: Any, position_context: Any
    ) -> Any:
        """Complete a list: rows by key, a plan a resource."""
        if isinstance(result, RowsSelection):
            return self._rows(result, return_type.of_type, field_details_list, path)
        return super().complete_list_value(return_type, field_details_list, info, path, result, position_context)

    # ── The three kinds of selection ────────────────────────────────────────
    def _row(self, selection: RowSelection, details: FieldDetailsList, path: Path) -> Awaitable[Any]:
        context: EngineContext = self.context_value
        if not context.view.sees(selection.resource):
            return _missing(optional=selection.optional)
        binding = self._binding(selection.key)
        plan = self._plan(
            ("row", selection.resource, path), binding, lambda c, p: c.row(selection.resource, details, p)
        )
        self._keep_shortcut(plan, binding, details, path, NOUNS[selection.resource].type_name)
        return self._row_json(*self._enqueue(plan, binding), optional=selection.optional)

    async def _row_json(self, batch: Batch, place: int, *, optional: bool) -> Any:
        raw = await batch.json(place)
        return await _missing(optional=optional) if raw is None else orjson.Fragment(raw)

    def _page(
        self, selection: PageSelection | AggregateSelection, details: FieldDetailsList, info: Any, path: Path
    ) -> Awaitable[Any]:
        binding = self._binding(None)
        kind = "page" if isinstance(selection, PageSelection) else "aggregate"
        plan = self._plan(
            (kind, selection.resource, path),
            binding,
            lambda c, p: getattr(c, kind)(selection.resource, details, p, info.parent_type),
        )
        self._keep_shortcut(plan, binding, details, path, None)
        return self._page_json(*self._enqueue(plan, binding))

    async def _page_json(self, batch: Batch, place: int) -> Any:
        raw = await batch.json(place)
        return orjson.Fragment(raw or b"null")

    def _rows(self, selection: RowsSelection, item_type: Any, details: FieldDetailsList, path: Path) -> Awaitable[Any]:
        context: EngineContext = self.context_value
        waiting: dict[Resource, tuple[Batch, int]] = {}
        for resource in dict.fromkeys(resource for resource, _ in selection.keys):
            if context.view.sees(resource):
                binding = self._binding([key for of, key in selection.keys if of is resource])
                compile_rows = _rows_compiler(resource, details)
                waiting[resource] = self._enqueue(self._plan(("rows", resource, path), binding, compile_rows), binding)
        return self._rows_json(selection, waiting, item_type, details, path)

    async def _rows_json(
        self,
        selection: RowsSelection,
        waiting: Mapping[Resource, tuple[Batch, int]],
        item_type: Any,
        details: FieldDetailsList,
        path: Path,
    ) -> list[Any]:
        found = {of: orjson.loads(await batch.json(place) or b"{}") for of, (batch, place) in waiting.items()}
        nodes = [found.get(resource, {}).get(str(key)) for resource, key in selection.keys]
        for index, node in enumerate(nodes):
            if node is None:
                self.handle_field_error(not_found(), item_type, details, path.add_key(index, None))
        return nodes

    # ── Plans ───────────────────────────────────────────────────────────────
    def _binding(self, keys: Any) -> Binding:
        context: EngineContext = self.context_value
        return Binding(context.principal, self.variable_values.coerced, context.codec, context.keyring, keys)

    def _plan(self, site: tuple[str, Resource, Path], binding: Binding, make: Callable[[Compiler, str], Plan]) -> Plan:
        """Return the plan for a place in the document, compiled unless this shape was met before."""
        context: EngineContext = self.context_value
        kind, resource, path = site
        pattern = _pattern(path)
        document = context.document
        compiler = Compiler(self.schema, context.view, self, binding, self._spent)
        if document is None:
            return self._counted(make(compiler, pattern))
        operation = self.operation.name.value if self.operation.name else None
        key = (operation, kind, resource, pattern, document.shape(binding.variables))
        plan = document.plans.get(key)
        if plan is None:
            plan = make(compiler, pattern)
            document.plans.put(key, plan)
        return self._counted(plan)

    def _keep_shortcut(
        self, plan: Plan, binding: Binding, details: FieldDetailsList, path: Path, row_type: str | None
    ) -> None:
        """An operation that is this one list or row need not come here again in this shape."""
        document: Document | None = self.context_value.document
        selections = self.operation.selection_set.selections
        is_whole = path.prev is None and len(selections) == 1 and isinstance(selections[0], FieldNode)
        if document is not None and is_whole and self.operation.operation is OperationType.QUERY:
            name = self.operation.name.value if self.operation.name else None
            shape = (name, document.shape(binding.variables))
            document.plans.keep_shortcut(shape, str(path.key), plan, [each.node for each in details], row_type)

    def _counted(self, plan: Plan) -> Plan:
        """Return the plan, once the operation may still afford it: kept or new, it costs the same."""
        self._spent += plan.cost
        refuse_too_complex(self._spent)
        return plan

    def _enqueue(self, plan: Plan, binding: Binding) -> tuple[Batch, int]:
        if self._batch is None or self._batch.has_started:
            self._batch = Batch(self.context_value)
        return self._batch, self._batch.add(plan, binding)


def _rows_compiler(resource: Resource, details: FieldDetailsList) -> Callable[[Compiler, str], Plan]:
    return lambda compiler, pattern: compiler.rows_by_key(resource, details, pattern)


async def _missing(*, optional: bool) -> None:
    """Answer for a row that is not there or not to be seen, in one way."""
    if not optional:
        raise not_found()


def _pattern(path: Path) -> str:
    """Return a response path without list positions: what `extensions.access` calls a path."""
    return ".".join(key for key in path.as_list() if isinstance(key, str))
