"""What goes on record beside the cells of an answer."""

import uuid
from dataclasses import dataclass

from permissions.categories import Category


@dataclass(frozen=True, slots=True)
class Note:
    """A field that was read otherwise than cell by cell: summed, held by a cursor, or no cell at all, as the audit.

    `rows` are the rows it was read of, where those are known.
    """

    type_name: str
    field_name: str
    category: Category | None = None
    rows: tuple[uuid.UUID, ...] = ()
