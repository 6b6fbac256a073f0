"""The root of every mutation."""

import strawberry

from schema.policy import APPROVE
from schema.policy_changes import (
    CREATE,
    UPDATE,
    PolicyPayload,
    policy_activate,
    policy_draft_create,
    policy_draft_update,
    policy_rollback,
    policy_validate,
)
from schema.reveal import REVEAL, RevealPayload, reveal
from schema.reveal_requests import DECIDE, RevealRequestPayload, reveal_approve, reveal_reject, reveal_request


@strawberry.type(description="Everything you may change. What you may not change is not here.")
class Mutation:
    """The mutation root. It is part of a schema only where something in it is."""

    policy_draft_create: PolicyPayload = strawberry.mutation(
        resolver=policy_draft_create,
        description="Make a draft of the policy. It decides nothing until it is activated, and need not be valid yet.",
        metadata=CREATE.metadata,
        directives=CREATE.directives,
    )
    policy_draft_update: PolicyPayload = strawberry.mutation(
        resolver=policy_draft_update,
        description="Change a draft.",
        metadata=UPDATE.metadata,
        directives=UPDATE.directives,
    )
    policy_validate: PolicyPayload = strawberry.mutation(
        resolver=policy_validate,
        description="Check a version as its activation would. Nothing is changed.",
        metadata=UPDATE.metadata,
        directives=UPDATE.directives,
    )
    policy_activate: PolicyPayload = strawberry.mutation(
        resolver=policy_activate,
        description="Put a draft in force. Every server obeys it within a second. An invalid policy is refused.",
        metadata=APPROVE.metadata,
        directives=APPROVE.directives,
    )
    policy_rollback: PolicyPayload = strawberry.mutation(
        resolver=policy_rollback,
        description="Put a version that was in force before back in force.",
        metadata=APPROVE.metadata,
        directives=APPROVE.directives,
    )
    reveal: RevealPayload = strawberry.mutation(
        resolver=reveal,
        description="Have masked fields of an object read clear for you for some minutes. Each call is kept on record.",
        metadata=REVEAL.metadata,
    )
    reveal_request: RevealRequestPayload = strawberry.mutation(
        resolver=reveal_request,
        description="Ask a second person for a reveal that takes one. Each call is kept on record.",
        metadata=REVEAL.metadata,
    )
    reveal_approve: RevealRequestPayload = strawberry.mutation(
        resolver=reveal_approve,
        description="Let whoever asked read the fields clear for some minutes. Nobody approves their own request.",
        metadata=DECIDE.metadata,
    )
    reveal_reject: RevealRequestPayload = strawberry.mutation(
        resolver=reveal_reject,
        description="Refuse a request.",
        metadata=DECIDE.metadata,
    )
