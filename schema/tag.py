"""Tag: a label on customers."""

import datetime as dt

from backend.crm import models
from permissions.resources import Resource
from schema.declare import column, noun, to_many
from schema.relay import Connection, Node
from schema.types import CustomerRef


@noun(Resource.TAG, models.Tag, "A label the organisation puts on customers.", default_order=(("name", False),))
class Tag(Node):
    """A tag as the graph shows it."""

    name: str = column("What the tag says.")
    color: str = column("Its colour, as #rrggbb.", sortable=False)
    created_at: dt.datetime = column("When the tag was made.")
    customers: Connection[CustomerRef] = to_many(
        "The customers that carry it.", "taggings", Resource.CUSTOMER, "schema.customer", via="customer"
    )
