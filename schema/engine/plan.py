"""A plan: one compiled selection, ready to be bound and run."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from schema.engine.slots import Binding


class Bindable(Protocol):
    """A parameter a request must bind; see schema.engine.slots."""

    def bind(self, binding: Binding) -> object:
        """Return the value for this request."""
        ...


@dataclass(frozen=True, slots=True)
class Plan:
    """A scalar SQL expression that gives the JSON of a whole subtree.

    `params` holds constants and slots, in the statement's order. `access` says, by response path pattern, what the
    view masks in the subtree. `cursors` lists the orders whose cursors appear in the JSON.
    """

    sql: str
    params: tuple[Any, ...]
    access: Mapping[str, Mapping[str, Any]]
    cursors: tuple[Any, ...]

    def bind(self, binding: Binding) -> Iterable[Any]:
        """Return the parameters with every slot filled."""
        return [param.bind(binding) if hasattr(param, "bind") else param for param in self.params]


@dataclass(slots=True)
class PlanCache:
    """The plans of one document for one view: they live and die with the document's cache entry.

    `hits` and `misses` are what the benchmark reports.
    """

    plans: dict[Any, Plan] = field(default_factory=dict)
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
            self.plans.pop(next(iter(self.plans)))
        self.plans[key] = plan


def statement(plans: Sequence[Plan]) -> str:
    """Return the one statement that runs several plans: a column each."""
    return "SELECT " + ", ".join(plan.sql for plan in plans)
