"""The mutations of policy versions: each is one call of a service."""

from collections.abc import Callable
from typing import Annotated

import strawberry
from asgiref.sync import sync_to_async

from backend.audit.actors import Actor
from backend.policies import models, services
from backend.policies.problems import PolicyRefused
from backend.policies.reading import problems_of
from backend.policies.services import DraftChange, Replacement
from permissions.errors import AccessDenied, ErrorCode
from permissions.resources import Action, Resource
from schema.columns import gated_columns
from schema.context import PrismInfo
from schema.policy import APPROVE, PolicyVersion, policy_version_of, stored_version, user_error
from schema.rights import Right
from schema.user_error import UserError

CREATE = Right(Resource.POLICY, Action.CREATE)
UPDATE = Right(Resource.POLICY, Action.UPDATE)

_DOCUMENT = "The policy as TOML, in the language of docs/permissions.md. At most 200,000 characters."
_NOTE = "Why, for the history. It is not optional."
_REPLACES = "The number of the version you mean to replace. When another is in force by now, nothing is done: CONFLICT."
_REVISION = "The revision you looked at. When the draft was changed since, nothing is done: CONFLICT."


@strawberry.input(description="A new draft.")
class PolicyDraftCreateInput:
    """What a draft begins as."""

    name: str = strawberry.field(description="What to call it. At most 200 characters.")
    note: str = strawberry.field(default="", description="What to say of it. At most 5,000 characters.")
    based_on: int | None = strawberry.field(
        default=None, description="The number of the version it is made from; the one in force unless told."
    )
    document: str | None = strawberry.field(default=None, description=f"{_DOCUMENT} A copy unless told.")


@strawberry.input(description="A change of a draft. What is left out stays as it is.")
class PolicyDraftUpdateInput:
    """What becomes of a draft."""

    number: int = strawberry.field(description="The draft's number.")
    revision: int = strawberry.field(description=_REVISION)
    name: str | None = strawberry.field(default=None, description="What to call it.")
    note: str | None = strawberry.field(default=None, description="What to say of it.")
    document: str | None = strawberry.field(default=None, description=_DOCUMENT)


@strawberry.input(description="The version to check.")
class PolicyValidateInput:
    """Which version."""

    number: int = strawberry.field(description="The version's number.")


@strawberry.input(description="The draft to put in force.")
class PolicyActivateInput:
    """Which draft, in place of which version, and why."""

    number: int = strawberry.field(description="The draft's number.")
    revision: int = strawberry.field(description=_REVISION)
    replaces: int = strawberry.field(description=_REPLACES)
    note: str = strawberry.field(description=_NOTE)


@strawberry.input(description="The version to put back in force.")
class PolicyRollbackInput:
    """Which version, in place of which, and why."""

    number: int = strawberry.field(description="The number of a version that was in force before.")
    replaces: int = strawberry.field(description=_REPLACES)
    note: str = strawberry.field(description=_NOTE)


@strawberry.type(description="What became of a change of the policy.")
class PolicyPayload:
    """The version, or what kept it from being changed."""

    policy_version: PolicyVersion | None = strawberry.field(
        description="The version as it is now; null when nothing was done."
    )
    user_errors: list[UserError] = strawberry.field(
        description="What has to be mended first; empty when the change was made."
    )


async def policy_draft_create(
    info: PrismInfo,
    input: Annotated[PolicyDraftCreateInput, strawberry.argument(description="The draft.")],  # noqa: A002  the argument's name in the graph
) -> PolicyPayload:
    """Make a draft."""
    actor = _actor(info, CREATE)
    change = DraftChange(input.name, input.note, input.document)
    return await _changed(lambda: services.create_draft(change, based_on=input.based_on, actor=actor))


async def policy_draft_update(
    info: PrismInfo,
    input: Annotated[PolicyDraftUpdateInput, strawberry.argument(description="The change.")],  # noqa: A002  the argument's name in the graph
) -> PolicyPayload:
    """Change a draft."""
    actor = _actor(info, UPDATE)
    change = DraftChange(input.name, input.note, input.document)
    return await _changed(lambda: services.update_draft(input.number, change, revision=input.revision, actor=actor))


async def policy_validate(
    info: PrismInfo,
    input: Annotated[PolicyValidateInput, strawberry.argument(description="The version.")],  # noqa: A002  the argument's name in the graph
) -> PolicyPayload:
    """Check a version as activation would. Nothing is changed."""
    UPDATE.require(info)
    version = await sync_to_async(lambda: policy_version_of(stored_version(input.number)))()
    problems = problems_of(version.document, gated_columns)
    return PolicyPayload(policy_version=version, user_errors=[user_error(problem) for problem in problems])


async def policy_activate(
    info: PrismInfo,
    input: Annotated[PolicyActivateInput, strawberry.argument(description="What, and why.")],  # noqa: A002  the argument's name in the graph
) -> PolicyPayload:
    """Put a draft in force."""
    actor = _actor(info, APPROVE)
    return await _changed(
        lambda: services.activate(
            input.number,
            Replacement(input.replaces, input.note, actor),
            revision=input.revision,
            columns=gated_columns,
        )
    )


async def policy_rollback(
    info: PrismInfo,
    input: Annotated[PolicyRollbackInput, strawberry.argument(description="What, and why.")],  # noqa: A002  the argument's name in the graph
) -> PolicyPayload:
    """Put an earlier version back in force."""
    actor = _actor(info, APPROVE)
    return await _changed(
        lambda: services.roll_back(input.number, Replacement(input.replaces, input.note, actor), columns=gated_columns)
    )


def _actor(info: PrismInfo, right: Right) -> Actor:
    """Return who changes the policy: a person with the right, for the history names one."""
    right.require(info)
    actor = info.context.actor
    if actor.user_id is None:
        raise AccessDenied(ErrorCode.FORBIDDEN, "Only a person may change the policy.")
    return actor


async def _changed(change: Callable[[], models.PolicyVersion]) -> PolicyPayload:
    try:
        version = await sync_to_async(lambda: policy_version_of(change()))()
    except PolicyRefused as refused:
        return PolicyPayload(policy_version=None, user_errors=[user_error(each) for each in refused.problems])
    return PolicyPayload(policy_version=version, user_errors=[])
