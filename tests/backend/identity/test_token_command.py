"""`manage.py token` prints one token, for an account that may use it."""

from datetime import datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from backend.audit.models import AuditChange
from backend.identity.models import PartnerClient, User
from backend.identity.tokens import Subject, SubjectKind, read_token

pytestmark = pytest.mark.django_db


def printed(*arguments: str) -> str:
    """Return what the command prints."""
    out = StringIO()
    call_command("token", *arguments, stdout=out)
    return out.getvalue()


def test_a_person_gets_a_token_for_the_days_asked_for() -> None:
    user = User.objects.create(username="sales", name="陈思远")
    claims = read_token(printed("sales", "--days", "7").removesuffix("\n"))
    assert claims.subject == Subject(SubjectKind.USER, user.id)
    assert claims.expires_at - claims.issued_at == timedelta(days=7)


def test_a_partners_client_gets_one_by_name() -> None:
    client = PartnerClient.objects.create(name="合作方甲")
    claims = read_token(printed("合作方甲").removesuffix("\n"))
    assert claims.subject == Subject(SubjectKind.PARTNER, client.id)


@pytest.mark.parametrize("name", ["left", "closed", "nobody", ""])
def test_an_account_that_is_closed_or_was_never_there_gets_none(name: str) -> None:
    User.objects.create(username="left", name="离职", is_active=False)
    PartnerClient.objects.create(name="closed", is_active=False)
    with pytest.raises(CommandError, match=f'^There is no active user or partner client named "{name}"\\.$'):
        printed(name)


@pytest.mark.parametrize("days", ["0", "-1", "3651", "soon"])
def test_senseless_days_are_refused(days: str) -> None:
    User.objects.create(username="sales", name="陈思远")
    with pytest.raises(CommandError, match="the days are a whole number from 1 to 3650"):
        printed("sales", f"--days={days}")


def test_issuing_is_on_record_without_the_token() -> None:
    user = User.objects.create(username="sales", name="陈思远")
    token = printed("sales", "--days", "7").strip()
    (change,) = AuditChange.objects.all()
    assert (change.principal_kind, change.action, change.resource) == ("command", "issue_token", "user")
    assert change.row_id == user.id
    assert change.client.startswith("the command token, by ")
    claimed = read_token(token).expires_at
    stated = datetime.fromisoformat(change.changes["token_expires_at"]["after"])
    assert abs(claimed - stated) <= timedelta(seconds=1)
    assert token not in str(change.__dict__)


def test_a_refusal_issues_nothing_and_records_nothing() -> None:
    with pytest.raises(CommandError):
        printed("nobody")
    assert not AuditChange.objects.exists()
