"""What is measured: GraphQL documents, each beside the hand-written SQL that gives the same `data`."""

from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from pathlib import Path

PAGE_SIZE = 50
# The largest page the graph gives.
LARGEST_PAGE = 500
_FOLDER = Path(__file__).parent / "queries"


class Second(Enum):
    """What a statement is given besides the user."""

    NOTHING = "nothing"
    TEAMS = "the user's team and all below"
    ID = "the key the request names"
    PLACE = "the name and key of the last row of the page before"


@dataclass(frozen=True)
class Query:
    """One query as one role. The targets are multiples of the limit's figures; what has none is not judged.

    `second` is what the hand-written statement takes as `$2`; `$1` is always the user's key. `page`: which page of its
    list it asks for.
    """

    name: str
    role: str
    title: str
    second: Second
    p50_target: float | None
    rate_target: float | None
    page: int | None = None

    @property
    def key(self) -> str:
        """What tells it from the others: `q2.sales`, `q8.director.200`, which is also its path on the limit server."""
        return ".".join(str(part) for part in (self.name.lower(), self.role, self.page) if part)

    @property
    def by_id(self) -> bool:
        """Whether it asks for one row, each time another."""
        return self.second is Second.ID

    @property
    def label(self) -> str:
        """Its name for people."""
        return f"{self.name} {self.role}" if self.page is None else f"{self.name} {self.role}, page {self.page}"

    @property
    def skipped(self) -> int:
        """How many rows lie before its page."""
        return 0 if self.page is None else (self.page - 1) * PAGE_SIZE

    @cached_property
    def document(self) -> str:
        """The GraphQL document."""
        return (_FOLDER / f"{self.name.lower()}.graphql").read_text(encoding="utf-8")

    @cached_property
    def sql(self) -> str:
        """The statement that gives the same JSON."""
        return (_FOLDER / f"{self.name.lower()}.{self.role}.sql").read_text(encoding="utf-8")


QUERIES: tuple[Query, ...] = (
    Query("Q1", "sales", "50 customers × 8", Second.NOTHING, p50_target=2.0, rate_target=0.6),
    Query("Q2", "sales", "50 customers, nested", Second.NOTHING, p50_target=1.3, rate_target=0.6),
    Query("Q2", "sales_manager", "50 customers, nested", Second.TEAMS, p50_target=None, rate_target=None),
    Query("Q2", "director", "50 customers, nested", Second.NOTHING, p50_target=None, rate_target=None),
    Query("Q3", "sales", "1 customer, everything", Second.ID, p50_target=2.0, rate_target=0.6),
    Query("Q4", "sales", "500 customers, contacts", Second.NOTHING, p50_target=1.3, rate_target=0.6),
    Query("Q5", "director", "filter, order, count", Second.NOTHING, p50_target=1.5, rate_target=0.6),
    Query("Q6", "director", "filter by relations, or", Second.NOTHING, p50_target=1.5, rate_target=None),
    Query("Q7", "director", "groups by stage, month", Second.NOTHING, p50_target=1.5, rate_target=None),
    Query("Q8", "director", "by name, page 1", Second.PLACE, p50_target=1.5, rate_target=None, page=1),
    Query("Q8", "director", "by name, page 200", Second.PLACE, p50_target=1.5, rate_target=None, page=200),
)

MEMORY_TARGET_MB = 130
# What a late page may cost, in multiples of the first.
PAGE_TARGET = 1.3


def chosen(names: frozenset[str]) -> tuple[Query, ...]:
    """Return the queries with these names, in order; all of them when there are no names."""
    return tuple(query for query in QUERIES if not names or query.name in names)
