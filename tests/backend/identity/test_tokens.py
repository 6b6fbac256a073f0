"""Bearer tokens prove whom they stand for, until they expire, and nothing else does."""

import base64
import hashlib
import hmac
import string
import time
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from pytest_django.fixtures import Settings

from backend.identity import tokens
from backend.identity.tokens import Subject, SubjectKind, TokenError, TokenErrorCode, issue_token, read_token

ALICE = Subject(SubjectKind.USER, uuid.UUID("01890000-0000-7000-8000-000000000001"))
HOUR = timedelta(hours=1)


def refusal(token: str) -> TokenErrorCode:
    """Return the code `token` is refused with, and fail when it is not, or when the message repeats it."""
    with pytest.raises(TokenError) as caught:
        read_token(token)
    assert token == "" or token[:12] not in str(caught.value)
    assert caught.value.__cause__ is None
    return caught.value.code


@pytest.mark.parametrize("kind", SubjectKind)
def test_a_token_says_whom_it_stands_for_and_until_when(kind: SubjectKind) -> None:
    subject = Subject(kind, uuid.uuid4())
    before = datetime.now(UTC).replace(microsecond=0)
    claims = read_token(issue_token(subject, lifetime=HOUR))
    assert claims.subject == subject
    assert before <= claims.issued_at <= datetime.now(UTC)
    assert claims.expires_at - claims.issued_at == HOUR


def test_a_token_is_compact_and_safe_in_a_url() -> None:
    token = issue_token(ALICE, lifetime=HOUR)
    assert len(token) < 100
    assert set(token) <= set(string.ascii_letters + string.digits + "-_")


def test_an_expired_token_is_refused_as_expired() -> None:
    assert refusal(issue_token(ALICE, lifetime=-timedelta(seconds=1))) is TokenErrorCode.EXPIRED
    assert refusal(issue_token(ALICE, lifetime=timedelta())) is TokenErrorCode.EXPIRED


def test_a_token_changed_at_any_character_is_refused() -> None:
    token = issue_token(ALICE, lifetime=HOUR)
    for place, character in enumerate(token):
        for other in {"A", "B", "-", "_", "+", "/", "=", "é", " "} - {character}:
            assert refusal(token[:place] + other + token[place + 1 :]) is TokenErrorCode.INVALID


def test_a_token_lengthened_or_cut_is_refused() -> None:
    token = issue_token(ALICE, lifetime=HOUR)
    for changed in (token[:-1], token + "A", token + "=", token + "\n", " " + token, token[1:], ""):
        assert refusal(changed) is TokenErrorCode.INVALID


def test_an_expired_forgery_is_invalid_not_expired() -> None:
    token = issue_token(ALICE, lifetime=-HOUR)
    assert refusal(token[:-1] + ("A" if token[-1] != "A" else "B")) is TokenErrorCode.INVALID


def test_a_token_made_with_another_key_is_refused(settings: Settings) -> None:
    token = issue_token(ALICE, lifetime=HOUR)
    settings.SECRET_KEY = "another key, which made nothing yet"
    assert refusal(token) is TokenErrorCode.INVALID


def test_a_token_made_with_the_key_before_still_serves(settings: Settings) -> None:
    token = issue_token(ALICE, lifetime=HOUR)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "the next key, which made nothing yet"
    assert read_token(token).subject == ALICE


@pytest.mark.parametrize(("version", "kind"), [(2, 1), (0, 1), (1, 0), (1, 3), (1, 255)])
def test_an_unknown_version_or_kind_is_refused_even_when_signed(settings: Settings, version: int, kind: int) -> None:
    now = int(time.time())
    body = tokens._BODY.pack(version, kind, ALICE.id.bytes, now, now + 60)
    signature = tokens._signature(body, settings.SECRET_KEY)
    assert refusal(base64.urlsafe_b64encode(body + signature).decode()) is TokenErrorCode.INVALID


def test_a_bare_digest_under_the_secret_key_is_no_signature(settings: Settings) -> None:
    now = int(time.time())
    body = tokens._BODY.pack(1, 1, ALICE.id.bytes, now, now + 60)
    bare = hmac.new(settings.SECRET_KEY.encode(), body, hashlib.sha256).digest()
    assert refusal(base64.urlsafe_b64encode(body + bare).decode()) is TokenErrorCode.INVALID


def test_a_huge_token_is_refused_before_any_work(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_work(*_: object) -> bytes:
        raise AssertionError("a signature was computed")

    monkeypatch.setattr(tokens, "_signature", no_work)
    assert refusal("A" * 5_000_000) is TokenErrorCode.INVALID


def test_user_and_partner_tokens_of_one_key_differ() -> None:
    partner = Subject(SubjectKind.PARTNER, ALICE.id)
    assert (
        read_token(issue_token(partner, lifetime=HOUR)).subject != read_token(issue_token(ALICE, lifetime=HOUR)).subject
    )
