"""What resolvers know of an operation."""

from dataclasses import dataclass

from strawberry.types import Info

from permissions.policy import Role
from schema.engine.context import EngineContext


@dataclass(slots=True)
class PrismContext(EngineContext):
    """The engine's context, with the principal's roles as the policy describes them.

    `is_named` says whether the request names its operation.
    """

    roles: tuple[Role, ...] = ()
    is_named: bool = False


PrismInfo = Info[PrismContext, None]
