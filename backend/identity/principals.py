"""From a credential to a principal: who the token stands for, as they are now."""

import time

from asgiref.sync import sync_to_async
from django.db import InterfaceError, OperationalError, connection

from backend.identity.models import PartnerClient, Team, User
from backend.identity.tokens import Subject, SubjectKind, TokenError, TokenErrorCode, read_token
from permissions.errors import AccessDenied, ErrorCode
from permissions.principal import Principal, PrincipalKind

# How long a change of roles, team or account may stay unnoticed by a process; docs/adr/0005.
FRESH_SECONDS = 1.0
_MOST_KEPT = 10_000


class PrincipalDirectory:
    """Resolves bearer tokens. What the database says of a subject is kept for one second."""

    def __init__(self, *, fresh_seconds: float = FRESH_SECONDS) -> None:
        self._fresh_seconds = fresh_seconds
        self._known: dict[Subject, tuple[float, Principal | None]] = {}

    async def principal_of(self, token: str) -> Principal:
        """Return the principal a token stands for.

        Raises: AccessDenied TOKEN_EXPIRED, or UNAUTHENTICATED for a forged token and for a subject that is no more.
        """
        try:
            subject = read_token(token).subject
        except TokenError as error:
            expired = error.code is TokenErrorCode.EXPIRED
            raise AccessDenied(ErrorCode.TOKEN_EXPIRED if expired else ErrorCode.UNAUTHENTICATED, str(error)) from error
        principal = await self._current(subject)
        if principal is None:
            raise AccessDenied(ErrorCode.UNAUTHENTICATED, "The token is not valid.")
        return principal

    async def _current(self, subject: Subject) -> Principal | None:
        now = time.monotonic()
        known = self._known.get(subject)
        if known is not None and now - known[0] < self._fresh_seconds:
            return known[1]
        principal = await sync_to_async(_load_surely)(subject)
        if len(self._known) >= _MOST_KEPT:
            self._known.clear()
        self._known[subject] = (now, principal)
        return principal


def _load_surely(subject: Subject) -> Principal | None:
    """Return what `load_principal` does, over a new connection where the old one died.

    Django replaces dead connections between its own requests, and the graph's are none of those.
    """
    try:
        return load_principal(subject)
    except (OperationalError, InterfaceError):
        connection.close()
        return load_principal(subject)


def load_principal(subject: Subject) -> Principal | None:
    """Return the subject as it is in the database now; None if it is unknown or deactivated."""
    return _partner(subject) if subject.kind is SubjectKind.PARTNER else _user(subject)


def _user(subject: Subject) -> Principal | None:
    user = User.objects.filter(id=subject.id, is_active=True).first()
    if user is None:
        return None
    below = Team.objects.filter(path__contains=[user.team_id]) if user.team_id else Team.objects.none()
    return Principal(
        kind=PrincipalKind.USER,
        user_id=user.id,
        team_ids=tuple(sorted(below.values_list("id", flat=True))),
        roles=frozenset(user.role_assignments.values_list("role", flat=True)),
    )


def _partner(subject: Subject) -> Principal | None:
    client = PartnerClient.objects.filter(id=subject.id, is_active=True).first()
    if client is None:
        return None
    return Principal(
        kind=PrincipalKind.PARTNER,
        partner_id=client.id,
        roles=frozenset(client.roles),
        token_scopes=frozenset(client.token_scopes),
    )
