"""Opportunity and the history of its stages: the types and the orders of their lists."""

import datetime as dt
import decimal
from collections.abc import Callable
from typing import Any

from django.db.models import DecimalField, ExpressionWrapper

from backend.crm import models
from backend.crm.models.choices import OpportunityStage
from permissions.categories import Category, Mask, Sensitive
from permissions.resources import Resource
from schema.declare import column, computed, money, noun, to_many, to_one
from schema.engine.fields import Computed, Output
from schema.enums import graph_enum
from schema.money import Money
from schema.relay import Connection, Node
from schema.subject import TaskSubject
from schema.types import ContractRef, CustomerRef, FollowUpRef, StageChangeRef, TaskRef, UserRef

graph_enum(OpportunityStage)


def _margin(ref: Callable[[str], Any]) -> Any:
    return ExpressionWrapper(ref("amount") - ref("cost"), DecimalField(max_digits=18, decimal_places=2))


@noun(Resource.OPPORTUNITY, models.Opportunity, "商机: a deal in progress.", default_order=(("created_at", True),))
class Opportunity(TaskSubject):
    """An opportunity as the graph shows it."""

    name: str = column("What the deal is called.")
    product: str = column("What is to be sold; empty when unknown.")
    stage: OpportunityStage = column("How far the deal is.")
    amount: Money | None = money("What the deal is worth.")
    cost: Money | None = money("What it costs us.")
    margin: Money | None = computed(
        "What is left of the amount after the cost.",
        Computed("margin", _margin, Sensitive(Category.COMMERCIAL, Mask.NULL), Output.TEXT),
        currency="currency",
    )
    discount: decimal.Decimal | None = column("The discount granted, in percent.", sortable=False)
    probability: int = column("How likely the deal is, in percent.")
    opened_on: dt.date | None = column("When the deal began.")
    expected_close_on: dt.date | None = column("When it should be closed.")
    closed_on: dt.date | None = column("When it was won or lost.")
    lost_reason: str = column("Why it was lost; empty while it is not.", sortable=False)
    competitor: str = column("Who else is bidding; empty when unknown.")
    created_at: dt.datetime = column("When the opportunity was entered.")
    updated_at: dt.datetime = column("When the opportunity was last changed.")
    version: int = column("Grows with each change; send it back with an update.", sortable=False)
    customer: CustomerRef | None = to_one("The customer; null for some imported deals.", "customer", Resource.CUSTOMER)
    owner: UserRef | None = to_one("The colleague who runs the deal.", "owner", Resource.USER)
    stage_history: Connection[StageChangeRef] = to_many(
        "The steps so far, latest first.", "stage_changes", Resource.STAGE_CHANGE, "schema.opportunity"
    )
    contracts: Connection[ContractRef] = to_many(
        "The contracts it led to.", "contracts", Resource.CONTRACT, "schema.contract"
    )
    tasks: Connection[TaskRef] = to_many("Work that concerns it.", "tasks", Resource.TASK, "schema.task")
    follow_ups: Connection[FollowUpRef] = to_many(
        "Interactions about it.", "follow_ups", Resource.FOLLOW_UP, "schema.follow_up"
    )


@noun(
    Resource.STAGE_CHANGE,
    models.StageChange,
    "One step in an opportunity's history.",
    default_order=(("changed_at", True),),
)
class StageChange(Node):
    """A step as the graph shows it."""

    from_stage: OpportunityStage | None = column("The stage before; null for the first step.")
    to_stage: OpportunityStage = column("The stage after.")
    changed_at: dt.datetime = column("When it happened.")
    changed_by: UserRef | None = to_one("Who did it.", "changed_by", Resource.USER)
