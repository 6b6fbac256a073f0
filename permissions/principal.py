"""Who asks."""

import uuid
from dataclasses import dataclass
from enum import StrEnum


class PrincipalKind(StrEnum):
    """The kinds of principals Prism knows."""

    ANONYMOUS = "anonymous"
    USER = "user"
    PARTNER = "partner"


class PrincipalValue(StrEnum):
    """The values a scope may compare a row with. They are bound per request, so a compiled view serves everybody."""

    USER_ID = "user_id"
    TEAM_IDS = "team_ids"
    PARTNER_ID = "partner_id"

    @property
    def is_plural(self) -> bool:
        """Whether the value is a set, compared by membership."""
        return self is PrincipalValue.TEAM_IDS


@dataclass(frozen=True, slots=True)
class Principal:
    """A user, a partner's client or nobody in particular. Frozen and hashable.

    `team_ids` are the principal's team and all teams below it. `token_scopes` is None where the credential carries no
    restriction of its own.
    """

    kind: PrincipalKind = PrincipalKind.ANONYMOUS
    user_id: uuid.UUID | None = None
    partner_id: uuid.UUID | None = None
    team_ids: tuple[uuid.UUID, ...] = ()
    roles: frozenset[str] = frozenset()
    token_scopes: frozenset[str] | None = None

    def value(self, name: PrincipalValue) -> uuid.UUID | list[uuid.UUID] | None:
        """Return what a scope compares rows with; a missing identity is None, which equals no row."""
        match name:
            case PrincipalValue.USER_ID:
                return self.user_id
            case PrincipalValue.PARTNER_ID:
                return self.partner_id
            case PrincipalValue.TEAM_IDS:
                return list(self.team_ids)


ANONYMOUS = Principal()
