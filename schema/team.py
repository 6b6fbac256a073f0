"""Team: a node of the organisation's tree."""

import datetime as dt

from backend.identity import models
from permissions.resources import Resource
from schema.declare import column, noun, to_many, to_one
from schema.relay import Connection, Node
from schema.types import TeamRef, UserRef


@noun(Resource.TEAM, models.Team, "A team in the organisation's tree.", default_order=(("name", False),))
class Team(Node):
    """A team as the graph shows it."""

    name: str = column("The team's name.")
    created_at: dt.datetime = column("When the team was made.")
    parent: TeamRef | None = to_one("The team above.", "parent", Resource.TEAM)
    children: Connection[TeamRef] = to_many("The teams below.", "children", Resource.TEAM, "schema.team")
    members: Connection[UserRef] = to_many("The people in it.", "members", Resource.USER, "schema.user")
