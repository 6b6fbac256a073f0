"""Hypothesis strategy of hidden changes: what a principal may not notice, proposed here and judged by the oracle."""

import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any

from django.db.models import Model
from hypothesis import strategies as st

from backend.crm import models as crm
from backend.identity import models as identity
from permissions.categories import Sensitive
from permissions.resources import Level
from tests.differential.nouns import NOUNS, sensitive_of, snake
from tests.differential.rows import is_live
from tests.noninterference.drawing import Dice, dice
from tests.noninterference.people import MORNING
from tests.noninterference.seen import Eyes, fields_of
from tests.noninterference.values import another, same_mask
from tests.noninterference.worlds import Change, Kind, MemoryWorld, Write, edited

MOST_CHANGES = 6
_TYPE_OF: dict[type[Model], str] = {facts.model: name for name, facts in NOUNS.items()}
_LINKS = (crm.Collaboration, crm.CustomerShare, crm.Tagging)
# Columns that no field of the graph shows and no scope reads.
_UNEXPOSED = {
    crm.Customer: ("source_key",),
    crm.Opportunity: ("source_key",),
    identity.User: ("password", "is_staff", "is_superuser", "last_login", "updated_at"),
    identity.PartnerClient: ("name",),
    identity.Team: ("updated_at",),
    crm.Collaboration: ("created_at",),
}


@dataclass(frozen=True)
class Hidden:
    """Changes that leave a view as it is, and the world they give."""

    changes: tuple[Change, ...]
    world: MemoryWorld


@st.composite
def hidden_changes(
    draw: st.DrawFn, eyes: Eyes, world: MemoryWorld, kinds: Sequence[Kind], tally: Counter[str] | None = None
) -> Hidden:
    """Generate up to six changes of the given kinds that the oracle cannot see."""
    proposer = _Proposer(draw(dice()), eyes, world)
    proposed = proposer.several(kinds)
    before = eyes.seen()
    changed = world.with_changes(proposed)
    if _sees(eyes, changed) != before:
        proposed, changed = _unseen(eyes, world, proposed, before)
    if tally is not None:
        tally.update(change.kind for change in proposed)
    return Hidden(tuple(proposed), changed)


def _unseen(eyes: Eyes, world: MemoryWorld, proposed: list[Change], before: Any) -> tuple[list[Change], MemoryWorld]:
    """Keep, one after the other, the changes that leave the view as it was."""
    kept: list[Change] = []
    current = world
    for change in proposed:
        candidate = current.with_changes([change])
        if _sees(eyes, candidate) == before:
            kept.append(change)
            current = candidate
    return kept, current


def _sees(eyes: Eyes, world: MemoryWorld) -> Any:
    return Eyes(eyes.policy, eyes.principal, world).seen()


class _Proposer:
    """Proposes changes of a kind. What turns out to be visible is left out later."""

    def __init__(self, dice: Dice, eyes: Eyes, world: MemoryWorld) -> None:
        self.dice, self.eyes, self.world = dice, eyes, world
        self._touched: set[uuid.UUID] = set()

    def several(self, kinds: Sequence[Kind]) -> list[Change]:
        """Return up to six changes; the world may offer fewer."""
        wanted = 1 + self.dice.number(MOST_CHANGES)
        attempts = (self.propose(kinds) for _ in range(4 * wanted))
        return list(islice((change for change in attempts if change is not None), wanted))

    def propose(self, kinds: Sequence[Kind]) -> Change | None:
        """Return a change of one of the kinds; None where the world offers none."""
        kind = self.dice.one_of(kinds)
        proposals: dict[Kind, Callable[[Kind], Change | None]] = {
            Kind.MASKED_CELL: self._cell,
            Kind.WITHHELD_CELL: self._cell,
            Kind.ABSENT_FIELD: self._cell,
            Kind.SUMMED_CELL: self._cell,
            Kind.HIDDEN_VALUE: self._hidden_value,
            Kind.HIDDEN_KEY: self._hidden_key,
            Kind.ADDED_ROW: self._added_row,
            Kind.REMOVED_ROW: self._removed_row,
            Kind.DELETED_ROW: self._deleted_row,
            Kind.LINK: self._link,
            Kind.UNEXPOSED: self._unexposed,
        }
        change = proposals[kind](kind)
        if change is not None and any(self._clashes(write) for write in change.writes):
            return None
        # One row is changed once: a second change would undo the first.
        if change is None or any(write.pk in self._touched for write in change.writes):
            return None
        self._touched |= {write.pk for write in change.writes}
        return change

    # ── Cells of visible rows ───────────────────────────────────────────────
    def _cell(self, kind: Kind) -> Change | None:
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

    # ── Rows out of scope ───────────────────────────────────────────────────
    def _hidden_rows(self) -> list[Any]:
        seen = {pk for type_name in NOUNS for pk in self.eyes.visible(type_name)}
        return [row for row in self.world.everything() if row.pk not in seen and type(row) not in _LINKS]

    def _hidden_value(self, kind: Kind) -> Change | None:
        row = self._some(self._hidden_rows())
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
        names = (f"{_TYPE_OF[type(row)]}.{column.name}",) if type(row) in _TYPE_OF else ()
        return Change(kind, (edited(row, **{column.attname: value}),), names)

    def _removed_row(self, kind: Kind) -> Change | None:
        row = self._some(self._hidden_rows())
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

    def _added_row(self, kind: Kind) -> Change | None:
        """A neighbour of some row, in every order, whom the principal does not see."""
        row = self._some(self._originals())
        if row is None:
            return None
        values = self._neighbour(row)
        # Often what it hangs on is visible, and only whose it is makes it hidden.
        keeps = 75 if self.dice.likely(50) else 25
        for column in row._meta.concrete_fields:
            is_person = column.related_model in {identity.User, identity.Team, identity.PartnerClient}
            if column.is_relation and not self.dice.likely(25 if is_person else keeps):
                values[column.attname] = self.dice.one_of([each.pk for each in self.world.all(column.related_model)])
        return self._copied(kind, row, values)

    def _deleted_row(self, kind: Kind) -> Change | None:
        """A soft-deleted neighbour of some row, or a change to a row that is soft-deleted already."""
        if self.dice.likely(30):
            dead = self._some([row for row in self.world.everything() if not is_live(row)])
            if dead is not None:
                moved = {"created_at": dead.created_at + timedelta(days=1), "deleted_at": MORNING + timedelta(days=1)}
                return Change(kind, (edited(dead, **moved),))
        row = self._some([row for row in self._originals() if hasattr(row, "deleted_at")])
        return None if row is None else self._copied(kind, row, self._neighbour(row) | {"deleted_at": MORNING})

    def _originals(self) -> list[Any]:
        visible = [row for type_name in NOUNS for row in self.eyes.visible(type_name).values()]
        mostly = [row for row in visible if not isinstance(row, identity.User | identity.Team)]
        if mostly and self.dice.likely(75):
            return mostly
        return [row for row in self.world.everything() if type(row) not in _LINKS]

    def _neighbour(self, row: Any) -> dict[str, Any]:
        """Return what makes a copy of a row a row of its own: a key just beside it, and one value that differs."""
        step = self.dice.one_of([1, -1, 2, 7, -9])
        values: dict[str, Any] = {"id": uuid.UUID(int=row.pk.int + step)}
        for column in row._meta.concrete_fields:
            if column.unique and not column.primary_key:
                values[column.attname] = None if column.null else f"{row.__dict__[column.attname]} {self.dice.number(99)}"
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

    def _copied(self, kind: Kind, row: Any, values: dict[str, Any]) -> Change | None:
        write = edited(row, **values)
        if self.world.row(type(row), write.pk) is not None:
            return None
        names = tuple(f"{_TYPE_OF[type(row)]}.{name}" for name in values if type(row) in _TYPE_OF and name != "id")
        return Change(kind, (write,), names)

    # ── Links and keys ──────────────────────────────────────────────────────
    def _link(self, kind: Kind) -> Change | None:
        model = self.dice.one_of(_LINKS)
        rows = self.world.all(model)
        if rows and self.dice.likely(40):
            row = self.dice.one_of(rows)
            return Change(kind, (Write(model, row.pk, None),))
        row = self._some(rows)
        if row is None:
            return None
        values: dict[str, Any] = {"id": uuid.UUID(int=row.pk.int + 1 + self.dice.number(200))}
        for column in model._meta.concrete_fields:
            if column.is_relation:
                values[column.attname] = self.dice.one_of([each.pk for each in self.world.all(column.related_model)])
        return self._copied(kind, row, values)

    def _clashes(self, write: Write) -> bool:
        """Whether a unique constraint forbids the row."""
        for constraint in write.model._meta.constraints if write.row is not None else ():
            columns = [write.model._meta.get_field(name).attname for name in getattr(constraint, "fields", ())]
            mine = [write.row.__dict__[column] for column in columns]
            others = ([row.__dict__[column] for column in columns] for row in self.world.all(write.model) if row.pk != write.pk)
            if columns and mine in others:
                return True
        return False

    def _hidden_key(self, kind: Kind) -> Change | None:
        """A foreign key of a visible row that leads, before or after, to a row out of scope."""
        row = self._some([row for type_name in NOUNS for row in self.eyes.visible(type_name).values()])
        if row is None:
            return None
        keys = [each for each in row._meta.concrete_fields if each.is_relation and type(row) in _TYPE_OF]
        if not keys:
            return None
        column = self.dice.one_of(keys)
        seen = self.eyes.visible(_TYPE_OF[column.related_model]) if column.related_model in _TYPE_OF else {}
        out = [each.pk for each in self.world.all(column.related_model) if each.pk not in seen]
        options = [*out, *([None] if column.null else [])]
        if not options:
            return None
        names = (f"{_TYPE_OF[type(row)]}.{column.name}",)
        return Change(kind, (edited(row, **{column.attname: self.dice.one_of(options)}),), names)

    def _unexposed(self, kind: Kind) -> Change | None:
        model = self.dice.one_of(list(_UNEXPOSED))
        row = self._some(self.world.all(model))
        if row is None:
            return None
        column = model._meta.get_field(self.dice.one_of(_UNEXPOSED[model]))
        if column.unique:
            return Change(kind, (edited(row, **{column.attname: f"k {row.pk} {self.dice.number(99)}"}),))
        value = another(self.dice, column, [each.__dict__[column.attname] for each in self.world.all(model)])
        return Change(kind, (edited(row, **{column.attname: value}),))

    def _some(self, rows: Sequence[Any]) -> Any:
        return self.dice.one_of(rows) if rows else None
