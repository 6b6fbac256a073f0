"""Reveals end, are counted, need a reason, and are put on record, refused ones too."""

import asyncio
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from backend.audit.models import AuditChange
from backend.reveals import clock
from backend.reveals.asking import Ask, Asker
from backend.reveals.models import Alert, RevealAttempt, RevealGrant
from backend.reveals.services import reveal
from permissions.policy import Policy
from permissions.revealing import RevealSettings
from tests.schema.reveals.desk import MASKED_MOBILE, MOBILE, Desks, policy_with, reveal_text

pytestmark = pytest.mark.django_db

At = Callable[[datetime], None]
QUOTA_OF_5 = ("daily_quota = 30", "daily_quota = 5")


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> At:
    """Return a function that sets the clock by which reveals are given."""
    return lambda moment: monkeypatch.setattr(clock, "now", lambda: moment)


def test_a_reveal_ends_when_its_minutes_have_passed(desks: Desks, at: At) -> None:
    desks.give(me="support")
    row, now = desks.world.id("Contact", "own"), clock.now()
    at(now - timedelta(minutes=14))
    assert desks.reveal("me", row, "mobile")["node"]["mobile"] == MOBILE
    desks.commit(lambda: RevealGrant.objects.all().delete())

    at(now - timedelta(minutes=15, seconds=1))
    payload = desks.reveal("me", row, "mobile")
    assert payload["userErrors"] == []
    assert datetime.fromisoformat(payload["expiresAt"]) == now - timedelta(seconds=1)
    assert payload["node"]["mobile"] == MASKED_MOBILE
    assert desks.read("me", row)["mobile"] == MASKED_MOBILE


@pytest.mark.parametrize(
    ("reason", "code"),
    [("", "REASON_REQUIRED"), (" \n\u3000", "REASON_REQUIRED"), ("x" * 501, "TOO_LONG"), ("a\0b", "INVALID_TEXT")],
)
def test_a_reveal_needs_a_reason(desks: Desks, reason: str, code: str) -> None:
    desks.give(me="support")
    row = desks.world.id("Contact", "own")

    payload = desks.reveal("me", row, "mobile", reason=reason)
    assert [(each["code"], each["path"]) for each in payload["userErrors"]] == [(code, ["reason"])]
    assert payload["remainingToday"] == 30
    assert RevealGrant.objects.count() == 0
    assert desks.read("me", row)["mobile"] == MASKED_MOBILE
    assert RevealAttempt.objects.get().code == code
    assert AuditChange.objects.get().changes["code"]["after"] == code


def test_the_longest_reason_is_long_enough(desks: Desks) -> None:
    desks.give(me="support")
    assert desks.code("me", desks.world.id("Contact", "own"), "mobile", reason="因" * 500) == "DONE"


@pytest.mark.parametrize(("count", "code"), [(0, "FIELDS_REQUIRED"), (21, "TOO_MANY_FIELDS")])
def test_fields_are_named_and_few(desks: Desks, count: int, code: str) -> None:
    desks.give(me="support")
    assert desks.code("me", desks.world.id("Contact", "own"), *["mobile"] * count) == code


def test_one_field_that_may_not_be_revealed_keeps_all_from_it(desks: Desks) -> None:
    desks.give(me="sales_manager")
    row = desks.world.id("Contact", "own")
    payload = desks.reveal("me", row, "idNumber", "mobile", "nothing")

    told = [(each["code"], each["path"]) for each in payload["userErrors"]]
    assert told == [("NOT_MASKED", ["fields", "1"]), ("UNKNOWN_FIELD", ["fields", "2"])]
    assert RevealGrant.objects.count() == 0


def test_what_is_no_id_is_told_so(desks: Desks) -> None:
    desks.give(me="support")
    for text in ("", "Contact", "Spaceship_01890000-0000-7000-8000-000000000001"):
        answer = desks.ask("me", reveal_text(), input={"id": text, "fields": ["mobile"], "reason": "r"})
        assert answer.codes == ["INVALID_ID"]


def test_a_row_counts_once_a_day(desks: Desks) -> None:
    desks.give(me="sales_manager")
    contacts = desks.world.ids["Contact"]
    payloads = [
        desks.reveal("me", contacts[name], field)
        for name, field in (
            ("teammate", "mobile"),
            ("teammate", "idNumber"),
            ("teammate", "mobile"),
            ("own", "birthday"),
        )
    ]
    assert [each["remainingToday"] for each in payloads] == [29, 29, 29, 28]


def test_the_quota_is_a_number_of_rows_and_a_new_day_brings_a_new_one(
    desks_under: Callable[[Policy], Desks], at: At
) -> None:
    desks = desks_under(policy_with(QUOTA_OF_5))
    desks.give(me="director")
    rows = list(desks.world.ids["Contact"].values())
    # 23:59 of a day in Shanghai.
    at(datetime.fromisoformat("2026-05-01T15:59:00+00:00"))
    assert [desks.code("me", row, "idNumber") for row in rows[:6]] == ["DONE"] * 5 + ["QUOTA_EXCEEDED"]
    assert desks.code("me", rows[0], "birthday") == "DONE"
    assert desks.reveal("me", rows[6], "idNumber")["remainingToday"] == 0
    at(datetime.fromisoformat("2026-05-01T16:00:00+00:00"))
    assert desks.reveal("me", rows[5], "idNumber")["remainingToday"] == 4


def test_twenty_at_once_do_not_pass_the_quota_over_http(desks_under: Callable[[Policy], Desks]) -> None:
    desks = desks_under(policy_with(QUOTA_OF_5))
    desks.give(me="director")
    rows = [*desks.world.ids["Contact"].values()] * 3

    async def all_at_once() -> list[bool]:
        given = [{"id": row, "fields": ["idNumber"], "reason": "r"} for row in rows[:20]]
        answers = await asyncio.gather(*(desks.send("me", reveal_text(), input=each) for each in given))
        return [not each.data["reveal"]["userErrors"] for each in answers]

    desks.runner.run(all_at_once())
    assert len(set(RevealGrant.objects.values_list("row_id", flat=True))) == 5
    assert RevealAttempt.objects.count() == 20


def test_twenty_at_once_do_not_pass_the_quota_on_their_own_connections(desks: Desks) -> None:
    asker = Asker(desks.world.people["me"].pk)
    settings = RevealSettings(daily_quota=7)

    def one(_: int) -> str:
        try:
            outcome = reveal(asker, Ask("contact", uuid.uuid4(), ("mobile",), "r"), settings)
        finally:
            connection.close()
        return outcome.problems[0].code if outcome.problems else "DONE"

    with ThreadPoolExecutor(20) as threads:
        codes = list(threads.map(one, range(20)))
    assert sorted(codes) == ["DONE"] * 7 + ["QUOTA_EXCEEDED"] * 13
    assert RevealGrant.objects.count() == 7
    assert RevealAttempt.objects.filter(code="QUOTA_EXCEEDED").count() == 13


def test_a_quota_of_nothing_lets_nobody_reveal(desks_under: Callable[[Policy], Desks]) -> None:
    desks = desks_under(policy_with(("daily_quota = 30", "daily_quota = 0")))
    desks.give(me="support")
    assert desks.code("me", desks.world.id("Contact", "own"), "mobile") == "QUOTA_EXCEEDED"


def test_an_idempotency_key_is_answered_again(desks: Desks, at: At) -> None:
    desks.give(me="support")
    row, now = desks.world.id("Contact", "own"), clock.now()
    at(now - timedelta(minutes=5))
    first = desks.reveal("me", row, "mobile", key="k")
    at(now)
    assert desks.reveal("me", row, "mobile", key="k") == first
    assert RevealGrant.objects.count() == 1
    assert RevealAttempt.objects.count() == 2
    assert desks.code("me", row, "phone", key="k") == "KEY_REUSED"
    assert desks.code("me", row, "mobile", key="x" * 201) == "TOO_LONG"
    at(now + timedelta(days=7))
    assert desks.reveal("me", row, "phone", key="k")["userErrors"] == []


def test_every_call_is_on_record_with_its_reason_and_without_a_value(desks: Desks) -> None:
    desks.give(me="sales_manager")
    rows = desks.world.ids["Contact"]
    desks.reveal("me", rows["teammate"], "mobile", reason="to call back")
    desks.reveal("me", rows["other_team"], "mobile", reason="to look")

    changes = list(AuditChange.objects.order_by("at"))
    me = desks.world.people["me"].pk
    for change, name, code in zip(changes, ("teammate", "other_team"), ("DONE", "NOT_FOUND"), strict=True):
        assert (change.action, change.resource, change.principal_id) == ("reveal", "contact", me)
        assert change.row_id == desks.world.key("Contact", name)
        assert (change.client, change.request_id, change.roles) == ("a test", "request-1", ["sales_manager"])
        assert change.changes["code"] == {"before": None, "after": code}
        assert change.changes["fields"] == {"before": None, "after": ["mobile"]}
        assert MOBILE not in str(change.changes)
    assert [each.changes["reason"]["after"] for each in changes] == ["to call back", "to look"]
    assert list(RevealAttempt.objects.order_by("created_at").values_list("code", flat=True)) == ["DONE", "NOT_FOUND"]


def test_attempts_are_never_changed(desks: Desks) -> None:
    desks.give(me="support")
    desks.reveal("me", desks.world.id("Contact", "own"), "mobile")
    for write in (RevealAttempt.objects.all().delete, lambda: RevealAttempt.objects.update(code="x")):
        with pytest.raises(IntegrityError), transaction.atomic():
            write()
    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.all().delete()


def test_what_is_read_afterwards_is_on_record_as_clear(desks: Desks) -> None:
    desks.give(me="support")
    row, key = desks.world.id("Contact", "own"), desks.world.key("Contact", "own")
    start = len(desks.clear_reads())
    desks.read("me", row)
    assert len(desks.clear_reads()) == start
    desks.reveal("me", row, "mobile")
    desks.read("me", row)

    me = desks.world.people["me"].pk
    assert desks.clear_reads()[start:] == [
        {"operation": "", "who": me, "fields": ["mobile"], "rows": [key]},
        {"operation": "", "who": me, "fields": ["mobile"], "rows": [key]},
    ]


def test_unusual_volume_is_told_to_managers_above_and_auditors(desks_under: Callable[[Policy], Desks], at: At) -> None:
    desks = desks_under(policy_with(("alert_count = 20", "alert_count = 3")))
    desks.give(me="sales_manager", mate="auditor", stranger="sales_manager", junior="support")
    rows = [desks.world.id("Contact", name) for name in ("own", "sub_team", "collaborator", "signed")]
    now = clock.now()
    alerts = "{ viewer { alerts { kind rows minutes about { name } } } }"

    for minutes, row in zip((30, 9, 5), rows[:3], strict=True):
        at(now - timedelta(minutes=minutes))
        assert desks.code("junior", row, "mobile") == "DONE"
    assert Alert.objects.count() == 0
    at(now - timedelta(minutes=1))
    desks.reveal("junior", rows[2], "phone")
    assert Alert.objects.count() == 0
    desks.reveal("junior", rows[3], "mobile")
    desks.reveal("junior", rows[0], "mobile")

    told = [{"kind": "REVEAL_VOLUME", "rows": 3, "minutes": 10, "about": {"name": "junior"}}]
    for person in ("me", "mate"):
        assert desks.ask(person, alerts).data["viewer"]["alerts"] == told
    assert desks.ask("stranger", alerts).data["viewer"]["alerts"] == []
    assert desks.ask("junior", alerts).codes == ["GRAPHQL_VALIDATION_FAILED"]
    desks.give(me="director")
    assert desks.ask("me", alerts).codes == ["GRAPHQL_VALIDATION_FAILED"]


def test_nobody_is_told_about_themselves(desks_under: Callable[[Policy], Desks]) -> None:
    desks = desks_under(policy_with(("alert_count = 20", "alert_count = 1")))
    desks.give(me="sales_manager", mate="sales", stranger="sales", junior="auditor")
    desks.reveal("me", desks.world.id("Contact", "teammate"), "mobile")
    assert Alert.objects.get().recipients == [desks.world.people["junior"].pk]
