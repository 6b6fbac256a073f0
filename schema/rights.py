"""Fields that need a right of their own: they exist in the schemas of those who have it, and nowhere else."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from permissions.errors import AccessDenied, ErrorCode
from permissions.resources import Action, Resource
from permissions.scopes import PARTS
from permissions.view import View, token_scope
from schema.context import PrismInfo
from schema.directives import RequiresScopes
from schema.engine.fields import METADATA_KEY, NOUNS, Noun


@dataclass(frozen=True, slots=True)
class Mark:
    """What every right has."""

    @property
    def metadata(self) -> Mapping[Any, Any]:
        """The metadata by which the projected schema knows the field."""
        return {METADATA_KEY: self}

    @abstractmethod
    def holds(self, view: View) -> bool:
        """Whether a view has the right."""

    def require(self, info: PrismInfo) -> None:
        """Refuse whoever has not the right. The schema did so before; this holds if it ever did not.

        Raises: AccessDenied FORBIDDEN.
        """
        if not self.holds(info.context.view):
            raise AccessDenied(ErrorCode.FORBIDDEN, "You may not do this.")


@dataclass(frozen=True, slots=True)
class Right(Mark):
    """Marks a field that needs leave for an action on a resource."""

    resource: Resource
    action: Action

    @property
    def directives(self) -> list[object]:
        """What the SDL says of it."""
        return [RequiresScopes(scopes=[[token_scope(self.resource, self.action)]])]

    def holds(self, view: View) -> bool:
        """Whether a view has the right."""
        return view.may(self.resource, self.action)


@dataclass(frozen=True, slots=True)
class RightOnRows(Mark):
    """Marks a field about any row that needs leave for an action on that row. What the row is decides the rest."""

    action: Action

    @property
    def directives(self) -> list[object]:
        """What the SDL says of it: a token scope for the type of the row."""
        return [RequiresScopes(scopes=[[token_scope(noun.resource, self.action)] for noun in _whole_nouns()])]

    def holds(self, view: View) -> bool:
        """Whether a view has the right on some row."""
        return any(view.may(noun.resource, self.action) for noun in NOUNS.all())


def _whole_nouns() -> list[Noun]:
    """Return the nouns of which a policy speaks by their own name."""
    return [noun for noun in NOUNS.all() if noun.resource not in PARTS]
