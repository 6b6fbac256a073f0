"""A reveal that takes a second person: asked for, decided once, in time, by somebody else who may."""

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from backend.audit.models import AuditChange
from backend.reveals import clock
from backend.reveals.asking import Asker
from backend.reveals.models import RevealAttempt, RevealGrant, RevealRequest
from backend.reveals.recording import Step
from backend.reveals.requests import Decision, decide
from permissions.policy import Policy
from permissions.revealing import RevealSettings
from tests.schema.reveals.desk import APPROVAL, ID_NUMBER, MASKED_ID_NUMBER, WITH_IDENTITY, Desks, policy_with
from tests.schema.reveals.test_limits import At, at

pytestmark = pytest.mark.django_db
__all__ = ["at"]

MAKE = Callable[[Policy], Desks]
LIST = "{ revealRequests { id state fields reason requester { name } node { id } } }"


@pytest.fixture
def desks(desks_under: MAKE) -> Desks:
    """Return desks at which identity takes a second person: mate and stranger are directors, too."""
    made = desks_under(policy_with(APPROVAL))
    made.give(me="director", mate="director", stranger="director", junior="sales_manager")
    return made


def asked(desks: Desks, name: str = "own", *fields: str) -> Any:
    """Ask for a contact's identity number as me, and return the request."""
    wish = {"id": desks.world.id("Contact", name), "fields": list(fields or ["idNumber"]), "reason": "a contract"}
    payload = desks.call("me", "revealRequest", **wish)
    assert payload["userErrors"] == []
    return payload["request"]


def refused(desks: Desks, person: str, mutation: str, **given: Any) -> str:
    """Send a mutation that is refused, and return the code."""
    payload = desks.call(person, mutation, **given)
    assert (payload["request"], payload["expiresAt"]) == (None, None)
    (error,) = payload["userErrors"]
    return str(error["code"])


def listed(desks: Desks, person: str) -> list[Any]:
    """Return the requests somebody is shown."""
    found: list[Any] = desks.ask(person, LIST).data["revealRequests"]
    return found


def test_without_approval_nothing_is_revealed(desks: Desks) -> None:
    row = desks.world.id("Contact", "own")
    assert desks.code("me", row, "idNumber") == "APPROVAL_REQUIRED"
    request = asked(desks)
    assert (request["state"], request["fields"], request["requester"]) == ("PENDING", ["idNumber"], {"name": "me"})
    assert desks.code("me", row, "idNumber") == "APPROVAL_REQUIRED"
    assert desks.read("me", row, WITH_IDENTITY)["idNumber"] == MASKED_ID_NUMBER


def test_an_approval_lets_whoever_asked_read_it_and_nobody_else(desks: Desks) -> None:
    row, request = desks.world.id("Contact", "own"), asked(desks)
    payload = desks.call("mate", "revealApprove", id=request["id"], note="go on")

    assert payload["userErrors"] == []
    assert payload["expiresAt"]
    assert payload["request"]["state"] == "APPROVED"
    assert (payload["request"]["decidedBy"], payload["request"]["note"]) == ({"name": "mate"}, "go on")
    assert desks.read("me", row, WITH_IDENTITY)["idNumber"] == ID_NUMBER
    for other in ("mate", "stranger"):
        assert desks.read(other, row, WITH_IDENTITY)["idNumber"] == MASKED_ID_NUMBER
    assert desks.read("me", row, WITH_IDENTITY)["birthday"] is None


def test_an_approval_may_be_used_again_until_the_request_expires(desks: Desks, at: At) -> None:
    row, now = desks.world.id("Contact", "own"), clock.now()
    at(now - timedelta(hours=23))
    desks.call("mate", "revealApprove", id=asked(desks)["id"])
    at(now)
    assert desks.read("me", row, WITH_IDENTITY)["idNumber"] == MASKED_ID_NUMBER
    assert desks.code("me", row, "birthday") == "APPROVAL_REQUIRED"
    assert desks.code("mate", row, "idNumber") == "APPROVAL_REQUIRED"
    assert desks.reveal("me", row, "idNumber", select=WITH_IDENTITY)["node"]["idNumber"] == ID_NUMBER
    at(now + timedelta(hours=1))
    assert desks.code("me", row, "idNumber") == "APPROVAL_REQUIRED"


def test_a_rejected_request_reveals_nothing(desks: Desks) -> None:
    row, request = desks.world.id("Contact", "own"), asked(desks)
    payload = desks.call("mate", "revealReject", id=request["id"], note="no")
    assert (payload["request"]["state"], payload["expiresAt"]) == ("REJECTED", None)
    assert desks.code("me", row, "idNumber") == "APPROVAL_REQUIRED"
    assert RevealGrant.objects.count() == 0


@pytest.mark.parametrize("mutation", ["revealApprove", "revealReject"])
def test_nobody_decides_their_own_request(desks: Desks, mutation: str) -> None:
    assert refused(desks, "me", mutation, id=asked(desks)["id"]) == "OWN_REQUEST"
    assert RevealRequest.objects.get().state == "pending"
    assert RevealGrant.objects.count() == 0


@pytest.mark.parametrize("first", ["revealApprove", "revealReject"])
@pytest.mark.parametrize("second", ["revealApprove", "revealReject"])
def test_a_request_is_decided_once(desks: Desks, first: str, second: str) -> None:
    request = asked(desks)
    assert desks.call("mate", first, id=request["id"])["userErrors"] == []
    assert refused(desks, "stranger", second, id=request["id"]) == "ALREADY_DECIDED"
    assert RevealGrant.objects.count() == (first == "revealApprove")


@pytest.mark.parametrize("mutation", ["revealApprove", "revealReject"])
def test_an_expired_request_is_not_decided(desks: Desks, at: At, mutation: str) -> None:
    now = clock.now()
    at(now - timedelta(hours=24))
    request = asked(desks)
    at(now)
    assert refused(desks, "mate", mutation, id=request["id"]) == "EXPIRED"
    assert listed(desks, "mate") == []
    assert [each["id"] for each in listed(desks, "me")] == [request["id"]]


def test_whoever_does_not_see_the_row_meets_no_request(desks: Desks) -> None:
    # Of the row of another team, junior's manager's view knows nothing.
    request = asked(desks, "other_team")
    missing = f"RevealRequest_{uuid.uuid4()}"
    assert listed(desks, "junior") == []
    for mutation in ("revealApprove", "revealReject"):
        answers = [desks.call("junior", mutation, id=each) for each in (request["id"], missing)]
        assert answers[0] == answers[1]
        assert answers[0]["userErrors"] == [{"code": "NOT_FOUND", "path": ["id"]}]
    assert RevealRequest.objects.get().state == "pending"


def test_whoever_may_not_approve_on_the_row_meets_no_request(desks: Desks) -> None:
    desks.give(junior="support")
    request = asked(desks, "own")
    assert listed(desks, "junior") == []
    assert refused(desks, "junior", "revealApprove", id=request["id"]) == "NOT_FOUND"


def test_requests_are_shown_to_who_made_them_and_who_may_decide(desks: Desks) -> None:
    desks.give(junior="sales")
    request = asked(desks)
    told = [
        {key: request[key] for key in ("id", "state", "fields", "reason", "requester")}
        | {"node": {"id": desks.world.id("Contact", "own")}}
    ]
    assert listed(desks, "me") == listed(desks, "mate") == listed(desks, "stranger") == told
    assert desks.ask("junior", LIST).codes == ["GRAPHQL_VALIDATION_FAILED"]
    desks.call("mate", "revealApprove", id=request["id"])
    assert listed(desks, "stranger") == []
    assert [each["state"] for each in listed(desks, "me")] == ["APPROVED"]
    for first in (0, 201):
        assert desks.ask("me", f"{{ revealRequests(first: {first}) {{ id }} }}").codes == ["INVALID_PAGE"]


def test_asking_twice_is_one_request(desks: Desks) -> None:
    assert asked(desks)["id"] == asked(desks)["id"] != asked(desks, "own", "birthday")["id"]
    assert RevealRequest.objects.count() == 2


def test_what_needs_no_approval_is_not_asked_for(desks: Desks) -> None:
    desks.give(me="sales_manager")
    wish = {"id": desks.world.id("Contact", "teammate"), "reason": "r"}
    assert refused(desks, "me", "revealRequest", fields=["mobile"], **wish) == "APPROVAL_NOT_NEEDED"
    assert refused(desks, "me", "revealRequest", fields=["nothing"], **wish) == "UNKNOWN_FIELD"
    assert refused(desks, "me", "revealRequest", fields=["mobile"], **wish | {"reason": ""}) == "REASON_REQUIRED"
    assert RevealRequest.objects.count() == 0


def test_the_quota_counts_what_was_approved(desks_under: MAKE) -> None:
    desks = desks_under(policy_with(APPROVAL, ("daily_quota = 30", "daily_quota = 2")))
    desks.give(me="director", mate="director")
    ids = [asked(desks, name)["id"] for name in ("own", "pool")]
    wish = {"id": desks.world.id("Contact", "shared"), "fields": ["idNumber"], "reason": "r"}
    assert refused(desks, "me", "revealRequest", **wish) == "QUOTA_EXCEEDED"
    desks.call("mate", "revealApprove", id=ids[0])
    ids.append(asked(desks, "shared")["id"])
    desks.call("mate", "revealApprove", id=ids[1])
    assert refused(desks, "mate", "revealApprove", id=ids[2]) == "QUOTA_EXCEEDED"
    assert RevealGrant.objects.count() == 2


def test_many_at_once_decide_once(desks: Desks) -> None:
    key = uuid.UUID(asked(desks)["id"].rpartition("_")[2])
    asker = Asker(desks.world.people["mate"].pk)

    def one(number: int) -> bool:
        step = Step.APPROVE if number % 2 else Step.REJECT
        try:
            return not decide(asker, Decision(key, step, "", may_decide=True), RevealSettings()).problems
        finally:
            connection.close()

    with ThreadPoolExecutor(10) as threads:
        assert sum(threads.map(one, range(10))) == 1
    assert RevealAttempt.objects.filter(code="ALREADY_DECIDED").count() == 9


def test_decisions_are_on_record(desks: Desks) -> None:
    request = asked(desks)
    refused(desks, "me", "revealApprove", id=request["id"])
    desks.call("mate", "revealApprove", id=request["id"], note="fine")

    steps = [
        (each.changes["step"]["after"], each.changes["code"]["after"], each.principal_id)
        for each in AuditChange.objects.order_by("at")
    ]
    me, mate = (desks.world.people[name].pk for name in ("me", "mate"))
    assert steps == [("request", "DONE", me), ("approve", "OWN_REQUEST", me), ("approve", "DONE", mate)]
    assert {each.row_id for each in AuditChange.objects.all()} == {desks.world.key("Contact", "own")}
