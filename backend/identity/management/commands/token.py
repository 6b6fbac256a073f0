"""`manage.py token`: a bearer token for one account."""

import argparse
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from backend.audit.actors import command_actor
from backend.audit.canonical import Value
from backend.audit.changes import record_change
from backend.identity.models import PartnerClient, User
from backend.identity.tokens import Subject, SubjectKind, issue_token

_RESOURCES = {SubjectKind.USER: "user", SubjectKind.PARTNER: "partner_client"}


class Command(BaseCommand):
    """Print a bearer token for a user, by login name, or for a partner's client, by name."""

    help = "Print a bearer token for a user, by login name, or for a partner's client, by name."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the account and --days."""
        parser.add_argument("username", help="a user's login name, or a partner client's name")
        parser.add_argument("--days", type=_days, default=30, help="days until the token expires; 30 unless told")

    def handle(self, *_args: Any, username: str, days: int, **_options: Any) -> None:
        """Print the token, alone on its line."""
        subject, lifetime = _subject(username), timedelta(days=days)
        with transaction.atomic():
            _record(subject, lifetime)
            token = issue_token(subject, lifetime=lifetime)
        self.stdout.write(token)


def _subject(name: str) -> Subject:
    user = User.objects.filter(username=name, is_active=True).first()
    if user is not None:
        return Subject(SubjectKind.USER, user.id)
    partner = PartnerClient.objects.filter(name=name, is_active=True).first()
    if partner is not None:
        return Subject(SubjectKind.PARTNER, partner.id)
    raise CommandError(f'There is no active user or partner client named "{name}".')


def _record(subject: Subject, lifetime: timedelta) -> None:
    """Put on record that a token was issued, for whom and until when; never the token."""
    expires = (datetime.now(UTC) + lifetime).replace(microsecond=0).isoformat()
    changes: dict[str, Value] = {"token_expires_at": {"before": None, "after": expires}}
    record_change(command_actor("token").change("issue_token", _RESOURCES[subject.kind], subject.id, changes))


def _days(text: str) -> int:
    if text.isascii() and text.isdigit() and 0 < int(text) <= 3650:
        return int(text)
    raise argparse.ArgumentTypeError("the days are a whole number from 1 to 3650")
