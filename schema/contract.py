"""Contract and its approval steps: the types and the orders of their lists."""

import datetime as dt

from backend.crm import models
from backend.crm.models.choices import ApprovalDecision, ContractState
from permissions.resources import Resource
from schema.declare import column, money, noun, to_many, to_one
from schema.enums import graph_enum
from schema.money import Money
from schema.relay import Connection, Node
from schema.subject import TaskSubject
from schema.types import ApprovalStepRef, CustomerRef, OpportunityRef, PaymentRef, TaskRef, UserRef

for _choices in (ApprovalDecision, ContractState):
    graph_enum(_choices)


@noun(Resource.CONTRACT, models.Contract, "合同: what was signed.", default_order=(("created_at", True),))
class Contract(TaskSubject):
    """A contract as the graph shows it."""

    number: str = column("The contract's number.")
    state: ContractState = column("Where the contract stands.")
    amount: Money | None = money("What it is worth.")
    signed_on: dt.date | None = column("When it was signed.")
    starts_on: dt.date | None = column("When it begins.")
    ends_on: dt.date | None = column("When it ends.")
    warranty_until: dt.date | None = column("When the warranty ends.")
    created_at: dt.datetime = column("When the contract was entered.")
    updated_at: dt.datetime = column("When the contract was last changed.")
    version: int = column("Grows with each change; send it back with an update.", sortable=False)
    customer: CustomerRef | None = to_one("Who signed it with us.", "customer", Resource.CUSTOMER)
    opportunity: OpportunityRef | None = to_one("The deal it came from.", "opportunity", Resource.OPPORTUNITY)
    owner: UserRef | None = to_one("The colleague who looks after it.", "owner", Resource.USER)
    approval_steps: Connection[ApprovalStepRef] = to_many(
        "Who has to agree, in order.", "approval_steps", Resource.APPROVAL_STEP, "schema.contract"
    )
    payments: Connection[PaymentRef] = to_many(
        "Plan lines and receipts.", "payments", Resource.PAYMENT, "schema.payment"
    )
    tasks: Connection[TaskRef] = to_many("Work that concerns it.", "tasks", Resource.TASK, "schema.task")


@noun(
    Resource.APPROVAL_STEP,
    models.ApprovalStep,
    "One person's word on a contract.",
    default_order=(("position", False),),
)
class ApprovalStep(Node):
    """An approval step as the graph shows it."""

    position: int = column("The step's place, from 1.")
    decision: ApprovalDecision = column("What the approver said.")
    decided_at: dt.datetime | None = column("When they said it.")
    comment: str | None = column("What they added.", sortable=False)
    approver: UserRef | None = to_one("Who has to agree.", "approver", Resource.USER)
