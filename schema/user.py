"""User: what a colleague may see of a person."""

import datetime as dt

from backend.identity import models
from permissions.resources import Resource
from schema.declare import column, noun, to_one
from schema.relay import Node
from schema.types import TeamRef


@noun(Resource.USER, models.User, "A colleague.", default_order=(("name", False),))
class User(Node):
    """A person as their colleagues see them."""

    name: str = column("Their name.")
    username: str = column("The name they sign in by.")
    title: str = column("Their title; empty when unknown.")
    is_active: bool = column("Whether they still work here.")
    created_at: dt.datetime = column("When they joined.")
    team: TeamRef | None = to_one("Their team.", "team", Resource.TEAM)
