"""What resolvers know of an operation."""

from dataclasses import dataclass, field
from typing import Protocol

from graphql import GraphQLSchema
from strawberry.types import Info

from backend.audit.actors import NOWHERE, Actor, Origin, actor_of
from permissions.policy import Policy, Role
from permissions.view import View
from schema.engine.context import EngineContext


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
    """The engine's context, with the principal's roles as the policy describes them, where the request came from, and
    the way to other views. `audit_lists` counts the lists of the audit that were asked for.
    """

    roles: tuple[Role, ...] = ()
    policy_version: str = ""
    origin: Origin = NOWHERE
    audit_lists: int = 0
    projector: Projector = field(kw_only=True)

    @property
    def actor(self) -> Actor:
        """Who asks, and from where, as records of changes name them."""
        return actor_of(self.principal, self.origin)


PrismInfo = Info[PrismContext, None]
