"""What a mutation says of a request that a person can mend."""

import strawberry


@strawberry.type(description="Something in the input that keeps the change from being made.")
class UserError:
    """An expected failure of a mutation. It is data, not an error of the operation."""

    code: str = strawberry.field(description="What is wrong, in a word that stays the same.")
    path: list[str] = strawberry.field(description="Where it is in the input, from the outside in.")
    message: str = strawberry.field(description="What is wrong, as a sentence.")
