"""Contact: the type and the order of its lists."""

import datetime as dt

from backend.crm import models
from backend.crm.models.choices import DecisionRole
from permissions.resources import Resource
from schema.declare import column, noun, to_one
from schema.enums import graph_enum
from schema.relay import Node
from schema.scalars import EmailAddress, PhoneNumber
from schema.types import CustomerRef

graph_enum(DecisionRole)


@noun(Resource.CONTACT, models.Contact, "联系人: a person at a customer.", default_order=(("created_at", True),))
class Contact(Node):
    """A contact as the graph shows it."""

    name: str = column("The person's name.")
    title: str = column("Their title; empty when unknown.")
    department: str = column("Their department; empty when unknown.")
    decision_role: DecisionRole = column("The part they play in a buying decision.")
    phone: PhoneNumber | None = column("Their office telephone.", sortable=False)
    mobile: PhoneNumber | None = column("Their mobile telephone.", sortable=False)
    email: EmailAddress | None = column("Their e-mail address.", sortable=False)
    wechat_id: str | None = column("Their WeChat id.", sortable=False)
    birthday: dt.date | None = column("Their birthday.", sortable=False)
    id_number: str | None = column("Their identity number.", sortable=False)
    preferences: str = column("What they like; empty when unknown.", sortable=False)
    is_primary: bool = column("Whether they are the first person to talk to.")
    created_at: dt.datetime = column("When the contact was entered.")
    updated_at: dt.datetime = column("When the contact was last changed.")
    version: int = column("Grows with each change; send it back with an update.", sortable=False)
    customer: CustomerRef | None = to_one("The customer they work for.", "customer", Resource.CUSTOMER)
