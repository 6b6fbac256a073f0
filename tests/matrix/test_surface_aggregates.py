"""Every role × noun × category, aggregated: a value that is not clear is in no sum, no group and no order of groups."""

from typing import Any

import pytest

from tests.matrix.api import Api
from tests.matrix.cases import CASES, OWN_NAMES, RESOURCES, SHOWN, Case, gated_fields
from tests.matrix.documents import aggregating, counting, numbered
from tests.matrix.expecting import Sees
from tests.matrix.offers import aggregate_of, functions_of, is_group_key, is_number, lookups_of
from tests.matrix.questions import questions

pytestmark = pytest.mark.django_db

AGGREGATED = [case for case in SHOWN if any(functions_of(case.noun, field) for field in case.shown)]
COUNTED = [
    case for case in SHOWN if aggregate_of(case.noun) and any(lookups_of(case.noun, field) for field in case.shown)
]


def _functions(case: Case) -> dict[str, tuple[str, ...]]:
    offered = {field: functions_of(case.noun, field) for field in case.shown}
    return {field: names for field, names in offered.items() if names}


def _groups(asked: Api, case: Case, arguments: str, functions: dict[str, tuple[str, ...]], key: str = "") -> Any:
    """Return the groups; nobody is in none, for no key is gated."""
    answer = asked.data(case.who, aggregating(case.noun, arguments, functions, key))["groups"]
    assert answer["maskedCount"] == 0
    return answer["groups"]


@pytest.mark.parametrize("case", AGGREGATED, ids=str)
def test_an_aggregate_leaves_out_what_is_not_clear_and_says_how_much(asked: Api, sees: Sees, case: Case) -> None:
    expected, functions = sees(case.who, case.noun), _functions(case)
    [group] = _groups(asked, case, "", functions)

    assert group.pop("count") == len(expected.rows)
    assert group == {field: expected.aggregated(field, names, expected.rows) for field, names in functions.items()}


@pytest.mark.parametrize("case", COUNTED, ids=str)
def test_an_aggregate_counts_the_rows_a_filter_finds(asked: Api, sees: Sees, case: Case) -> None:
    expected = sees(case.who, case.noun)
    for field in (field for field in case.shown if lookups_of(case.noun, field)):
        lookups = [each for each in lookups_of(case.noun, field) if each in {"in", "isNull"}]
        posed = list(questions(field, lookups, expected.values(field)))
        data = asked.data(case.who, counting(case.noun, len(posed)), numbered([each.filter for each in posed]))
        counted = [data[f"a{number}"]["groups"][0]["count"] for number in range(len(posed))]

        assert counted == [len(expected.found(field, each.holds)) for each in posed], field


@pytest.mark.parametrize("case", AGGREGATED, ids=str)
def test_a_group_of_one_row_says_no_more_than_the_row(asked: Api, sees: Sees, case: Case) -> None:
    expected, functions, key = sees(case.who, case.noun), _functions(case), OWN_NAMES[case.noun]
    groups = _groups(asked, case, f"groupBy: [{{{key}: true}}]", functions, key)

    assert {group.pop("key")[key]: group for group in groups} == {
        getattr(row, key): {"count": 1}
        | {field: expected.aggregated(field, names, [row]) for field, names in functions.items()}
        for row in expected.rows
    }


@pytest.mark.parametrize("case", AGGREGATED, ids=str)
def test_groups_are_chosen_and_ordered_by_what_is_clear(asked: Api, sees: Sees, case: Case) -> None:
    expected, key = sees(case.who, case.noun), OWN_NAMES[case.noun]
    every = sorted(getattr(row, key) for row in expected.rows)
    for field in (field for field in case.shown if is_number(case.noun, field)):
        values = {getattr(row, key): expected.value(field, row) for row in expected.clear_rows(field)}
        known = {name: value for name, value in values.items() if value is not None}
        lowest = f'{{max: {{gte: "{expected.values(field)[0]}"}}}}'
        by_name = f"groupBy: [{{{key}: true}}]"
        chosen = _groups(asked, case, f"{by_name}, having: {{{field}: {lowest}}}", {}, key)
        ordered = _groups(asked, case, f"{by_name}, orderBy: [{{{field}: {{max: DESC}}}}]", {}, key)

        assert [group["key"][key] for group in chosen] == sorted(known)
        by_value = sorted(every, key=lambda name: (name not in known, -known.get(name, 0)))
        assert [group["key"][key] for group in ordered] == by_value


@pytest.mark.parametrize("noun", RESOURCES)
def test_nothing_gated_can_be_grouped_by(noun: str) -> None:
    # Once something can, what is masked must form no group of its own: that belongs into this matrix then.
    assert [field for field in gated_fields(noun) if is_group_key(noun, field)] == []


@pytest.mark.parametrize("case", [case for case in CASES if aggregate_of(case.noun)], ids=str)
def test_nobodys_groups_have_a_gated_key(asked: Api, case: Case) -> None:
    by = f'by: __type(name: "{case.noun}GroupBy") {{ inputFields {{ name }} }}'
    key = f'key: __type(name: "{case.noun}GroupKey") {{ fields {{ name }} }}'
    data = asked.data(case.who, f"{{ {by} {key} }}")
    keys = {each["name"] for each in (*data["by"]["inputFields"], *data["key"]["fields"])}

    assert OWN_NAMES[case.noun] in keys
    assert not keys & set(case.fields)
