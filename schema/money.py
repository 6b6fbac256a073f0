"""Money: a decimal with its currency."""

import decimal

import strawberry

from schema.scalars import CurrencyCode


@strawberry.type(description="An amount of money. Null as a whole where there is no amount, or you may not see it.")
class Money:
    """An exact amount in a currency."""

    amount: decimal.Decimal = strawberry.field(description="The exact amount, as a string.")
    currency: CurrencyCode = strawberry.field(description="The currency of the amount; CNY unless told.")
