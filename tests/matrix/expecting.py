"""What an asker should be told, row by row, by the oracle of the differential test: no view and no engine is asked."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Any

from permissions.masks import apply_mask
from permissions.principal import Principal, PrincipalKind
from permissions.resources import Level
from tests.differential.nouns import NOUNS, global_id, sensitive_of, snake, stored, written
from tests.differential.pages import Listing
from tests.differential.rows import World
from tests.differential.sight import Sight
from tests.matrix.api import PARTNER
from tests.matrix.cases import matrix_policy
from tests.matrix.offers import kind_of
from tests.matrix.world import PARTNER_SCOPES, MatrixWorld


def sight_of(who: str, world: MatrixWorld, rows: World) -> Sight:
    """Return the sight of an asker of the matrix."""
    if who == PARTNER:
        token_scopes = frozenset(PARTNER_SCOPES)
        partner = world.partner.pk
        principal = Principal(
            PrincipalKind.PARTNER, partner_id=partner, roles=frozenset({who}), token_scopes=token_scopes
        )
    else:
        teams = (world.teams["north"].pk, world.teams["north_sub"].pk)
        me = world.people["me"].pk
        principal = Principal(PrincipalKind.USER, user_id=me, team_ids=teams, roles=frozenset({who}))
    return Sight(matrix_policy(), principal, rows)


@dataclass(frozen=True)
class Expected:
    """One noun as one asker should meet it."""

    sight: Sight
    noun: str

    @cached_property
    def every(self) -> Sequence[Any]:
        """Every row there is, hidden ones included."""
        return self.sight.world.all(NOUNS[self.noun].model)

    @cached_property
    def rows(self) -> Sequence[Any]:
        """The rows the asker sees."""
        return [row for row in self.every if self.sight.sees(NOUNS[self.noun].resource, row)]

    def id(self, row: Any) -> str:
        """Return a row's global id."""
        return global_id(self.noun, row.pk)

    def level(self, field: str, row: Any) -> Level:
        """Return the level of one cell; what is not classified is clear wherever its row is seen."""
        sensitive = sensitive_of(self.noun, field)
        if sensitive is None:
            return Level.CLEAR
        return self.sight.level(NOUNS[self.noun].resource, row, snake(field), sensitive)

    def is_clear(self, field: str, row: Any) -> bool:
        """Whether the asker is shown the value of a cell."""
        return self.level(field, row) is Level.CLEAR

    def value(self, field: str, row: Any) -> Any:
        """Return what is stored, whoever may see it."""
        return stored(self.noun, field, row)

    def values(self, field: str) -> list[Any]:
        """Return the different values a field has, on hidden rows too, smallest first."""
        return sorted({self.value(field, row) for row in self.every} - {None})

    def clear_rows(self, field: str) -> list[Any]:
        """Return the rows on which the asker is shown a field."""
        return [row for row in self.rows if self.is_clear(field, row)]

    def told(self, field: str, row: Any) -> Any:
        """Return a cell as JSON: clear, masked or withheld."""
        value, sensitive, level = self.value(field, row), sensitive_of(self.noun, field), self.level(field, row)
        assert sensitive is not None
        masked = apply_mask(sensitive.mask, value) if level is Level.MASKED else None
        shown = written(value if level is Level.CLEAR else masked)
        return {"amount": shown} if kind_of(self.noun, field) == "Money" and shown is not None else shown

    def found(self, field: str, fits: Callable[[Any], bool]) -> set[str]:
        """Return the ids of the rows where a field is clear and its value fits."""
        return {self.id(row) for row in self.clear_rows(field) if fits(self.value(field, row))}

    def ordered(self, order: tuple[tuple[str, str], ...]) -> list[str]:
        """Return the ids of all rows the asker sees, in an order by gated fields."""
        return [self.id(row) for row in Listing(self.noun, order, self.is_clear).ordered(self.rows)]

    def aggregated(self, field: str, functions: Iterable[str], rows: Sequence[Any]) -> dict[str, Any]:
        """Return what should be said of a field over some of the rows the asker sees."""
        clear = [row for row in rows if self.is_clear(field, row)]
        present = [value for row in clear if (value := self.value(field, row)) is not None]
        return {name: _FUNCTIONS[name](present, len(rows) - len(clear)) for name in functions}


# (asker, noun) → what the asker should see of it.
Sees = Callable[[str, str], Expected]


def _mean(values: Sequence[Any]) -> Decimal:
    return (Decimal(sum(values)) / len(values)).quantize(Decimal("0.000001"), ROUND_HALF_UP)


# function → what it gives for the values that are clear and not missing, and the number of rows not clear.
_FUNCTIONS: dict[str, Callable[[Sequence[Any], int], Any]] = {
    "sum": lambda values, _: written(sum(values)) if values else None,
    "avg": lambda values, _: written(_mean(values)) if values else None,
    "min": lambda values, _: written(min(values, default=None)),
    "max": lambda values, _: written(max(values, default=None)),
    "countDistinct": lambda values, _: len(set(values)),
    "currency": lambda values, _: "CNY" if values else None,
    "maskedCount": lambda _, masked: masked,
}
