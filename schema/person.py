"""Fields that name a colleague by key: they are read through the asker's view, as every row is."""

import uuid
from typing import Any

import strawberry

from permissions.resources import Resource
from schema.engine.fields import METADATA_KEY, Lookup
from schema.engine.selection import RowSelection
from schema.types import UserRef


def person_field(of: str, description: str) -> Any:
    """Declare the colleague whose key stands in the attribute `of`; null when there is none."""

    def resolve(root: Any) -> UserRef | None:
        key: uuid.UUID | None = getattr(root, of)
        return None if key is None else RowSelection(Resource.USER, key, optional=True)  # type: ignore[return-value]

    return strawberry.field(resolver=resolve, description=description, metadata={METADATA_KEY: Lookup(Resource.USER)})
