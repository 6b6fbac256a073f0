"""All rows of a small database as Python objects, read once through the Django ORM, and paths through them."""

import uuid
from collections import defaultdict
from typing import Any

from django.db.models import Model

from backend.crm import models as crm
from backend.identity import models as identity

MODELS: tuple[type[Model], ...] = (
    *(getattr(crm, name) for name in crm.__all__),
    identity.Team,
    identity.User,
    identity.PartnerClient,
)


class World:
    """The rows by model and key, soft-deleted ones included: whether those show is for the reader to decide."""

    def __init__(self) -> None:
        self._rows: dict[type[Model], dict[uuid.UUID, Any]] = {
            model: {row.pk: row for row in model._default_manager.order_by()} for model in MODELS
        }
        self._pointing: dict[tuple[type[Model], str], dict[uuid.UUID, list[Any]]] = {}

    def all(self, model: type[Model]) -> list[Any]:
        """Return every row of a model."""
        return list(self._rows[model].values())

    def row(self, model: type[Model], key: uuid.UUID | None) -> Any:
        """Return the row with a key, or None."""
        return None if key is None else self._rows[model].get(key)

    def pointing(self, model: type[Model], foreign_key: str, key: uuid.UUID) -> list[Any]:
        """Return the rows of a model whose foreign key column holds `key`."""
        index = self._pointing.get((model, foreign_key))
        if index is None:
            index = self._pointing[model, foreign_key] = defaultdict(list)
            for row in self.all(model):
                index[getattr(row, foreign_key)].append(row)
        return index.get(key, [])

    def along(self, row: Any, steps: list[str]) -> Any:
        """Follow foreign keys by name; None where one is not set."""
        for step in steps:
            if row is None:
                return None
            row = self.row(row._meta.get_field(step).related_model, getattr(row, f"{step}_id"))
        return row

    def related(self, row: Any, relation: str) -> list[Any]:
        """Return the rows of a to-many relation, by the name Django knows it by."""
        reverse = row._meta.get_field(relation)
        return self.pointing(reverse.related_model, reverse.field.attname, row.pk)


def is_live(row: Any) -> bool:
    """Whether a row is not soft-deleted."""
    return getattr(row, "deleted_at", None) is None
