"""The root of every query."""

from typing import Annotated, Any

import strawberry

from permissions.errors import ErrorCode
from permissions.resources import Resource
from schema.audit.access_log import INSPECT, AccessLogConnection, access_log
from schema.audit.changes import AuditChangeConnection, audit_changes
from schema.audit.reads import READ as AUDIT
from schema.audit.reads import AuditReadConnection, audit_reads
from schema.declare import aggregate_of, page_of, row_of
from schema.engine.fields import METADATA_KEY, NOUNS, AnyNode
from schema.engine.selection import RowSelection, RowsSelection
from schema.errors import ClientError
from schema.explain import AccessExplanation, explain_access
from schema.policy import READ, PolicyVersion, policy_version, policy_versions
from schema.policy_diff import PolicyDiff, policy_diff
from schema.relay import Connection, Node, decode_id
from schema.reveal_requests import DECIDE, RevealRequest, reveal_requests
from schema.simulate import AccessSimulation, simulate_access
from schema.types import (
    ContactRef,
    ContractRef,
    CustomerRef,
    FollowUpRef,
    OpportunityRef,
    PaymentRef,
    TagRef,
    TaskRef,
    TeamRef,
    UserRef,
)
from schema.viewer import Viewer, current_viewer

MOST_IDS = 500


def _target(global_id: str) -> tuple[Resource, Any]:
    type_name, key = decode_id(global_id)
    noun = NOUNS.by_type_name(type_name)
    if noun is None:
        raise ClientError(ErrorCode.INVALID_ID, "This is not an id of this graph.")
    return noun.resource, key


def _node(id: Annotated[strawberry.ID, strawberry.argument(description="The id of any object.")]) -> Node | None:  # noqa: A002  the argument's name in the graph
    return RowSelection(*_target(id))  # type: ignore[return-value]


def _nodes(
    ids: Annotated[list[strawberry.ID], strawberry.argument(description="The ids of at most 500 objects.")],
) -> list[Node | None]:
    if len(ids) > MOST_IDS:
        raise ClientError(ErrorCode.PAGE_TOO_LARGE, f"Ask for at most {MOST_IDS} objects at once.")
    return RowsSelection(tuple(_target(each) for each in ids))  # type: ignore[return-value]


@strawberry.type(description="Everything you may ask. What you may not see is not here.")
class Query:
    """The query root: one singular and one connection field a noun."""

    viewer: Viewer = strawberry.field(resolver=current_viewer, description="You, as this graph knows you.")
    node: Node | None = strawberry.field(
        resolver=_node,
        description="Any object by its id. One that is missing or hidden from you is NOT_FOUND.",
        metadata={METADATA_KEY: AnyNode()},
    )
    nodes: list[Node | None] = strawberry.field(
        resolver=_nodes,
        description="Objects by their ids, in that order; null, with NOT_FOUND, for each not found.",
        metadata={METADATA_KEY: AnyNode()},
    )
    explain_access: AccessExplanation | None = strawberry.field(
        resolver=explain_access,
        description="Why you see a field of an object as you do. An object missing or hidden from you is NOT_FOUND.",
        metadata={METADATA_KEY: AnyNode()},
    )
    customer: CustomerRef | None = row_of("A customer.", Resource.CUSTOMER, "schema.customer")
    customers: Connection[CustomerRef] = page_of("Customers, newest first.", Resource.CUSTOMER, "schema.customer")
    contact: ContactRef | None = row_of("A contact.", Resource.CONTACT, "schema.contact")
    contacts: Connection[ContactRef] = page_of("Contacts, newest first.", Resource.CONTACT, "schema.contact")
    opportunity: OpportunityRef | None = row_of("An opportunity.", Resource.OPPORTUNITY, "schema.opportunity")
    opportunities: Connection[OpportunityRef] = page_of(
        "Opportunities, newest first.", Resource.OPPORTUNITY, "schema.opportunity"
    )
    task: TaskRef | None = row_of("A task.", Resource.TASK, "schema.task")
    tasks: Connection[TaskRef] = page_of("Tasks, newest first.", Resource.TASK, "schema.task")
    contract: ContractRef | None = row_of("A contract.", Resource.CONTRACT, "schema.contract")
    contracts: Connection[ContractRef] = page_of("Contracts, newest first.", Resource.CONTRACT, "schema.contract")
    follow_up: FollowUpRef | None = row_of("A follow-up.", Resource.FOLLOW_UP, "schema.follow_up")
    follow_ups: Connection[FollowUpRef] = page_of("Follow-ups, newest first.", Resource.FOLLOW_UP, "schema.follow_up")
    payment: PaymentRef | None = row_of("A plan line or receipt.", Resource.PAYMENT, "schema.payment")
    payments: Connection[PaymentRef] = page_of(
        "Plan lines and receipts, newest first.", Resource.PAYMENT, "schema.payment"
    )
    user: UserRef | None = row_of("A colleague.", Resource.USER, "schema.user")
    users: Connection[UserRef] = page_of("Colleagues, by name.", Resource.USER, "schema.user")
    team: TeamRef | None = row_of("A team.", Resource.TEAM, "schema.team")
    teams: Connection[TeamRef] = page_of("Teams, by name.", Resource.TEAM, "schema.team")
    tag: TagRef | None = row_of("A tag.", Resource.TAG, "schema.tag")
    tags: Connection[TagRef] = page_of("Tags, by name.", Resource.TAG, "schema.tag")
    customer_aggregate = aggregate_of("Customers counted and summed.", Resource.CUSTOMER)
    contact_aggregate = aggregate_of("Contacts counted and summed.", Resource.CONTACT)
    opportunity_aggregate = aggregate_of("Opportunities counted and summed.", Resource.OPPORTUNITY)
    task_aggregate = aggregate_of("Tasks counted and summed.", Resource.TASK)
    contract_aggregate = aggregate_of("Contracts counted and summed.", Resource.CONTRACT)
    follow_up_aggregate = aggregate_of("Follow-ups counted and summed.", Resource.FOLLOW_UP)
    payment_aggregate = aggregate_of("Plan lines and receipts counted and summed.", Resource.PAYMENT)
    user_aggregate = aggregate_of("Colleagues counted and summed.", Resource.USER)
    team_aggregate = aggregate_of("Teams counted and summed.", Resource.TEAM)
    tag_aggregate = aggregate_of("Tags counted and summed.", Resource.TAG)
    policy_versions: list[PolicyVersion] = strawberry.field(
        resolver=policy_versions,
        description="Versions of the policy, the newest first.",
        metadata=READ.metadata,
        directives=READ.directives,
    )
    policy_version: PolicyVersion | None = strawberry.field(
        resolver=policy_version,
        description="A version of the policy, by its number.",
        metadata=READ.metadata,
        directives=READ.directives,
    )
    policy_diff: PolicyDiff | None = strawberry.field(
        resolver=policy_diff,
        description="What one version of the policy says that another does not.",
        metadata=READ.metadata,
        directives=READ.directives,
    )
    reveal_requests: list[RevealRequest] = strawberry.field(
        resolver=reveal_requests,
        description="Your requests for reveals and those that wait for you to decide, the newest first.",
        metadata=DECIDE.metadata,
    )
    simulate_access: AccessSimulation | None = strawberry.field(
        resolver=simulate_access,
        description="What an operation would show a role or a user. It is not run, and no row is read for it.",
        metadata=READ.metadata,
        directives=READ.directives,
    )
    audit_reads: AuditReadConnection | None = strawberry.field(
        resolver=audit_reads,
        description="Who read what in clear, the newest first. A read is here within a second of its answer.",
        metadata=AUDIT.metadata,
        directives=AUDIT.directives,
    )
    audit_changes: AuditChangeConnection | None = strawberry.field(
        resolver=audit_changes,
        description="Who changed what, the newest first.",
        metadata=AUDIT.metadata,
        directives=AUDIT.directives,
    )
    access_log: AccessLogConnection | None = strawberry.field(
        resolver=access_log,
        description="Who was shown values of an object in clear, the latest first, for those who answer for the "
        "object. One that is missing, hidden from you or not yours to ask about is NOT_FOUND.",
        metadata=INSPECT.metadata,
        directives=INSPECT.directives,
    )
