"""What all proposals of hidden changes share."""

import uuid
from collections.abc import Sequence
from typing import Any

from django.db.models import Model

from backend.crm import models as crm
from tests.differential.nouns import NOUNS
from tests.noninterference.drawing import Dice
from tests.noninterference.seen import Eyes
from tests.noninterference.worlds import Change, Kind, MemoryWorld, Write, edited

TYPE_OF: dict[type[Model], str] = {facts.model: name for name, facts in NOUNS.items()}
LINKS = (crm.Collaboration, crm.CustomerShare, crm.Tagging)


class Proposals:
    """Proposes changes to a world that somebody may not notice. What turns out to be visible is left out later."""

    def __init__(self, dice: Dice, eyes: Eyes, world: MemoryWorld) -> None:
        self.dice, self.eyes, self.world = dice, eyes, world
        self.after = world
        self.touched: set[uuid.UUID] = set()

    def visible_rows(self) -> list[Any]:
        """Return every row that is seen."""
        return [row for type_name in NOUNS for row in self.eyes.visible(type_name).values()]

    def hidden_rows(self) -> list[Any]:
        """Return the rows that are not, links apart."""
        seen = {pk for type_name in NOUNS for pk in self.eyes.visible(type_name)}
        return [row for row in self.world.everything() if row.pk not in seen and type(row) not in LINKS]

    def copied(self, kind: Kind, row: Any, values: dict[str, Any]) -> Change | None:
        """Return the change that adds a row like another."""
        write = edited(row, **values)
        if self.world.row(type(row), write.pk) is not None:
            return None
        names = tuple(f"{TYPE_OF[type(row)]}.{name}" for name in values if type(row) in TYPE_OF and name != "id")
        return Change(kind, (write,), names)

    def clashes(self, write: Write) -> bool:
        """Whether a unique constraint forbids the row, beside those there were and those already changed."""
        model: Any = write.model
        if write.row is None:
            return False
        named = [getattr(each, "fields", ()) for each in model._meta.constraints]
        single = [(each.name,) for each in model._meta.concrete_fields if each.unique and not each.primary_key]
        keys = [[model._meta.get_field(name).attname for name in names] for names in (*named, *single)]
        others = [row for world in (self.world, self.after) for row in world.all(model) if row.pk != write.pk]
        return any(_alike(write.row, row, columns) for columns in keys for row in others)

    def some(self, rows: Sequence[Any]) -> Any:
        """Return one of some rows; None where there is none."""
        return self.dice.one_of(rows) if rows else None


def _alike(one: Any, other: Any, columns: Sequence[str]) -> bool:
    values = [one.__dict__[column] for column in columns]
    return None not in values and values == [other.__dict__[column] for column in columns]
