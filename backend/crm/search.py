"""Search in texts of any script: substrings, whatever the width and case, found through an index of character pairs.

pg_trgm needs three characters; most Chinese words have two. `prism_grams` gives a text's single characters and pairs,
folded by `prism_fold`; a GIN index over them narrows a search down, and the folded text decides.
"""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db.models import F, Func, TextField


class Fold(Func):
    """A text without differences of width and case."""

    function = "prism_fold"
    output_field = TextField()


class Grams(Func):
    """The characters and pairs of characters of a folded text."""

    function = "prism_grams"
    output_field = ArrayField(TextField())


class _Lines(Func):
    """Several texts as the lines of one."""

    template = "(%(expressions)s)"
    arg_joiner = r" || E'\n' || "
    output_field = TextField()


def searched_text(*columns: str) -> Any:
    """Return the expression a search looks through; index and query must use the same."""
    return F(columns[0]) if len(columns) == 1 else _Lines(*columns)


def search_index(name: str, *columns: str) -> GinIndex:
    """Return the index behind a search in these columns."""
    return GinIndex(Grams(searched_text(*columns)), name=name)
