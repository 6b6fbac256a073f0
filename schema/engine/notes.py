"""What goes on record beside the cells of an answer."""

from dataclasses import dataclass

from permissions.categories import Category

# Whoever reads a value of these categories in clear is put on record.
RECORDED = frozenset({Category.CONTACT_INFO, Category.IDENTITY, Category.FINANCIAL})


@dataclass(frozen=True, slots=True)
class Note:
    """A field that was read otherwise than cell by cell: summed, held by a cursor, or no cell at all, as the audit."""

    type_name: str
    field_name: str
    category: Category | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """A field whose values a cursor holds, at a place among them. `is_own`: of the listed row, not of a related one.

    The last value of every cursor is the key of the listed row.
    """

    place: int
    note: Note
    is_own: bool
