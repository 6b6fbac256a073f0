"""`reveal`: masked values of one object, shown to one person for some minutes, for a reason, on record."""

import datetime as dt
import uuid
from collections.abc import Iterable
from typing import Annotated

import strawberry
from asgiref.sync import sync_to_async

from backend.reveals import services
from backend.reveals.asking import Asker
from backend.reveals.codes import MEANINGS, Problem
from permissions.errors import AccessDenied, ErrorCode
from permissions.principal import PrincipalKind
from permissions.resources import Resource
from schema.context import PrismInfo
from schema.engine.fields import METADATA_KEY, NOUNS, AnyNode
from schema.engine.selection import RowSelection
from schema.errors import ClientError
from schema.relay import Node, decode_id
from schema.reveal_cells import Wish, judged
from schema.rights import RevealRight
from schema.user_error import UserError

REVEAL = RevealRight()
CODES = f"Codes: {', '.join(MEANINGS)}."
REASON = "What the values are needed for. It is kept on record. At most 500 characters; not optional."
FIELDS = "The names of the masked fields, at most 20."


@strawberry.input(description="What to reveal, and why.")
class RevealInput:
    """Some masked fields of one object."""

    id: strawberry.ID = strawberry.field(description="The id of the object.")
    fields: list[str] = strawberry.field(description=FIELDS)
    reason: str = strawberry.field(description=REASON)
    idempotency_key: str | None = strawberry.field(
        default=None,
        description="Sent again within 7 days with the same object and fields, it is answered again, not done again.",
    )


def _node(root: "RevealPayload") -> Node | None:
    return root.row  # type: ignore[return-value]


@strawberry.type(description="What became of a reveal.")
class RevealPayload:
    """The object with its revealed values, or what kept them from being revealed."""

    row: strawberry.Private[RowSelection | None]
    node: Node | None = strawberry.field(
        resolver=_node,
        description="The object, with the revealed fields in clear; null when nothing was revealed.",
        metadata={METADATA_KEY: AnyNode()},
    )
    expires_at: dt.datetime | None = strawberry.field(description="Until when they read clear for you.")
    remaining_today: int = strawberry.field(description="How many more objects may be revealed to you today.")
    user_errors: list[UserError] = strawberry.field(
        description=f"What kept the values from being revealed; empty when they were. {CODES}"
    )


async def reveal(
    info: PrismInfo,
    input: Annotated[RevealInput, strawberry.argument(description="What, and why.")],  # noqa: A002  the argument's name in the graph
) -> RevealPayload:
    """Reveal."""
    actor = asker_of(info, REVEAL)
    resource, key = row_named(input.id)
    wish = Wish(resource, key, tuple(input.fields), input.reason, input.idempotency_key or "")
    ask = await judged(info, wish)
    outcome = await sync_to_async(services.reveal)(actor, ask, info.context.view.reveal)
    return RevealPayload(
        row=None if outcome.problems else RowSelection(resource, key, optional=True),
        expires_at=outcome.expires_at,
        remaining_today=outcome.remaining,
        user_errors=user_errors(outcome.problems),
    )


def row_named(global_id: str) -> tuple[Resource, uuid.UUID]:
    """Return the resource and the key an id names.

    Raises: ClientError INVALID_ID.
    """
    type_name, key = decode_id(global_id)
    noun = NOUNS.by_type_name(type_name)
    if noun is None:
        raise ClientError(ErrorCode.INVALID_ID, "This is not an id of this graph.")
    return noun.resource, key


def asker_of(info: PrismInfo, right: RevealRight) -> Asker:
    """Return the person who calls: a reveal is to somebody who can be asked what it was for.

    Raises: AccessDenied FORBIDDEN.
    """
    right.require(info)
    principal = info.context.principal
    if principal.kind is not PrincipalKind.USER or principal.user_id is None:
        raise AccessDenied(ErrorCode.FORBIDDEN, "Only a person may have values revealed.")
    return Asker(principal.user_id, info.context.actor)


def user_errors(problems: Iterable[Problem]) -> list[UserError]:
    """Return problems for the graph."""
    return [UserError(code=each.code.value, path=list(each.path), message=each.message) for each in problems]
