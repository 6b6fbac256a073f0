"""What an asker has not is named nowhere: absent fields, absent nouns and strangers, on every surface.

The director has every field and every noun: the very documents others are refused are answered there.
"""

import re
from collections.abc import Iterator

import httpx
import pytest

from permissions.view import CellLevel
from tests.matrix.api import DEACTIVATED, Api, suggested
from tests.matrix.cases import CASES, DIRECTOR, RESOURCES, UNSEEN, Case, gated_fields, level_of, view_of
from tests.matrix.naming import FIELD, Way, asking_of, ways_to_name
from tests.matrix.offers import is_searched, roots_of

pytestmark = pytest.mark.django_db

SURFACES = ("read", "filter", "order", "group", "aggregate", "error")
NAMED = [(case, surface) for case in CASES for surface in SURFACES if ways_to_name(surface, case.noun, case.fields[0])]


def _named(value: object) -> str:
    return str(value)


def _has(case: Case, field: str, way: Way) -> bool:
    return way.is_offered and case.level(field) is not CellLevel.ABSENT


def _ways(case: Case, surface: str) -> Iterator[tuple[str, Way]]:
    for field in case.fields:
        for way in ways_to_name(surface, case.noun, field):
            yield field, way


def _hidden(case: Case, surface: str) -> set[str]:
    """Return the gated fields of the noun, of any category, that the asker cannot name on a surface."""
    return {
        field
        for field in gated_fields(case.noun)
        if level_of(case.who, case.noun, field) is CellLevel.ABSENT
        or not any(way.is_offered for way in ways_to_name(surface, case.noun, field))
    }


def _anonymised(response: httpx.Response, name: str) -> str:
    """Return an answer without the name it is about and without suggestions."""
    text = re.sub(r"\. Did you mean [^?]*\? Found:", ", found:", response.text)
    return re.sub(r" Did you mean [^?]*\?", "", text).replace(name, FIELD)


def _refused(response: httpx.Response, way: Way) -> str:
    """Return the one message of a refusal, which has its code and no data."""
    answer = response.json()
    assert answer.get("data") is None, answer
    [error] = answer["errors"]
    assert error["extensions"]["code"] == ("BAD_USER_INPUT" if way.variables else "GRAPHQL_VALIDATION_FAILED")
    return str(error["message"])


@pytest.mark.parametrize(("case", "surface"), NAMED, ids=_named)
def test_a_field_one_has_not_is_like_one_that_never_was(api: Api, case: Case, surface: str) -> None:
    answers: dict[str, httpx.Response] = {}
    for field, way in _ways(case, surface):
        # As long as the field's name, and near no name there is.
        invented = "q" * len(field)
        for name in (field, invented):
            if repr(way.about(name)) not in answers:
                answers[repr(way.about(name))] = api.post(case.who, *way.about(name))
        named, unknown = (answers[repr(way.about(name))] for name in (field, invented))
        refusal = _refused(unknown, way)
        assert not suggested(refusal), refusal
        if not _has(case, field, way):
            assert named.status_code == unknown.status_code
            assert _anonymised(named, field) == _anonymised(unknown, invented)
            assert not suggested(_refused(named, way)) & _hidden(case, surface)
        elif surface == "error":
            assert _anonymised(named, field) != _anonymised(unknown, invented)
            assert "unknown field" not in _refused(named, way)
        else:
            assert named.status_code == 200
            assert "errors" not in named.json(), named.text


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_misspelt_name_is_never_answered_with_a_hidden_one(api: Api, case: Case) -> None:
    for surface in SURFACES:
        hidden = _hidden(case, surface)
        for number, (field, way) in enumerate(_ways(case, surface)):
            misspelt = f"{field}x" if number % 2 else field[:-1]
            near = suggested(_refused(api.post(case.who, *way.about(misspelt)), way))
            assert not near & hidden, way
            # A name one has is suggested: silence about the others is not silence about all.
            assert (field in near) is _has(case, field, way), way


@pytest.mark.parametrize("noun", RESOURCES)
def test_the_director_is_answered_about_every_noun_on_every_surface(api: Api, noun: str) -> None:
    answers = {surface: api.post(DIRECTOR, document).json() for surface, document in asking_of(noun).items()}

    assert {surface for surface, answer in answers.items() if set(answer) != {"data"}} == set()


@pytest.mark.parametrize(("who", "noun"), [pair for pair in UNSEEN if pair[0] != DEACTIVATED], ids=_named)
def test_a_noun_one_has_not_answers_on_no_surface(api: Api, who: str, noun: str) -> None:
    unseen = [each for each, resource in RESOURCES.items() if not view_of(who).sees(resource)]
    hidden = {name for each in unseen for name in roots_of(each)}
    for surface, document in asking_of(noun).items():
        message = api.refusal(who, document)
        assert re.match(r"Cannot query field '\w+' on type 'Query'\.", message), surface
        assert not suggested(message) & hidden


@pytest.mark.parametrize("noun", RESOURCES)
def test_the_deactivated_are_answered_on_no_surface(api: Api, noun: str) -> None:
    answers = [api.post(DEACTIVATED, document) for document in asking_of(noun).values()]

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    [error] = answers[0].json()["errors"]
    assert error["extensions"]["code"] == "UNAUTHENTICATED"


@pytest.mark.parametrize("case", [case for case in CASES if not is_searched(case.noun)], ids=str)
def test_where_nothing_plain_is_searched_nothing_is(api: Api, case: Case) -> None:
    document = asking_of(case.noun)["cursor"].replace("first: 1", 'search: "1"')

    assert api.refusal(case.who, document).startswith("Unknown argument 'search' on field")
