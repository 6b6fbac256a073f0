"""What the proof found, each in its smallest form."""

import json
from typing import Any

import pytest

from backend.crm.models import Opportunity, StageChange
from permissions.policy import default_policy
from tests.noninterference.asking import Asker, Request
from tests.noninterference.customers import customers
from tests.noninterference.principals import NAMED
from tests.noninterference.stores import Side


def _data(asker: Asker, document: str) -> Any:
    """Return the director's answer, which both worlds give."""
    asker.become(dict.fromkeys(Side, ()))
    answers = asker.ask(asker.app(default_policy()), NAMED["director"], dict.fromkeys(Side, Request(document)))
    assert answers[Side.A] == answers[Side.B]
    return json.loads(answers[Side.A].removeprefix(b"200 "))


def test_a_part_of_a_deleted_row_is_not_found(asker: Asker) -> None:
    rows = list(customers())
    deleted = {row.pk for row in rows if isinstance(row, Opportunity) and row.deleted_at is not None}
    part = next(row for row in rows if isinstance(row, StageChange) and row.opportunity_id in deleted)
    answer = _data(asker, f'{{ node(id: "StageChange_{part.pk}") {{ id }} }}')
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["NOT_FOUND"]


def test_rows_that_lead_to_a_deleted_row_are_in_one_group_with_those_that_lead_nowhere(asker: Asker) -> None:
    answer = _data(asker, "{ followUpAggregate(groupBy: [{contact: true}]) { groups { key { contact { id } } } } }")
    contacts = [group["key"]["contact"] for group in answer["data"]["followUpAggregate"]["groups"]]
    assert contacts.count(None) == 1


@pytest.mark.parametrize("selection", ["__typename", "maskedCount"])
def test_an_aggregate_of_which_no_groups_are_asked_is_one_object(asker: Asker, selection: str) -> None:
    answer = _data(asker, f"{{ contractAggregate(groupBy: [{{number: true}}]) {{ {selection} }} }}")
    assert answer == {
        "data": {"contractAggregate": {selection: 0 if selection == "maskedCount" else "ContractAggregate"}}
    }


def test_true_and_one_are_two_values(asker: Asker) -> None:
    deals = "customer: {opportunities: {some: {probability: {gte: 1}}}}"
    answer = _data(asker, f"{{ contacts(filter: {{isPrimary: {{eq: true}}, {deals}}}) {{ totalCount }} }}")
    assert "errors" not in answer


def test_a_nested_list_is_ordered_through_the_relation_it_hangs_on(asker: Asker) -> None:
    answer = _data(
        asker, "{ teams { nodes { members(orderBy: [{team: {name: DESC}}, {name: ASC}]) { nodes { name } } } } }"
    )
    names = [[node["name"] for node in team["members"]["nodes"]] for team in answer["data"]["teams"]["nodes"]]
    assert all(each == sorted(each) for each in names)
    assert max(map(len, names)) > 1
