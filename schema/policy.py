"""Policy versions: the types, and the queries of those who may read them."""

import datetime as dt
import uuid
from typing import Annotated, Any

import strawberry
from asgiref.sync import sync_to_async

from backend.policies import models
from backend.policies.problems import Problem
from backend.policies.queries import find_version, newest_versions
from backend.policies.reading import problems_of
from permissions.errors import ErrorCode
from permissions.resources import Action, Resource
from schema.columns import gated_columns
from schema.context import PrismInfo
from schema.enums import graph_enum
from schema.errors import ClientError
from schema.person import person_field
from schema.rights import Right
from schema.types import UserRef
from schema.user_error import UserError

MOST_VERSIONS = 200
READ = Right(Resource.POLICY, Action.READ)
APPROVE = Right(Resource.POLICY, Action.APPROVE)

graph_enum(models.PolicyState)

_Number = Annotated[int, strawberry.argument(description="The version's number.")]


@strawberry.type(description="One change of the version in force.")
class PolicyActivation:
    """An entry of the history, which only grows."""

    at: dt.datetime = strawberry.field(description="When.")
    note: str = strawberry.field(description="Why, in the words of whoever did it.")
    is_rollback: bool = strawberry.field(description="Whether the version had been in force before.")
    replaced: int | None = strawberry.field(description="The number of the version it replaced; null for the first.")
    actor_id: strawberry.Private[uuid.UUID | None]
    actor: UserRef | None = person_field("actor_id", "Who did it; null for the installation itself.")


def user_error(problem: Problem) -> UserError:
    """Return a problem for the graph."""
    return UserError(code=problem.code.value, path=list(problem.path), message=problem.message)


def _problems(root: Any) -> list[UserError]:
    return [user_error(problem) for problem in problems_of(root.document, gated_columns)]


@strawberry.type(description="One version of the policy that decides who sees and does what.")
class PolicyVersion:
    """A policy as data: a draft, the one in force, or one that was."""

    number: int = strawberry.field(description="Versions count from 1, which is the policy Prism ships with.")
    name: str = strawberry.field(description="What people call it.")
    note: str = strawberry.field(description="What its author says of it.")
    state: models.PolicyState = strawberry.field(description="Whether it is a draft, in force, or was.")
    document: str = strawberry.field(description="The policy itself, as TOML.")
    revision: int = strawberry.field(description="Grows with each change of a draft; send it back with a change.")
    based_on: int | None = strawberry.field(description="The number of the version it was made from.")
    created_at: dt.datetime | None = strawberry.field(description="When it was made; null for the one never touched.")
    updated_at: dt.datetime | None = strawberry.field(description="When it was last changed.")
    activated_at: dt.datetime | None = strawberry.field(description="When it last came into force.")
    activations: list[PolicyActivation] = strawberry.field(description="When it came into force, the latest first.")
    author_id: strawberry.Private[uuid.UUID | None]
    author: UserRef | None = person_field("author_id", "Who made it; null for the installation itself.")

    problems: list[UserError] = strawberry.field(
        resolver=_problems, description="What keeps it from being activated; empty when nothing does."
    )


def policy_version_of(row: models.PolicyVersion) -> PolicyVersion:
    """Return a stored version, read whole, for the graph. Reads the database."""
    history = sorted(row.activations.all(), key=lambda each: each.created_at, reverse=True)
    is_stored = not row._state.adding  # noqa: SLF001  Django's documented way to tell
    return PolicyVersion(
        number=row.number,
        name=row.name,
        note=row.note,
        state=models.PolicyState(row.state),
        document=row.document,
        revision=row.revision,
        based_on=row.based_on.number if row.based_on else None,
        created_at=row.created_at if is_stored else None,
        updated_at=row.updated_at if is_stored else None,
        activated_at=row.activated_at,
        activations=[_activation(each) for each in history],
        author_id=row.author_id,
    )


def _activation(row: models.PolicyActivation) -> PolicyActivation:
    return PolicyActivation(
        at=row.created_at,
        note=row.note,
        is_rollback=row.is_rollback,
        replaced=row.replaced.number if row.replaced else None,
        actor_id=row.actor_id,
    )


async def policy_versions(
    info: PrismInfo,
    first: Annotated[int, strawberry.argument(description="How many, the newest first. At most 200.")] = 50,
    before: Annotated[int | None, strawberry.argument(description="Versions with smaller numbers only.")] = None,
) -> list[PolicyVersion]:
    """Return versions, the newest first."""
    READ.require(info)
    if not 1 <= first <= MOST_VERSIONS:
        raise ClientError(ErrorCode.INVALID_PAGE, f"Ask for 1 to {MOST_VERSIONS} versions at once.")
    return await sync_to_async(_versions)(before, first)


async def policy_version(info: PrismInfo, number: _Number) -> PolicyVersion | None:
    """Return one version."""
    READ.require(info)
    return await sync_to_async(_version)(number)


def _versions(before: int | None, limit: int) -> list[PolicyVersion]:
    return [policy_version_of(row) for row in newest_versions(before=before, limit=limit)]


def _version(number: int) -> PolicyVersion:
    return policy_version_of(stored_version(number))


def stored_version(number: int) -> models.PolicyVersion:
    """Return a version's row.

    Raises: ClientError NOT_FOUND.
    """
    row = find_version(number)
    if row is None:
        raise ClientError(ErrorCode.NOT_FOUND, f"There is no version {number} of the policy.")
    return row
