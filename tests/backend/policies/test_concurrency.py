"""People who change the policy at the same moment do not undo each other."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from backend.policies import services
from backend.policies.models import PolicyActivation, PolicyState, PolicyVersion
from backend.policies.problems import PolicyRefused, ProblemCode
from backend.policies.services import DraftChange, Replacement
from schema.columns import gated_columns
from tests.backend.policies.people import OPERATOR, make_admin

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = 6


def at_once(change: Callable[[int], object]) -> list[object]:
    """Make a change from several threads at the same moment; return the results, refusals among them."""
    barrier = Barrier(PEOPLE, timeout=30)

    def one(place: int) -> object:
        try:
            connection.ensure_connection()
            barrier.wait()
            return change(place)
        except PolicyRefused as refused:
            return refused.problems[0].code
        finally:
            connection.close()

    with ThreadPoolExecutor(PEOPLE) as threads:
        return list(threads.map(one, range(PEOPLE)))


def test_first_drafts_made_at_once_share_one_first_version() -> None:
    at_once(lambda place: services.create_draft(DraftChange(f"draft {place}"), based_on=None, actor=OPERATOR))
    numbers = list(PolicyVersion.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, PEOPLE + 2))
    assert PolicyActivation.objects.count() == 1


def test_of_activations_at_once_one_succeeds() -> None:
    make_admin()
    drafts = [services.create_draft(DraftChange("x"), based_on=None, actor=OPERATOR).number for _ in range(PEOPLE)]

    def activate(place: int) -> PolicyVersion:
        return services.activate(drafts[place], Replacement(1, "me", OPERATOR), revision=1, columns=gated_columns)

    results = at_once(activate)
    (winner,) = [each for each in results if isinstance(each, PolicyVersion)]
    assert results.count(ProblemCode.CONFLICT) == PEOPLE - 1
    assert PolicyVersion.objects.get(state=PolicyState.ACTIVE) == winner
    assert PolicyActivation.objects.count() == 2


def test_of_edits_at_once_one_succeeds() -> None:
    number = services.create_draft(DraftChange("x"), based_on=None, actor=OPERATOR).number
    results = at_once(
        lambda place: services.update_draft(number, DraftChange(f"name {place}"), revision=1, actor=OPERATOR)
    )
    (winner,) = [each for each in results if isinstance(each, PolicyVersion)]
    assert results.count(ProblemCode.CONFLICT) == PEOPLE - 1
    assert PolicyVersion.objects.get(number=number).name == winner.name
