"""Hidden changes to links and keys, and to columns that no field shows."""

import uuid
from typing import Any

from django.db.models import Model

from backend.crm import models as crm
from backend.identity import models as identity
from tests.noninterference.proposals import LINKS, TYPE_OF, Proposals
from tests.noninterference.values import another
from tests.noninterference.worlds import Change, Kind, Write, edited

# Columns that no field of the graph shows and no scope reads.
_UNEXPOSED: dict[type[Model], tuple[str, ...]] = {
    crm.Customer: ("source_key",),
    crm.Opportunity: ("source_key",),
    identity.User: ("password", "is_staff", "is_superuser", "last_login", "updated_at"),
    identity.PartnerClient: ("name",),
    identity.Team: ("updated_at",),
    crm.Collaboration: ("created_at",),
}


class LinkProposals(Proposals):
    """Proposes links of others, keys that lead out of sight, and values nobody asks for."""

    def link(self, kind: Kind) -> Change | None:
        """A link more or less: whose it is decides whether anybody notices."""
        model: Any = self.dice.one_of(LINKS)
        rows = self.world.all(model)
        if rows and self.dice.likely(40):
            row = self.dice.one_of(rows)
            return Change(kind, (Write(model, row.pk, None),))
        row = self.some(rows)
        if row is None:
            return None
        values: dict[str, Any] = {"id": uuid.UUID(int=row.pk.int + 1 + self.dice.number(200))}
        for column in model._meta.concrete_fields:
            if column.is_relation:
                values[column.attname] = self.dice.one_of([each.pk for each in self.world.all(column.related_model)])
        return self.copied(kind, row, values)

    def hidden_key(self, kind: Kind) -> Change | None:
        """A foreign key of a visible row that leads, before or after, to a row out of scope."""
        row = self.some(self.visible_rows())
        if row is None:
            return None
        keys = [each for each in row._meta.concrete_fields if each.is_relation and type(row) in TYPE_OF]
        if not keys:
            return None
        column = self.dice.one_of(keys)
        seen = self.eyes.visible(TYPE_OF[column.related_model]) if column.related_model in TYPE_OF else {}
        out = [each.pk for each in self.world.all(column.related_model) if each.pk not in seen]
        options = [*out, *([None] if column.null else [])]
        if not options:
            return None
        names = (f"{TYPE_OF[type(row)]}.{column.name}",)
        return Change(kind, (edited(row, **{column.attname: self.dice.one_of(options)}),), names)

    def unexposed(self, kind: Kind) -> Change | None:
        """Another value in a column that no field shows."""
        model = self.dice.one_of(list(_UNEXPOSED))
        row = self.some(self.world.all(model))
        if row is None:
            return None
        column: Any = model._meta.get_field(self.dice.one_of(_UNEXPOSED[model]))
        if column.unique:
            return Change(kind, (edited(row, **{column.attname: f"k {row.pk} {self.dice.number(99)}"}),))
        value = another(self.dice, column, [each.__dict__[column.attname] for each in self.world.all(model)])
        return Change(kind, (edited(row, **{column.attname: value}),))
