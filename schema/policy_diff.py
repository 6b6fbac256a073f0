"""`policyDiff`: what one version says that another does not, and on how many rows it shows."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import strawberry
from asgiref.sync import sync_to_async

from backend.policies import models
from backend.policies.diff import Aspect, structural_diff
from backend.policies.diff import PolicyChange as Change
from backend.policies.people import principals_with
from backend.policies.reading import read_policy
from permissions.errors import ErrorCode, PolicyError
from permissions.policy import Policy
from permissions.principal import ANONYMOUS
from permissions.scopes import SCOPE_MEANINGS
from permissions.view import CellLevel, compile_view
from schema.context import PrismInfo
from schema.engine.fields import NOUNS
from schema.engine.plan import statement
from schema.engine.slots import Binding
from schema.enums import describe_enum
from schema.errors import ClientError
from schema.names import type_name_of
from schema.policy import APPROVE, READ, PolicyVersion, policy_version_of, stored_version
from schema.policy_effects import Comparison, Count, comparisons

describe_enum(
    Aspect,
    "What about a policy changed.",
    {
        "SETTING": "A setting of the whole policy.",
        "ROLE": "A role came, went, or is called something else.",
        "ACTION": "What the role may do with these rows.",
        "READ_LEVEL": "How much it sees of a category, or of one field, on these rows.",
        "WRITE_LEVEL": "What it may write of a category, or of one field, on these rows.",
        "QUESTION": "Whether filters, orders and sums may ask about a category on these rows.",
        "APPROVAL": "Whether it takes a second person to reveal a category on these rows.",
        "SUM": "Whether hidden values of a category count in sums of large groups.",
        "DENIED_ACTION": "What the role is denied, whatever else it is granted.",
        "DENIED_CATEGORY": "The categories it is denied, whatever else it is granted.",
    },
    name="PolicyAspect",
)


_RANK = (CellLevel.ABSENT, CellLevel.MASKED, CellLevel.CLEAR)


@strawberry.type(description="One difference between two versions.")
class PolicyChange:
    """What was, and what is."""

    role: str | None = strawberry.field(description="The role; null for a setting of the whole policy.")
    type: str | None = strawberry.field(description="The type of rows; null for the role itself.")
    scope: str | None = strawberry.field(description="Which of its rows; null for the role itself.")
    aspect: Aspect = strawberry.field(description="What kind of thing changed.")
    what: str = strawberry.field(description="The action, the category, or the field.")
    before: str = strawberry.field(description="What was; `none` where nothing was said.")
    after: str = strawberry.field(description="What is; `none` where nothing is said.")
    text: str = strawberry.field(description="The same as a sentence.")


@strawberry.type(description="On how many rows a difference shows.")
class PolicyEffect:
    """A change of level, counted."""

    role: str = strawberry.field(description="The role, by itself: other roles of its holders are left out.")
    type: str = strawberry.field(description="The type of rows.")
    category: str | None = strawberry.field(description="The category of the fields; null for the rows themselves.")
    fields: list[str] = strawberry.field(description="The fields; empty for the rows themselves.")
    before: CellLevel = strawberry.field(description="What was seen; ABSENT where nothing was.")
    after: CellLevel = strawberry.field(description="What will be seen; ABSENT where nothing is.")
    rows: int = strawberry.field(description="Rows on which it changes for some holder of the role, each once.")
    people: int = strawberry.field(description="Active holders of the role for whom something changes.")
    text: str = strawberry.field(description="The same as a sentence.")


async def _effects(root: Any, info: PrismInfo) -> list[PolicyEffect]:
    APPROVE.require(info)
    old, new = root.policies
    return [effect async for effect in _counted(old, new, info)]


@strawberry.type(description="The way from one version to another.")
class PolicyDiff:
    """Two versions, compared."""

    policies: strawberry.Private[tuple[Policy, Policy]]
    from_: PolicyVersion = strawberry.field(name="from", description="The version to compare with.")
    to: PolicyVersion = strawberry.field(description="The version that is compared.")
    changes: list[PolicyChange] = strawberry.field(description="What the one says that the other does not.")
    effects: list[PolicyEffect] = strawberry.field(
        resolver=_effects,
        description="On how many of all rows it shows, for whom. For those who may activate versions.",
        metadata=APPROVE.metadata,
        directives=APPROVE.directives,
    )


async def policy_diff(
    info: PrismInfo,
    from_: Annotated[int, strawberry.argument(name="from", description="The number of the version to compare with.")],
    to: Annotated[int, strawberry.argument(description="The number of the version that is compared.")],
) -> PolicyDiff | None:
    """Compare two versions."""
    READ.require(info)
    return await sync_to_async(_diff)(from_, to)


def _diff(old_number: int, new_number: int) -> PolicyDiff:
    rows = [stored_version(number) for number in (old_number, new_number)]
    old, new = (policy_in(row) for row in rows)
    versions = [policy_version_of(row) for row in rows]
    changes = [_change(each) for each in structural_diff(old, new)]
    return PolicyDiff(policies=(old, new), from_=versions[0], to=versions[1], changes=changes)


def policy_in(row: models.PolicyVersion) -> Policy:
    """Return the policy a version holds.

    Raises: ClientError BAD_USER_INPUT when it holds none.
    """
    try:
        return read_policy(row.number, row.document)
    except PolicyError as error:
        raise ClientError(ErrorCode.BAD_USER_INPUT, f"Version {row.number} is not valid: {error}.") from error


def _change(change: Change) -> PolicyChange:
    where = "" if change.resource is None else f" on {type_name_of(change.resource)}"
    which = "" if change.scope is None else f", {SCOPE_MEANINGS[change.scope]}"
    aspect = change.aspect.value.replace("_", " ")
    return PolicyChange(
        role=change.role,
        type=None if change.resource is None else type_name_of(change.resource),
        scope=None if change.scope is None else change.scope.value,
        aspect=change.aspect,
        what=change.what,
        before=change.before,
        after=change.after,
        text=f"{change.role or 'policy'}: {aspect} {change.what} {change.before} → {change.after}{where}{which}.",
    )


async def _counted(old: Policy, new: Policy, info: PrismInfo) -> AsyncIterator[PolicyEffect]:
    for role in dict.fromkeys([*old.roles, *new.roles]):
        was, now = compile_view(old, [role]), compile_view(new, [role])
        people = await sync_to_async(principals_with)(role)
        for comparison in comparisons(was, now, people):
            for count in comparison.counts(await _fetched(comparison, info)):
                yield _effect(role, comparison, count)


async def _fetched(comparison: Comparison, info: PrismInfo) -> bytes | None:
    prepared = statement((comparison.plan(),))
    # Nothing in these plans is the asker's: they are about other people.
    binding = Binding(ANONYMOUS, {}, info.context.codec, info.context.keyring)
    (raw,) = await info.context.pool.fetch(prepared.sql, prepared.bind([binding]))
    return raw


def _effect(role: str, comparison: Comparison, count: Count) -> PolicyEffect:
    type_name = NOUNS[comparison.resource].type_name
    loses = _RANK.index(count.after) < _RANK.index(count.before)
    what = ", ".join(comparison.fields) or "sight"
    how = f" ({comparison.category} {count.before.value} → {count.after.value})" if comparison.fields else ""
    where = f"on {count.rows:,} {type_name} rows" if comparison.fields else f"of {count.rows:,} {type_name} rows"
    return PolicyEffect(
        role=role,
        type=type_name,
        category=comparison.category,
        fields=list(comparison.fields),
        before=count.before,
        after=count.after,
        rows=count.rows,
        people=count.people,
        text=f"{role} {'lose' if loses else 'gain'} {what}{how} {where} ({count.people:,} people).",
    )
