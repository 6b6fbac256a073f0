"""How a noun's filters are declared: a django-filter FilterSet, with the lookups each kind of value has.

The graph's filter inputs, exports and saved segments read the same declarations. The engine compiles the lookups into
its plans; a FilterSet is never instantiated for a request.
"""

from collections.abc import Mapping, Sequence

from django_filters import FilterSet

TEXT = ("exact", "in", "contains", "startswith", "isnull")
CHOICE = ("exact", "in", "isnull")
ORDERED = ("exact", "in", "lt", "lte", "gt", "gte", "range", "isnull")
FLAG = ("exact",)
# Values that are encrypted at rest are found by equality only.
SEALED = ("exact", "in", "isnull")


class NounFilters(FilterSet):
    """The filters of one noun. `search_columns` are the plain texts a free search looks through."""

    search_columns: Sequence[str] = ()

    @classmethod
    def lookups(cls) -> Mapping[str, frozenset[str]]:
        """Return the declared lookups by column."""
        declared: dict[str, set[str]] = {}
        for each in cls.get_filters().values():
            declared.setdefault(str(each.field_name), set()).add(each.lookup_expr)
        return {column: frozenset(lookups) for column, lookups in declared.items()}
