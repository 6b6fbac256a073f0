"""Hidden changes to cells of visible rows: masked, withheld, absent, or seen only in sums."""

from typing import Any

from permissions.categories import Sensitive
from permissions.resources import Level
from tests.differential.nouns import NOUNS, sensitive_of, snake
from tests.noninterference.proposals import Proposals
from tests.noninterference.seen import fields_of
from tests.noninterference.values import another, same_mask
from tests.noninterference.worlds import Change, Kind, edited


class CellProposals(Proposals):
    """Proposes other values for cells that are not clear."""

    def cell(self, kind: Kind) -> Change | None:
        """Another value for a cell that is not clear."""
        places = self._places(kind)
        if not places:
            return None
        type_name, name = self.dice.one_of(sorted(places))
        row = self.dice.one_of(places[type_name, name])
        sensitive = sensitive_of(type_name, name)
        assert sensitive is not None
        column = "amount" if name == "margin" else snake(name)
        value = self._replacement(kind, row, column, sensitive)
        if value is None and getattr(row, column) is None:
            return None
        return Change(kind, (edited(row, **{column: value}),), (f"{type_name}.{name}",))

    def _replacement(self, kind: Kind, row: Any, column: str, sensitive: Sensitive) -> Any:
        pool = [getattr(each, column) for each in self.world.all(type(row))]
        if kind is Kind.MASKED_CELL:
            return same_mask(self.dice, sensitive.mask, getattr(row, column), pool)
        return another(self.dice, row._meta.get_field(column), pool)

    def _places(self, kind: Kind) -> dict[tuple[str, str], list[Any]]:
        """Return the gated cells of visible rows that are hidden in the way of a kind, by field."""
        places: dict[tuple[str, str], list[Any]] = {}
        for type_name in NOUNS:
            gated = [name for name in fields_of(type_name) if sensitive_of(type_name, name) is not None]
            for name in gated:
                rows = [row for row in self.eyes.visible(type_name).values() if self._way(type_name, name, row) is kind]
                if rows:
                    places[type_name, name] = rows
        return places

    def _way(self, type_name: str, name: str, row: Any) -> Kind | None:
        sensitive = sensitive_of(type_name, name)
        assert sensitive is not None
        resource = NOUNS[type_name].resource
        level = self.eyes.sight.level(resource, row, snake(name), sensitive)
        if level is Level.CLEAR:
            return None
        if self.eyes.may_sum(type_name, name, row):
            return Kind.SUMMED_CELL
        if level is Level.MASKED:
            return Kind.MASKED_CELL
        rows = self.eyes.visible(type_name).values()
        shown = any(self.eyes.sight.level(resource, each, snake(name), sensitive) for each in rows)
        return Kind.WITHHELD_CELL if shown else Kind.ABSENT_FIELD
