"""Reveals that take a second person: `revealRequest`, `revealApprove`, `revealReject`, and who sees which request."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Annotated

import strawberry
from asgiref.sync import sync_to_async

from backend.reveals import models
from backend.reveals.queries import find_request, requests_of, waiting_requests
from backend.reveals.recording import Step
from backend.reveals.requests import Decision, RequestOutcome, decide, request_reveal
from permissions.errors import ErrorCode
from permissions.resources import Resource
from schema.context import PrismInfo
from schema.engine.fields import METADATA_KEY, AnyNode
from schema.engine.selection import RowSelection
from schema.enums import graph_enum
from schema.errors import ClientError
from schema.person import person_field
from schema.relay import Node, decode_id, encode_id
from schema.reveal import CODES, FIELDS, REASON, REVEAL, asker_of, row_named, user_errors
from schema.reveal_cells import Wish, fields_of, judged, rows_to_decide_on
from schema.rights import RevealRight
from schema.types import UserRef
from schema.user_error import UserError

DECIDE = RevealRight(for_deciding=True)
TYPE_NAME = "RevealRequest"
MOST_REQUESTS = 200

graph_enum(models.RequestState)


@strawberry.input(description="What a second person shall let you have revealed, and why.")
class RevealRequestInput:
    """Some masked fields of one object."""

    id: strawberry.ID = strawberry.field(description="The id of the object.")
    fields: list[str] = strawberry.field(description=FIELDS)
    reason: str = strawberry.field(description=REASON)


@strawberry.input(description="The request to decide.")
class RevealDecisionInput:
    """Which request."""

    id: strawberry.ID = strawberry.field(description="The id of the request.")
    note: str = strawberry.field(default="", description="What to say to whoever asked. At most 500 characters.")


def _node(root: "RevealRequest") -> Node | None:
    return RowSelection(root.resource, root.key, optional=True)  # type: ignore[return-value]


@strawberry.type(description="A reveal that waits for a second person, or was decided by one.")
class RevealRequest:
    """A request, as somebody sees it who made it or may decide it."""

    resource: strawberry.Private[Resource]
    key: strawberry.Private[uuid.UUID]
    user_id: strawberry.Private[uuid.UUID]
    decided_by_id: strawberry.Private[uuid.UUID | None]
    id: strawberry.ID = strawberry.field(description="The request's id: give it to `revealApprove` or `revealReject`.")
    node: Node | None = strawberry.field(
        resolver=_node,
        description="The object, as you see it; null when you do not.",
        metadata={METADATA_KEY: AnyNode()},
    )
    fields: list[str] = strawberry.field(description="The fields that are to be revealed.")
    reason: str = strawberry.field(description="What they are needed for.")
    state: models.RequestState = strawberry.field(description="Whether somebody decided it, and how.")
    created_at: dt.datetime = strawberry.field(description="When it was made.")
    expires_at: dt.datetime = strawberry.field(
        description="Until when it can be decided and, once approved, be used by `reveal`."
    )
    decided_at: dt.datetime | None = strawberry.field(description="When it was decided.")
    note: str = strawberry.field(description="What was said with the decision.")
    requester: UserRef | None = person_field("user_id", "Who asks.")
    decided_by: UserRef | None = person_field("decided_by_id", "Who decided.")


@strawberry.type(description="What became of a call about a request.")
class RevealRequestPayload:
    """The request, or what kept it from being made or decided."""

    request: RevealRequest | None = strawberry.field(
        description="The request as it is now; null when nothing was done."
    )
    expires_at: dt.datetime | None = strawberry.field(
        description="Until when the values read clear for whoever asked; null unless just approved."
    )
    user_errors: list[UserError] = strawberry.field(
        description=f"What kept it from being done; empty when it was. {CODES}"
    )


async def reveal_request(
    info: PrismInfo,
    input: Annotated[RevealRequestInput, strawberry.argument(description="What, and why.")],  # noqa: A002  the argument's name in the graph
) -> RevealRequestPayload:
    """Ask a second person."""
    actor = asker_of(info, REVEAL)
    resource, key = row_named(input.id)
    ask = await judged(info, Wish(resource, key, tuple(input.fields), input.reason))
    return _payload(info, await sync_to_async(request_reveal)(actor, ask, info.context.view.reveal))


async def reveal_approve(
    info: PrismInfo,
    input: Annotated[RevealDecisionInput, strawberry.argument(description="Which request.")],  # noqa: A002  the argument's name in the graph
) -> RevealRequestPayload:
    """Say yes."""
    return await _decide(info, input, Step.APPROVE)


async def reveal_reject(
    info: PrismInfo,
    input: Annotated[RevealDecisionInput, strawberry.argument(description="Which request.")],  # noqa: A002  the argument's name in the graph
) -> RevealRequestPayload:
    """Say no."""
    return await _decide(info, input, Step.REJECT)


async def reveal_requests(
    info: PrismInfo,
    first: Annotated[int, strawberry.argument(description="How many, the newest first. At most 200.")] = 50,
) -> list[RevealRequest]:
    """Return the caller's own requests, and those that wait for somebody like them."""
    actor = asker_of(info, DECIDE)
    if not 1 <= first <= MOST_REQUESTS:
        raise ClientError(ErrorCode.INVALID_PAGE, f"Ask for 1 to {MOST_REQUESTS} requests at once.")
    own = await sync_to_async(requests_of)(actor.user_id, limit=first)
    others = await sync_to_async(waiting_requests)(but_of=actor.user_id)
    found = [*own, *await _decidable(info, others)]
    found.sort(key=lambda row: (row.created_at, row.id), reverse=True)
    return [_request(info, row) for row in found[:first]]


async def _decide(info: PrismInfo, decision: RevealDecisionInput, step: Step) -> RevealRequestPayload:
    actor = asker_of(info, DECIDE)
    _, key = decode_id(decision.id, expected=TYPE_NAME)
    row = await sync_to_async(find_request)(key)
    may_decide = row is not None and bool(await _decidable(info, [row]))
    decided = Decision(key, step, decision.note, may_decide)
    return _payload(info, await sync_to_async(decide)(actor, decided, info.context.view.reveal))


async def _decidable(info: PrismInfo, rows: Sequence[models.RevealRequest]) -> list[models.RevealRequest]:
    """Return the requests the caller may decide: about rows they may approve things of, and fields in their graph."""
    view = info.context.view
    keys: dict[Resource, list[uuid.UUID]] = {}
    for row in rows:
        keys.setdefault(Resource(row.resource), []).append(row.row_id)
    theirs = {resource: await rows_to_decide_on(info, resource, of) for resource, of in keys.items()}
    return [
        row
        for row in rows
        if row.row_id in theirs[Resource(row.resource)]
        and len(fields_of(view, Resource(row.resource), row.columns)) == len(row.columns)
    ]


def _payload(info: PrismInfo, outcome: RequestOutcome) -> RevealRequestPayload:
    return RevealRequestPayload(
        request=None if outcome.request is None else _request(info, outcome.request),
        expires_at=outcome.expires_at,
        user_errors=user_errors(outcome.problems),
    )


def _request(info: PrismInfo, row: models.RevealRequest) -> RevealRequest:
    resource = Resource(row.resource)
    return RevealRequest(
        resource=resource,
        key=row.row_id,
        user_id=row.user_id,
        decided_by_id=row.decided_by_id,
        id=strawberry.ID(encode_id(TYPE_NAME, row.id)),
        fields=fields_of(info.context.view, resource, row.columns),
        reason=row.reason,
        state=models.RequestState(row.state),
        created_at=row.created_at,
        expires_at=row.expires_at,
        decided_at=row.decided_at,
        note=row.note,
    )
