"""What resolvers know of an operation."""

from dataclasses import dataclass, field
from typing import Protocol

from graphql import GraphQLSchema
from strawberry.types import Info

from permissions.policy import Policy, Role
from permissions.view import View
from schema.engine.context import EngineContext
from schema.origin import NOWHERE, Origin


class Projector(Protocol):
    """Makes views and their schemas."""

    async def projected(
        self, roles: frozenset[str], token_scopes: frozenset[str] | None, policy: Policy | None = None
    ) -> tuple[View, GraphQLSchema]:
        """Return what somebody with these roles sees under a policy, the one in force unless told."""
        ...

    async def whole(self) -> GraphQLSchema:
        """Return the schema of everything there is."""
        ...


@dataclass(slots=True)
class PrismContext(EngineContext):
    """The engine's context, with the principal's roles as the policy describes them, and the way to other views.

    `origin` and `operation`, the name the client gave, are for the record.
    """

    roles: tuple[Role, ...] = ()
    policy_version: str = ""
    origin: Origin = NOWHERE
    operation: str = ""
    projector: Projector = field(kw_only=True)


PrismInfo = Info[PrismContext, None]
