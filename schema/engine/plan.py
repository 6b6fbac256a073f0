"""A plan: one compiled selection, ready to be bound and run."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from schema.engine.slots import Binding


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A scalar SQL expression that gives the JSON of a whole subtree.

    `params` holds constants and slots, in the statement's order. `access` says, by response path pattern, what the
    view masks in the subtree. `cursors` lists the orders whose cursors appear in the JSON.
    """

    sql: str
    params: tuple[Any, ...]
    access: Mapping[str, Mapping[str, Any]]
    cursors: tuple[Any, ...]


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


_PLACEHOLDER = re.compile("%([s%])")


def statement(plans: Sequence[Plan]) -> Statement:
    """Return the one statement that runs several plans.

    A slot that stands in a plan many times, as the principal's key does, is one placeholder: it is sent once.
    """
    sources: dict[tuple[int, Any], int] = {}
    columns = []
    for place, plan in enumerate(plans):
        params = iter(plan.params)

        def number(match: re.Match[str], place: int = place, params: Iterator[Any] = params) -> str:
            return "%" if match[1] == "%" else f"${sources.setdefault((place, next(params)), len(sources) + 1)}"

        columns.append(_PLACEHOLDER.sub(number, plan.sql))
    return Statement(f"SELECT {', '.join(columns)}", tuple(sources))


@dataclass(slots=True)
class PlanCache:
    """The plans of one document for one view: they live and die with the document's cache entry.

    `hits` and `misses` are what the benchmark reports.
    """

    plans: dict[Any, Plan] = field(default_factory=dict)
    statements: dict[tuple[Plan, ...], Statement] = field(default_factory=dict)
    limit: int = 256
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
        self.plans[key] = plan

    def statement(self, plans: tuple[Plan, ...]) -> Statement:
        """Return the statement that runs these plans together."""
        known = self.statements.get(plans)
        if known is None:
            known = self.statements[plans] = statement(plans)
        return known
