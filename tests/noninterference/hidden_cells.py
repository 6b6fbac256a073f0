"""Hidden changes to cells of visible rows: masked, withheld, absent, or seen only in sums."""

from collections import defaultdict
from functools import lru_cache
from typing import Any

from permissions.categories import Sensitive
from permissions.resources import Level
from tests.differential.nouns import NOUNS, sensitive_of, snake
from tests.noninterference.proposals import Proposals
from tests.noninterference.seen import Eyes, fields_of
from tests.noninterference.values import another, same_mask
from tests.noninterference.worlds import Change, Kind, edited


class CellProposals(Proposals):
    """Proposes other values for cells that are not clear."""

    def cell(self, kind: Kind) -> Change | None:
        """Another value for a cell that is not clear."""
        places = _places(self.eyes).get(kind)
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


@lru_cache(maxsize=8)
def _places(eyes: Eyes) -> dict[Kind, dict[tuple[str, str], list[Any]]]:
    """Return the gated cells of visible rows that are not clear, by the way they are hidden, and by field."""
    places: dict[Kind, dict[tuple[str, str], list[Any]]] = defaultdict(lambda: defaultdict(list))
    for type_name in NOUNS:
        for name in (name for name in fields_of(type_name) if sensitive_of(type_name, name) is not None):
            for kind, rows in _by_kind(eyes, type_name, name).items():
                places[kind][type_name, name] = rows
    return places


def _by_kind(eyes: Eyes, type_name: str, name: str) -> dict[Kind, list[Any]]:
    """Return the visible rows on which a field is not clear, by the way it is hidden."""
    sensitive = sensitive_of(type_name, name)
    assert sensitive is not None
    rows, resource = eyes.visible(type_name).values(), NOUNS[type_name].resource
    levels = {row.pk: eyes.sight.level(resource, row, snake(name), sensitive) for row in rows}
    withheld = Kind.WITHHELD_CELL if any(levels.values()) else Kind.ABSENT_FIELD
    found: dict[Kind, list[Any]] = defaultdict(list)
    for row in (row for row in rows if levels[row.pk] is not Level.CLEAR):
        shown = Kind.MASKED_CELL if levels[row.pk] is Level.MASKED else withheld
        found[Kind.SUMMED_CELL if eyes.may_sum(type_name, name, row) else shown].append(row)
    return found
