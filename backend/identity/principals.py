"""From a credential to a principal: who the token stands for, as they are now."""

import asyncio
import time
from datetime import UTC, datetime

from asgiref.sync import sync_to_async
from django.contrib.postgres.expressions import ArraySubquery
from django.db import InterfaceError, OperationalError, connection
from django.db.models import Func, OuterRef

from backend.identity.models import PartnerClient, RoleAssignment, Team, User
from backend.identity.tokens import Subject, SubjectKind, TokenClaims, TokenError, TokenErrorCode, read_token
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
        self._loading: dict[Subject, asyncio.Task[Principal | None]] = {}
        self._claims: dict[str, TokenClaims] = {}

    async def principal_of(self, token: str) -> Principal:
        """Return the principal a token stands for.

        Raises: AccessDenied TOKEN_EXPIRED, or UNAUTHENTICATED for a forged token and for a subject that is no more.
        """
        try:
            subject = self._subject(token)
        except TokenError as error:
            expired = error.code is TokenErrorCode.EXPIRED
            raise AccessDenied(ErrorCode.TOKEN_EXPIRED if expired else ErrorCode.UNAUTHENTICATED, str(error)) from error
        principal = await self._current(subject)
        if principal is None:
            raise AccessDenied(ErrorCode.UNAUTHENTICATED, "The token is not valid.")
        return principal

    def _subject(self, token: str) -> Subject:
        """A genuine token stays genuine until it expires: its signature is checked once."""
        claims = self._claims.get(token)
        if claims is None or claims.expires_at <= datetime.now(UTC):
            claims = read_token(token)
            if len(self._claims) >= _MOST_KEPT:
                self._claims.clear()
            self._claims[token] = claims
        return claims.subject

    async def _current(self, subject: Subject) -> Principal | None:
        known = self._known.get(subject)
        if known is not None and time.monotonic() - known[0] < self._fresh_seconds:
            return known[1]
        # One look-up serves all who wait for it. It is nobody's own, so whoever gives up waiting does not stop it.
        loading = self._loading.get(subject)
        if loading is None:
            loading = self._loading[subject] = asyncio.create_task(self._load(subject))
        return await asyncio.shield(loading)

    async def _load(self, subject: Subject) -> Principal | None:
        try:
            asked = time.monotonic()
            principal = await sync_to_async(_load_surely)(subject)
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            self._known[subject] = (asked, principal)
            return principal
        finally:
            del self._loading[subject]


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
    roles = RoleAssignment.objects.filter(user=OuterRef("pk")).values("role")
    below = Team.objects.filter(
        path__contains=Func(OuterRef("team"), function="ARRAY", template="ARRAY[%(expressions)s]")
    )
    user = (
        User.objects.filter(id=subject.id, is_active=True)
        .annotate(role_names=ArraySubquery(roles), team_ids=ArraySubquery(below.values("id")))
        .values("id", "role_names", "team_ids")
        .first()
    )
    if user is None:
        return None
    return Principal(
        kind=PrincipalKind.USER,
        user_id=user["id"],
        team_ids=tuple(sorted(user["team_ids"])),
        roles=frozenset(user["role_names"]),
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
