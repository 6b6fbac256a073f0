"""A value and its blind index are written together, or not at all."""

from collections.abc import Collection
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldError
from django.db import models
from django.db.models.sql.subqueries import UpdateQuery

if TYPE_CHECKING:
    from backend.vault.fields import Encrypted


def save_companions(model: type[models.Model]) -> None:
    """Have `model` save the index of each indexed field it saves, also when told to save that field alone.

    `save_base` is where all of Django's ways to choose columns meet: `update_fields`, `only()` and `defer()`.
    """
    original: Any = model.save_base
    if getattr(original, "saves_companions", False):
        return

    @wraps(original)
    def save_base(instance: Any, *args: Any, update_fields: Collection[str] | None = None, **kwargs: Any) -> None:
        original(instance, *args, update_fields=_with_companions(instance, update_fields), **kwargs)

    save_base.saves_companions = True  # type: ignore[attr-defined]
    model.save_base = save_base  # type: ignore[method-assign,assignment]


def refuse_half_an_update(field: "Encrypted", query: Any) -> None:
    """Refuse an UPDATE that sets an indexed field and leaves its index as it was.

    Raises: FieldError.
    """
    if field.index is not None and isinstance(query, UpdateQuery):
        written = {each.name for each, _, _ in query.values}  # type: ignore[attr-defined]
        if field.companion not in written:
            raise FieldError(f"{field} cannot be updated without {field.companion}, which finds it: save() sets both.")


def _with_companions(instance: Any, update_fields: Collection[str] | None) -> Collection[str] | None:
    if update_fields is None:
        return None
    fields = instance._meta.concrete_fields
    saved = [each for each in fields if each.name in update_fields or each.attname in update_fields]
    return frozenset(update_fields) | {each.companion for each in saved if getattr(each, "index", None) is not None}
