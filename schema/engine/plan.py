"""A plan: one compiled selection, ready to be bound and run."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphql import FieldNode

from schema.engine.notes import Note
from schema.engine.sealed import Site
from schema.engine.slots import Binding


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A scalar SQL expression that gives the JSON of a whole subtree.

    `params` holds constants and slots, in the statement's order. `access` says, by response path pattern, what the
    view masks in the subtree. `cursors` lists the orders whose cursors appear in the JSON, `sites` the fields whose
    cells are marked in it, `notes` those whose values are summed in it. `cost` counts its fields.
    """

    sql: str
    params: tuple[Any, ...]
    access: Mapping[str, Mapping[str, Any]]
    cursors: tuple[Any, ...]
    cost: int = 1
    sites: tuple[Site, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """Several plans as one statement, a column each, with numbered placeholders.

    `sources` says, for each placeholder, which plan's binding fills it and from what.
    """

    sql: str
    sources: tuple[tuple[int, Any], ...]

    def bind(self, bindings: Sequence[Binding]) -> list[Any]:
        """Return the parameters for one request."""
        return [source.bind(bindings[place]) if hasattr(source, "bind") else source for place, source in self.sources]


# A few rows can multiply to any size through nested lists: what is larger than this is not sent, nor held in memory.
LARGEST_ANSWER = 16_000_000

_PLACEHOLDER = re.compile("%([s%])")


def statement(plans: Sequence[Plan]) -> Statement:
    """Return the one statement that runs several plans. It gives no row when they make more than LARGEST_ANSWER bytes.

    A slot that stands in a plan many times, as the principal's key does, is one placeholder: it is sent once.
    """
    sources: dict[tuple[int, Any], int] = {}
    columns = []
    for place, plan in enumerate(plans):
        params = iter(plan.params)

        def number(match: re.Match[str], place: int = place, params: Iterator[Any] = params) -> str:
            return "%" if match[1] == "%" else f"${sources.setdefault((place, next(params)), len(sources) + 1)}"

        columns.append(f"{_PLACEHOLDER.sub(number, plan.sql)} AS j{place}")
    size = " + ".join(f"coalesce(pg_column_size(j{place}), 0)" for place in range(len(plans)))
    # OFFSET keeps the planner from writing each subtree out twice: to measure it and to give it.
    rows = f"(SELECT {', '.join(columns)} OFFSET 0) AS s"
    # Compiled plans and a constant: no value of a request is in it.
    return Statement(f"SELECT * FROM {rows} WHERE {size} <= {LARGEST_ANSWER}", tuple(sources))  # noqa: S608


@dataclass(frozen=True, slots=True)
class Shortcut:
    """An operation that is one list or one row: its response key, its plan and statement, and its nodes, for errors.

    `row_type` is the type of a row asked for by its id, which stands in the argument `id`; None for a list.
    """

    key: str
    plan: Plan
    statement: Statement
    nodes: Sequence[FieldNode]
    row_type: str | None


@dataclass(slots=True)
class PlanCache:
    """The plans of one document for one view: they live and die with the document's cache entry.

    `hits` and `misses` are what the benchmark reports.
    """

    plans: dict[Any, Plan] = field(default_factory=dict)
    statements: dict[tuple[Plan, ...], Statement] = field(default_factory=dict)
    shortcuts: dict[Any, Shortcut] = field(default_factory=dict)
    limit: int = 32
    hits: int = 0
    misses: int = 0

    def get(self, key: Any) -> Plan | None:
        """Return the plan for a shape, if it was compiled before."""
        plan = self.plans.get(key)
        if plan is None:
            self.misses += 1
        else:
            self.hits += 1
        return plan

    def put(self, key: Any, plan: Plan) -> None:
        """Keep a plan; the oldest goes when a document has too many shapes."""
        if len(self.plans) >= self.limit:
            gone = self.plans.pop(next(iter(self.plans)))
            self.statements = {plans: kept for plans, kept in self.statements.items() if gone not in plans}
            self.shortcuts = {shape: kept for shape, kept in self.shortcuts.items() if kept.plan is not gone}
        self.plans[key] = plan

    def keep_shortcut(self, shape: Any, key: str, plan: Plan, nodes: Sequence[FieldNode], row_type: str | None) -> None:
        """Remember that an operation of this shape is answered by this plan alone."""
        if shape not in self.shortcuts:
            self.shortcuts[shape] = Shortcut(key, plan, self.statement((plan,)), nodes, row_type)

    def statement(self, plans: tuple[Plan, ...]) -> Statement:
        """Return the statement that runs these plans together."""
        known = self.statements.get(plans)
        if known is None:
            # `nodes` joins plans in the order of its ids: more ways than may be kept.
            if len(self.statements) >= self.limit:
                self.statements.pop(next(iter(self.statements)))
            known = self.statements[plans] = statement(plans)
        return known
