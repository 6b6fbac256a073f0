"""FollowUp: the type and the order of its lists."""

import datetime as dt

from backend.crm import models
from backend.crm.models.choices import FollowUpKind
from permissions.resources import Resource
from schema.declare import column, noun, to_one
from schema.enums import graph_enum
from schema.relay import Node
from schema.types import ContactRef, CustomerRef, OpportunityRef, UserRef

graph_enum(FollowUpKind)


@noun(
    Resource.FOLLOW_UP,
    models.FollowUp,
    "跟进: one interaction with a customer.",
    default_order=(("created_at", True),),
)
class FollowUp(Node):
    """A follow-up as the graph shows it."""

    kind: FollowUpKind = column("How it happened.")
    content: str = column("What was said.", sortable=False)
    happened_at: dt.datetime = column("When it happened.")
    next_step: str = column("What is to come; empty when nothing.", sortable=False)
    next_follow_up_at: dt.datetime | None = column("When to follow up next.")
    created_at: dt.datetime = column("When the follow-up was entered.")
    updated_at: dt.datetime = column("When the follow-up was last changed.")
    version: int = column("Grows with each change; send it back with an update.", sortable=False)
    customer: CustomerRef | None = to_one("The customer.", "customer", Resource.CUSTOMER)
    opportunity: OpportunityRef | None = to_one("The deal it was about.", "opportunity", Resource.OPPORTUNITY)
    contact: ContactRef | None = to_one("The person spoken to.", "contact", Resource.CONTACT)
    author: UserRef | None = to_one("Who followed up.", "author", Resource.USER)
