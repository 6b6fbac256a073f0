"""Payment: the type and the order of its lists."""

import datetime as dt

from backend.crm import models
from backend.crm.models.choices import PaymentKind, PaymentMethod, PaymentStatus
from permissions.resources import Resource
from schema.declare import column, money, noun, to_many, to_one
from schema.enums import graph_enum
from schema.money import Money
from schema.relay import Connection, Node
from schema.types import ContractRef, CustomerRef, PaymentRef

for _choices in (PaymentKind, PaymentMethod, PaymentStatus):
    graph_enum(_choices)


@noun(
    Resource.PAYMENT,
    models.Payment,
    "回款: a line of a contract's payment plan, or a receipt.",
    default_order=(("created_at", True),),
)
class Payment(Node):
    """A plan line or receipt as the graph shows it."""

    kind: PaymentKind = column("Plan line or receipt.")
    position: int = column("The plan line's place in its plan, from 1.")
    status: PaymentStatus = column("Where it stands.")
    amount: Money | None = money("How much is due, or came in.")
    due_on: dt.date | None = column("When it is due; null for receipts.")
    received_on: dt.date | None = column("When it came in; null for plan lines.")
    method: PaymentMethod | None = column("How it came in; null for plan lines.")
    bank_account: str | None = column("The account it came from.", sortable=False)
    created_at: dt.datetime = column("When it was entered.")
    updated_at: dt.datetime = column("When it was last changed.")
    version: int = column("Grows with each change; send it back with an update.", sortable=False)
    contract: ContractRef | None = to_one("The contract.", "contract", Resource.CONTRACT)
    customer: CustomerRef | None = to_one("The contract's customer.", "customer", Resource.CUSTOMER)
    plan_line: PaymentRef | None = to_one("The plan line a receipt pays.", "plan_line", Resource.PAYMENT)
    receipts: Connection[PaymentRef] = to_many(
        "The receipts that pay this plan line.", "receipts", Resource.PAYMENT, "schema.payment"
    )
