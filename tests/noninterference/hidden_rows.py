"""Hidden changes to rows out of scope: other values, rows more and rows less."""

import uuid
from datetime import timedelta
from typing import Any

from backend.identity import models as identity
from tests.differential.rows import is_live
from tests.noninterference.people import MORNING
from tests.noninterference.proposals import LINKS, TYPE_OF, Proposals
from tests.noninterference.values import another
from tests.noninterference.worlds import Change, Kind, Write, edited


class RowProposals(Proposals):
    """Proposes changes to rows that are not seen, and rows that will not be."""

    def hidden_value(self, kind: Kind) -> Change | None:
        """Another value in a row out of scope."""
        row = self.some(self.hidden_rows())
        if row is None:
            return None
        column = self.dice.one_of([each for each in row._meta.concrete_fields if not each.primary_key])
        pool = [each.__dict__[column.attname] for each in self.world.all(type(row))]
        if column.unique:
            value: Any = f"{self.dice.one_of(pool) or 'x'} {self.dice.number(1000)}"
        elif column.is_relation:
            value = self.dice.one_of([*pool, *([None] if column.null else [])])
        else:
            value = another(self.dice, column, pool)
        names = (f"{TYPE_OF[type(row)]}.{column.name}",) if type(row) in TYPE_OF else ()
        return Change(kind, (edited(row, **{column.attname: value}),), names)

    def removed_row(self, kind: Kind) -> Change | None:
        """A row out of scope less, with all that points at it."""
        row = self.some(self.hidden_rows())
        if row is None or isinstance(row, identity.Team):
            return None
        removed: dict[uuid.UUID, Any] = {}
        self._fell(row, removed)
        return Change(kind, tuple(Write(type(each), each.pk, None) for each in removed.values()))

    def _fell(self, row: Any, removed: dict[uuid.UUID, Any]) -> None:
        """Note a row and, recursively, those that point at it."""
        if row.pk in removed:
            return
        removed[row.pk] = row
        for relation in row._meta.related_objects:
            if relation.related_model in self.world.models():
                for each in self.world.pointing(relation.related_model, relation.field.attname, row.pk):
                    self._fell(each, removed)

    def added_row(self, kind: Kind) -> Change | None:
        """A neighbour of some row, in every order, whom the principal does not see."""
        row = self.some(self._originals())
        if row is None:
            return None
        values = self._neighbour(row)
        # Often what it hangs on is visible, and only whose it is makes it hidden.
        keeps = 75 if self.dice.likely(50) else 25
        for column in row._meta.concrete_fields:
            is_person = column.related_model in {identity.User, identity.Team, identity.PartnerClient}
            if column.is_relation and not self.dice.likely(25 if is_person else keeps):
                values[column.attname] = self.dice.one_of([each.pk for each in self.world.all(column.related_model)])
        return self.copied(kind, row, values)

    def deleted_row(self, kind: Kind) -> Change | None:
        """A soft-deleted neighbour of some row, or a change to a row that is soft-deleted already."""
        if self.dice.likely(30):
            dead = self.some([row for row in self.world.everything() if not is_live(row)])
            if dead is not None:
                moved = {"created_at": dead.created_at + timedelta(days=1), "deleted_at": MORNING + timedelta(days=1)}
                return Change(kind, (edited(dead, **moved),))
        row = self.some([row for row in self._originals() if hasattr(row, "deleted_at")])
        return None if row is None else self.copied(kind, row, self._neighbour(row) | {"deleted_at": MORNING})

    def _originals(self) -> list[Any]:
        visible = self.visible_rows()
        mostly = [row for row in visible if not isinstance(row, identity.User | identity.Team)]
        if mostly and self.dice.likely(75):
            return mostly
        return [row for row in self.world.everything() if type(row) not in LINKS]

    def _neighbour(self, row: Any) -> dict[str, Any]:
        """Return what makes a copy of a row a row of its own: a key just beside it, and one value that differs."""
        step = self.dice.one_of([1, -1, 2, 7, -9])
        values: dict[str, Any] = {"id": uuid.UUID(int=row.pk.int + step)}
        for column in row._meta.concrete_fields:
            if column.unique and not column.primary_key:
                values[column.attname] = (
                    None if column.null else f"{row.__dict__[column.attname]} {self.dice.number(99)}"
                )
        plain = [
            each
            for each in row._meta.concrete_fields
            if not (each.primary_key or each.unique or each.is_relation or each.name == "deleted_at")
        ]
        if self.dice.likely(60):
            column = self.dice.one_of(plain)
            pool = [each.__dict__[column.attname] for each in self.world.all(type(row))]
            values[column.attname] = another(self.dice, column, pool)
        return values
