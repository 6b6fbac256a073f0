"""Signed, expiring bearer tokens.

A token is base64url, without padding, of version ‖ kind ‖ subject's UUID ‖ issued ‖ expires ‖ HMAC-SHA256 of all that:
88 characters without a spare bit, so each differing character is a differing token.
"""

import base64
import hmac
import re
import struct
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from django.conf import settings
from django.utils.crypto import salted_hmac

LONGEST_TOKEN = 4096
_SALT = "backend.identity.tokens.v1"
_BODY = struct.Struct(">BB16sqq")
_SIGNATURE_BYTES = 32
_ENCODED = re.compile(rf"[A-Za-z0-9_-]{{{(_BODY.size + _SIGNATURE_BYTES) * 4 // 3}}}")
_VERSION = 1


class SubjectKind(StrEnum):
    """What a token may stand for."""

    USER = "user"
    PARTNER = "partner"


_KIND_CODES = {SubjectKind.USER: 1, SubjectKind.PARTNER: 2}
_KINDS = {code: kind for kind, code in _KIND_CODES.items()}


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom a token stands for: a user or a partner's client, by key."""

    kind: SubjectKind
    id: uuid.UUID


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """What a genuine, unexpired token says. Times are UTC, to the second."""

    subject: Subject
    issued_at: datetime
    expires_at: datetime


class TokenErrorCode(StrEnum):
    """Why a token was refused."""

    EXPIRED = "EXPIRED"
    INVALID = "INVALID"


class TokenError(Exception):
    """A token that proves nothing. The message never holds any of it."""

    def __init__(self, code: TokenErrorCode) -> None:
        sentence = "The token has expired." if code is TokenErrorCode.EXPIRED else "The token is not valid."
        super().__init__(sentence)
        self.code = code


def issue_token(subject: Subject, *, lifetime: timedelta) -> str:
    """Return a token that stands for `subject` until `lifetime` from now has passed."""
    issued = datetime.now(UTC)
    kind = _KIND_CODES[subject.kind]
    times = int(issued.timestamp()), int((issued + lifetime).timestamp())
    body = _BODY.pack(_VERSION, kind, subject.id.bytes, *times)
    return base64.urlsafe_b64encode(body + _signature(body, settings.SECRET_KEY)).decode()


def read_token(token: str) -> TokenClaims:
    """Return what `token` says, once its signature and its time have been checked.

    Raises: TokenError, INVALID or EXPIRED. A forged token is INVALID whatever time it names.
    """
    body, signature = _taken_apart(token)
    # Older keys too, so that a key can be replaced while tokens made under the one before still serve.
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    if not any(hmac.compare_digest(signature, _signature(body, key)) for key in keys):
        raise TokenError(TokenErrorCode.INVALID)
    version, kind, subject, issued, expires = _BODY.unpack(body)
    if version != _VERSION or kind not in _KINDS:
        raise TokenError(TokenErrorCode.INVALID)
    claims = TokenClaims(
        subject=Subject(_KINDS[kind], uuid.UUID(bytes=subject)),
        issued_at=datetime.fromtimestamp(issued, UTC),
        expires_at=datetime.fromtimestamp(expires, UTC),
    )
    if claims.expires_at <= datetime.now(UTC):
        raise TokenError(TokenErrorCode.EXPIRED)
    return claims


def _taken_apart(token: str) -> tuple[bytes, bytes]:
    # The length comes first: what a stranger sends may be of any. Python's decoder skips letters outside the alphabet.
    if len(token) > LONGEST_TOKEN or not _ENCODED.fullmatch(token):
        raise TokenError(TokenErrorCode.INVALID)
    raw = base64.urlsafe_b64decode(token)
    return raw[: _BODY.size], raw[_BODY.size :]


def _signature(body: bytes, key: str | bytes) -> bytes:
    # Django takes text; latin-1 maps each byte to one character.
    return salted_hmac(_SALT, body.decode("latin-1"), secret=key, algorithm="sha256").digest()
