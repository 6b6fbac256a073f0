"""Every role × noun × category × surface: what is not clear is unknown, through whatever door somebody asks.

The cases are generated from the policy Prism ships with, the questions from the committed SDL, and what should be
answered comes row by row from the oracle of the differential test.
"""

from typing import Any

import pytest

from permissions.policy import default_policy
from permissions.resources import Level
from permissions.view import CellLevel
from tests.differential.nouns import snake
from tests.matrix.api import Api
from tests.matrix.cases import (
    CASES,
    DIRECTOR,
    OWN_NAMES,
    RESOURCES,
    ROLES,
    SHOWN,
    STRANGERS,
    UNSEEN,
    Case,
    gated_fields,
)
from tests.matrix.documents import finding, nodes_in, numbered, path_of, reading
from tests.matrix.expecting import Expected, Sees
from tests.matrix.offers import is_searched, lookups_of
from tests.matrix.questions import questions

pytestmark = pytest.mark.django_db

FILTERED = [case for case in SHOWN if any(lookups_of(case.noun, field) for field in case.shown)]


def _ids(nodes: list[dict[str, Any]]) -> list[str]:
    return [node["id"] for node in nodes]


# ── read ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_level_of_a_field_is_that_of_its_cells(sees: Sees, case: Case) -> None:
    expected = sees(case.who, case.noun)
    for field in case.fields:
        levels = {expected.level(field, row) for row in expected.rows}
        match case.level(field):
            case CellLevel.CLEAR:
                assert levels <= {Level.CLEAR}, field
            case CellLevel.MASKED:
                assert Level.CLEAR not in levels, field
            case CellLevel.ABSENT:
                assert levels <= {Level.ABSENT}, field
            case CellLevel.VARIES:
                assert len(levels) > 1, field


@pytest.mark.parametrize("case", SHOWN, ids=str)
def test_read_gives_each_cell_at_its_level(asked: Api, sees: Sees, case: Case) -> None:
    expected = sees(case.who, case.noun)
    ids = [expected.id(row) for row in expected.rows]
    answer = asked.post(case.who, reading(case.noun, case.shown), {"ids": ids}).json()
    assert "errors" not in answer, answer

    lists = nodes_in(case.noun, answer["data"]["list"]), answer["data"]["byId"]
    for nodes in lists:
        assert sorted(_ids(nodes)) == sorted(ids)
        by_id = {node["id"]: node for node in nodes}
        for row in expected.rows:
            node = by_id[expected.id(row)]
            assert {field: node[field] for field in case.shown} == {f: expected.told(f, row) for f in case.shown}
            masked = [field for field in case.shown if not expected.is_clear(field, row)]
            assert [field for field in node["maskedFields"] if field in case.fields] == masked
    assert answer.get("extensions", {}).get("access", {}) == _access(case, expected)


def _access(case: Case, expected: Expected) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for field in case.shown:
        if case.level(field) is not CellLevel.CLEAR:
            sensitive = gated_fields(case.noun)[field]
            reveal = expected.sight.may_reveal(RESOURCES[case.noun], snake(field), sensitive)
            entry = {
                "level": case.level(field).value,
                "category": case.category.name,
                "mask": sensitive.mask.name,
                "reveal": reveal,
            }
            said |= {f"{path_of(case.noun)}.{field}": entry, f"byId.{field}": entry}
    return said


# ── filter ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("case", FILTERED, ids=str)
def test_a_filter_finds_the_rows_where_the_cell_is_clear_and_fits(asked: Api, sees: Sees, case: Case) -> None:
    expected = sees(case.who, case.noun)
    for field in (field for field in case.shown if lookups_of(case.noun, field)):
        posed = list(questions(field, lookups_of(case.noun, field), expected.values(field)))
        query = finding(case.noun, "filter", len(posed))
        data = asked.data(case.who, query, numbered([each.filter for each in posed]))
        for number, each in enumerate(posed):
            found = _ids(nodes_in(case.noun, data[f"a{number}"]))
            assert sorted(found) == sorted(expected.found(field, each.holds)), each.filter


# ── search ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("case", [case for case in CASES if is_searched(case.noun)], ids=str)
def test_a_search_for_a_gated_value_finds_nothing(asked: Api, sees: Sees, case: Case) -> None:
    expected = sees(case.who, case.noun)
    values = sorted({str(value) for field in case.fields for value in expected.values(field)} - {""})
    terms = [value if number % 2 else value[-4:] for number, value in enumerate(values)]
    plain = str(getattr(expected.rows[0], OWN_NAMES[case.noun]))
    data = asked.data(case.who, finding(case.noun, "search", len(terms) + 1), numbered([*terms, plain]))

    answers = [_ids(nodes_in(case.noun, data[f"a{number}"])) for number in range(len(terms) + 1)]
    assert {term: found for term, found in zip(terms, answers, strict=False) if found} == {}
    assert expected.id(expected.rows[0]) in answers[-1]


# ── What the matrix takes for granted ───────────────────────────────────────


def test_in_the_shipped_policy_what_is_read_may_be_asked_about_and_nothing_else_is_summed() -> None:
    # The oracle knows neither `unfilterable` nor `aggregable`: tests/schema/policies/ has them.
    grants = [grant for role in default_policy().roles.values() for grant in role.grants]
    assert grants
    assert {grant.unfilterable | grant.aggregable for grant in grants} == {frozenset()}


def test_the_matrix_has_every_level_and_every_gated_noun() -> None:
    assert {case.level(field) for case in CASES for field in case.fields} == set(CellLevel)
    assert {case.noun for case in CASES} == {noun for noun in RESOURCES if gated_fields(noun)}
    assert {case.level(field) for case in CASES if case.who == DIRECTOR for field in case.fields} == {
        CellLevel.CLEAR,
        CellLevel.MASKED,
    }
    assert {*(case.who for case in CASES), *(who for who, _ in UNSEEN)} == {*ROLES, *STRANGERS}
