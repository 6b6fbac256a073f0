"""Customer: the type and the order of its lists."""

import datetime as dt

from backend.crm import models
from backend.crm.models.choices import CustomerKind, CustomerLevel, CustomerSource, CustomerStatus, PoolStatus
from permissions.resources import Resource
from schema.declare import column, money, noun, to_many, to_one
from schema.enums import graph_enum
from schema.money import Money
from schema.relay import Connection
from schema.scalars import EmailAddress, PhoneNumber
from schema.subject import TaskSubject
from schema.types import (
    ContactRef,
    ContractRef,
    CustomerRef,
    FollowUpRef,
    OpportunityRef,
    PaymentRef,
    TagRef,
    TaskRef,
    TeamRef,
    UserRef,
)

for _choices in (CustomerKind, CustomerLevel, CustomerSource, CustomerStatus, PoolStatus):
    graph_enum(_choices)


@noun(
    Resource.CUSTOMER,
    models.Customer,
    "客户: a company or person sold to.",
    default_order=(("created_at", True),),
)
class Customer(TaskSubject):
    """A customer as the graph shows it."""

    name: str = column("The customer's name.")
    kind: CustomerKind = column("Whether the customer is an organisation or a person.")
    industry: str = column("The line of business; empty when unknown.")
    region: str = column("The sales region; empty when unknown.")
    address: str | None = column("The postal address.", sortable=False)
    level: CustomerLevel = column("How important the customer is.")
    source: CustomerSource = column("How the customer first came to us.")
    status: CustomerStatus = column("Where the customer stands.")
    pool_status: PoolStatus = column("Whether somebody owns the customer or it waits in the pool.")
    credit_code: str = column("The unified social credit code; empty when unknown.")
    phone: PhoneNumber | None = column("The main telephone number.", sortable=False)
    email: EmailAddress | None = column("The main e-mail address.", sortable=False)
    credit_limit: Money | None = money("How much the customer may owe us.")
    annual_revenue: Money | None = money("The customer's revenue in a year.")
    risk_note: str | None = column("What we tell each other about the risk of dealing with them.", sortable=False)
    last_followed_up_at: dt.datetime | None = column("When somebody last followed up.")
    next_follow_up_at: dt.datetime | None = column("When the next follow-up is due.")
    created_at: dt.datetime = column("When the customer was entered.")
    updated_at: dt.datetime = column("When the customer was last changed.")
    version: int = column("Grows with each change; send it back with an update.", sortable=False)
    owner: UserRef | None = to_one("The colleague who looks after the customer.", "owner", Resource.USER)
    team: TeamRef | None = to_one("The owner's team.", "team", Resource.TEAM)
    parent: CustomerRef | None = to_one("The company this one belongs to.", "parent", Resource.CUSTOMER)
    subsidiaries: Connection[CustomerRef] = to_many(
        "The companies that belong to this one.", "subsidiaries", Resource.CUSTOMER, "schema.customer"
    )
    collaborators: Connection[UserRef] = to_many(
        "Colleagues invited to help.", "collaborations", Resource.USER, "schema.user", via="user"
    )
    tags: Connection[TagRef] = to_many("The customer's tags.", "taggings", Resource.TAG, "schema.tag", via="tag")
    contacts: Connection[ContactRef] = to_many("People there.", "contacts", Resource.CONTACT, "schema.contact")
    opportunities: Connection[OpportunityRef] = to_many(
        "Deals with them.", "opportunities", Resource.OPPORTUNITY, "schema.opportunity"
    )
    tasks: Connection[TaskRef] = to_many("Work that concerns them.", "tasks", Resource.TASK, "schema.task")
    contracts: Connection[ContractRef] = to_many(
        "What was signed with them.", "contracts", Resource.CONTRACT, "schema.contract"
    )
    follow_ups: Connection[FollowUpRef] = to_many(
        "Interactions with them.", "follow_ups", Resource.FOLLOW_UP, "schema.follow_up"
    )
    payments: Connection[PaymentRef] = to_many(
        "Plan lines and receipts of their contracts.", "payments", Resource.PAYMENT, "schema.payment"
    )
