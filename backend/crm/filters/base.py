"""How a noun's filters are declared: a django-filter FilterSet, with the lookups each kind of value has.

The graph's filter inputs, exports and saved segments read the same declarations. The engine compiles the lookups into
its plans; a FilterSet is never instantiated for a request.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.db.models import QuerySet
from django_filters import Filter, FilterSet
from django_filters.constants import EMPTY_VALUES

from backend.vault.companion import SUFFIX, BlindIndexField

TEXT = ("exact", "in", "contains", "startswith", "isnull")
CHOICE = ("exact", "in", "isnull")
ORDERED = ("exact", "in", "lt", "lte", "gt", "gte", "range", "isnull")
FLAG = ("exact",)
# Values that are encrypted at rest are found by equality, through the blind index beside them: `phone_index`.
SEALED = ("exact", "in", "isnull")


class BlindIndexFilter(Filter):
    """Finds an encrypted value, however it is written, by its blind index; a list of values finds any of them."""

    field_class = forms.CharField

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """Return the rows whose value is this one, or one of these."""
        if value in EMPTY_VALUES:
            return qs
        source: Any = qs.model._meta.get_field(encrypted_column(str(self.field_name)))
        indexed = [source.index_for(each) for each in value] if isinstance(value, list) else source.index_for(value)
        return super().filter(qs, indexed)


def encrypted_column(name: str) -> str:
    """Return the column that a filter asks about: of a blind index, the one it stands beside."""
    return name.removesuffix(SUFFIX)


class NounFilters(FilterSet):
    """The filters of one noun. `search_columns` are the plain texts a free search looks through."""

    FILTER_DEFAULTS: ClassVar = {**FilterSet.FILTER_DEFAULTS, BlindIndexField: {"filter_class": BlindIndexFilter}}
    search_columns: Sequence[str] = ()

    @classmethod
    def lookups(cls) -> Mapping[str, frozenset[str]]:
        """Return the declared lookups by column."""
        declared: dict[str, set[str]] = {}
        for each in cls.get_filters().values():
            declared.setdefault(encrypted_column(str(each.field_name)), set()).add(each.lookup_expr)
        return {column: frozenset(lookups) for column, lookups in declared.items()}
