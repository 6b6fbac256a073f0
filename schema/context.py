"""What resolvers know of an operation."""

from dataclasses import dataclass

from strawberry.types import Info

from permissions.policy import Role
from schema.engine.context import EngineContext


@dataclass(slots=True)
class PrismContext(EngineContext):
    """The engine's context, with the principal's roles as the policy describes them."""

    roles: tuple[Role, ...] = ()


PrismInfo = Info[PrismContext, None]
