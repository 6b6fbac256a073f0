"""`orderBy`: one input type a noun, one field a key, so that keys can be left out of a principal's schema."""

from enum import Enum
from typing import Annotated, Any

import strawberry
from strawberry.utils.str_converters import to_snake_case

from permissions.resources import Resource
from schema.engine.fields import METADATA_KEY, Gated, Noun, ToOne
from schema.names import type_name_of


@strawberry.enum(description="The direction of an order. Rows without a value come last unless told otherwise.")
class OrderDirection(Enum):
    """Directions, with the placement of missing values."""

    ASC = strawberry.enum_value("ASC", description="Smallest first, missing values last.")
    DESC = strawberry.enum_value("DESC", description="Largest first, missing values last.")
    ASC_NULLS_FIRST = strawberry.enum_value("ASC_NULLS_FIRST", description="Smallest first, missing values first.")
    DESC_NULLS_FIRST = strawberry.enum_value("DESC_NULLS_FIRST", description="Largest first, missing values first.")


class OrderMark:
    """Marks an input field as an order key of a resource."""

    def __init__(self, resource: Resource, made_of: Gated | ToOne) -> None:
        self.resource, self.made_of = resource, made_of


def order_input(noun: Noun, module: str) -> type:
    """Return the input type with one optional field a key, of which a client sets exactly one."""
    annotations: dict[str, Any] = {}
    body: dict[str, Any] = {}
    for name, made_of in noun.order_keys.items():
        attribute = to_snake_case(name)
        if isinstance(made_of, ToOne):
            target: Any = Annotated[f"{type_name_of(made_of.target)}Order", strawberry.lazy(module)]
            annotations[attribute] = target | None
            text = f"Order by a field of `{name}`. Rows without one you may see come last."
        else:
            annotations[attribute] = OrderDirection | None
            text = f"Order by `{name}`. Rows where it is masked for you come last, whatever the direction."
        body[attribute] = strawberry.field(
            name=name,
            default=strawberry.UNSET,
            description=text if getattr(made_of, "sensitive", True) else f"Order by `{name}`.",
            metadata={METADATA_KEY: OrderMark(noun.resource, made_of)},
        )
    cls = type(f"{noun.type_name}Order", (), {"__annotations__": annotations, "__doc__": None, **body})
    text = f"One key to order {noun.type_name} rows by: set exactly one field."
    return strawberry.input(cls, one_of=True, description=text)
