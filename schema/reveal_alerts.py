"""`viewer { alerts }`: what the holders of some roles are told of."""

import datetime as dt
import uuid
from typing import Annotated

import strawberry
from asgiref.sync import sync_to_async

from backend.reveals.alerts import MOST_ALERTS, TOLD, AlertKind, alerts_for
from permissions.errors import ErrorCode
from schema.context import PrismInfo
from schema.enums import describe_enum
from schema.errors import ClientError
from schema.person import person_field
from schema.rights import RoleRight
from schema.types import UserRef

ALERTED = RoleRight(TOLD)

describe_enum(
    AlertKind,
    "What an alert is about.",
    {"REVEAL_VOLUME": "Somebody had values of unusually many objects revealed in a short time."},
)


@strawberry.type(description="Something you should look at.")
class Alert:
    """An event somebody was told of. It never changes."""

    about_id: strawberry.Private[uuid.UUID]
    id: strawberry.ID = strawberry.field(description="The alert's id.")
    kind: AlertKind = strawberry.field(description="What it is about.")
    at: dt.datetime = strawberry.field(description="When it was raised.")
    rows: int = strawberry.field(description="Of how many objects values were revealed.")
    minutes: int = strawberry.field(description="In how many minutes.")
    about: UserRef | None = person_field("about_id", "Whom it is about.")


async def alerts(
    info: PrismInfo,
    first: Annotated[int, strawberry.argument(description="How many, the newest first. At most 200.")] = 50,
) -> list[Alert]:
    """Return what the caller was told of."""
    ALERTED.require(info)
    if not 1 <= first <= MOST_ALERTS:
        raise ClientError(ErrorCode.INVALID_PAGE, f"Ask for 1 to {MOST_ALERTS} alerts at once.")
    user_id = info.context.principal.user_id
    return [] if user_id is None else await sync_to_async(_alerts)(user_id, first)


def _alerts(user_id: uuid.UUID, first: int) -> list[Alert]:
    return [
        Alert(
            about_id=row.about_id,
            id=strawberry.ID(f"Alert_{row.id}"),
            kind=AlertKind(row.kind),
            at=row.at,
            rows=row.details["rows"],
            minutes=row.details["minutes"],
        )
        for row in alerts_for(user_id, limit=first)
    ]
