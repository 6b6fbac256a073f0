"""Fields that need a right of their own: they exist in the schemas of those who have it, and nowhere else."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from permissions.errors import AccessDenied, ErrorCode
from permissions.resources import Action, Resource
from permissions.view import token_scope
from schema.context import PrismInfo
from schema.directives import RequiresScopes
from schema.engine.fields import METADATA_KEY


@dataclass(frozen=True, slots=True)
class Right:
    """Marks a field that needs leave for an action on a resource."""

    resource: Resource
    action: Action

    @property
    def metadata(self) -> Mapping[Any, Any]:
        """The metadata by which the projected schema knows the field."""
        return {METADATA_KEY: self}

    @property
    def directives(self) -> list[object]:
        """What the SDL says of it."""
        return [RequiresScopes(scopes=[[token_scope(self.resource, self.action)]])]

    def require(self, info: PrismInfo) -> None:
        """Refuse whoever has not the right. The schema did so before; this holds if it ever did not.

        Raises: AccessDenied FORBIDDEN.
        """
        if not info.context.view.may(self.resource, self.action):
            raise AccessDenied(ErrorCode.FORBIDDEN, "You may not do this.")
