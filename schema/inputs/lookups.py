"""What a field can be asked, by the kind of its value.

A lookup that is null is not asked. A missing value equals nothing: it satisfies `ne`, `notIn` and `isNull: true` only.
A value that is masked for you is unknown: it satisfies no lookup, and no `not` of one.
"""

from typing import Generic, TypeVar

import strawberry

T = TypeVar("T")
UNSET = strawberry.UNSET

_EQ = "Is this value."
_NE = "Is not this value."
_IN = "Is one of these values; at most 1000."
_NOT_IN = "Is none of these values; at most 1000."
_NULL = "Whether there is no value."


@strawberry.input(description="A stretch of values, both ends included.")
class Range(Generic[T]):
    """An end that is left out is open."""

    from_: T | None = strawberry.field(name="from", default=UNSET, description="The smallest value.")
    to: T | None = strawberry.field(default=UNSET, description="The largest value.")


@strawberry.input(description="Questions about a value that is compared for equality.")
class EqualityFilter(Generic[T]):
    """Equality; the only questions for values that are encrypted at rest."""

    eq: T | None = strawberry.field(default=UNSET, description=_EQ)
    ne: T | None = strawberry.field(default=UNSET, description=_NE)
    in_: list[T] | None = strawberry.field(name="in", default=UNSET, description=_IN)
    not_in: list[T] | None = strawberry.field(default=UNSET, description=_NOT_IN)
    is_null: bool | None = strawberry.field(default=UNSET, description=_NULL)


@strawberry.input(description="Questions about a text.")
class TextFilter:
    """Equality and parts of texts. Case and width count; `search` is the one that does not mind them."""

    eq: str | None = strawberry.field(default=UNSET, description=_EQ)
    ne: str | None = strawberry.field(default=UNSET, description=_NE)
    in_: list[str] | None = strawberry.field(name="in", default=UNSET, description=_IN)
    not_in: list[str] | None = strawberry.field(default=UNSET, description=_NOT_IN)
    contains: str | None = strawberry.field(default=UNSET, description="Contains this text.")
    starts_with: str | None = strawberry.field(default=UNSET, description="Starts with this text.")
    is_null: bool | None = strawberry.field(default=UNSET, description=_NULL)


@strawberry.input(description="Questions about a value that has an order.")
class ComparisonFilter(Generic[T]):
    """Equality and order."""

    eq: T | None = strawberry.field(default=UNSET, description=_EQ)
    ne: T | None = strawberry.field(default=UNSET, description=_NE)
    in_: list[T] | None = strawberry.field(name="in", default=UNSET, description=_IN)
    not_in: list[T] | None = strawberry.field(default=UNSET, description=_NOT_IN)
    lt: T | None = strawberry.field(default=UNSET, description="Is less than this.")
    lte: T | None = strawberry.field(default=UNSET, description="Is this or less.")
    gt: T | None = strawberry.field(default=UNSET, description="Is greater than this.")
    gte: T | None = strawberry.field(default=UNSET, description="Is this or greater.")
    between: Range[T] | None = strawberry.field(default=UNSET, description="Lies in this stretch.")
    is_null: bool | None = strawberry.field(default=UNSET, description=_NULL)


@strawberry.input(description="Questions about a yes or no.")
class FlagFilter:
    """Equality."""

    eq: bool | None = strawberry.field(default=UNSET, description=_EQ)
