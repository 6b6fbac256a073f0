"""`orderBy`: one input type a noun, one field a key, so that keys can be left out of a principal's schema."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

import strawberry
from strawberry.utils.str_converters import to_snake_case

from permissions.resources import Resource
from schema.engine.fields import METADATA_KEY, Column


@strawberry.enum(description="The direction of an order. Rows without a value come last unless told otherwise.")
class OrderDirection(Enum):
    """Directions, with the placement of missing values."""

    ASC = strawberry.enum_value("ASC", description="Smallest first, missing values last.")
    DESC = strawberry.enum_value("DESC", description="Largest first, missing values last.")
    ASC_NULLS_FIRST = strawberry.enum_value("ASC_NULLS_FIRST", description="Smallest first, missing values first.")
    DESC_NULLS_FIRST = strawberry.enum_value("DESC_NULLS_FIRST", description="Largest first, missing values first.")


class OrderKey:
    """Marks an input field as an order key of a resource."""

    def __init__(self, resource: Resource, column: Column) -> None:
        self.resource, self.column = resource, column


def order_input(type_name: str, resource: Resource, keys: Mapping[str, Column]) -> type:
    """Return the input type with one optional field a key, of which a client sets exactly one."""
    annotations: dict[str, Any] = {}
    body: dict[str, Any] = {}
    for name, column in keys.items():
        attribute = to_snake_case(name)
        annotations[attribute] = OrderDirection | None
        body[attribute] = strawberry.field(
            name=name,
            default=strawberry.UNSET,
            description=f"Order by `{name}`.",
            metadata={METADATA_KEY: OrderKey(resource, column)},
        )
    cls = type(f"{type_name}Order", (), {"__annotations__": annotations, "__doc__": None, **body})
    text = f"One key to order {type_name} rows by: set exactly one field."
    return strawberry.input(cls, one_of=True, description=text)
