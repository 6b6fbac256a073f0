"""Every role × noun × category, ordered and paged: what is not clear has no place in an order, and is in no cursor."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from tests.matrix.api import Api
from tests.matrix.cases import CASES, SHOWN, Case
from tests.matrix.documents import listed, nodes_in, pages_in, paging
from tests.matrix.expecting import Sees
from tests.matrix.offers import is_order_key

pytestmark = pytest.mark.django_db

DIRECTIONS = ("ASC", "DESC", "ASC_NULLS_FIRST", "DESC_NULLS_FIRST")
ORDERED = [case for case in SHOWN if any(is_order_key(case.noun, field) for field in case.shown)]


@pytest.mark.parametrize("case", ORDERED, ids=str)
def test_an_order_has_rows_whose_cell_is_not_clear_last(asked: Api, sees: Sees, case: Case) -> None:
    expected = sees(case.who, case.noun)
    for field in (field for field in case.shown if is_order_key(case.noun, field)):
        lists = [
            listed(case.noun, f"orderBy: [{{{field}: {direction}}}]", "nodes { id }", direction)
            for direction in DIRECTIONS
        ]
        data = asked.data(case.who, f"{{ {' '.join(lists)} }}")
        clear = {expected.id(row) for row in expected.clear_rows(field)}
        for direction in DIRECTIONS:
            ids = [node["id"] for node in nodes_in(case.noun, data[direction])]
            assert ids == expected.ordered(((field, direction),))
            assert set(ids[: len(clear)]) == clear


def _pages(asked: Api, case: Case, order: str, *, backward: bool) -> Iterator[list[dict[str, Any]]]:
    """Go through a whole list, two rows a page, by the cursors it gives."""
    arguments = "last: 2, before: $at" if backward else "first: 2, after: $at"
    at, goes_on = None, True
    while goes_on:
        page = asked.data(case.who, paging(case.noun, f"{arguments}, orderBy: [{order}]"), {"at": at})["list"]
        yield page["edges"][::-1] if backward else page["edges"]
        info = page["pageInfo"]
        at = info["startCursor" if backward else "endCursor"]
        goes_on = info["hasPreviousPage" if backward else "hasNextPage"]


def _held(cursor: str) -> bytes:
    return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))


def _text(value: Any) -> bytes:
    return str(value).encode()


@pytest.mark.parametrize("case", ORDERED, ids=str)
def test_cursors_hold_only_what_is_clear_and_lead_to_every_row_once(asked: Api, sees: Sees, case: Case) -> None:
    expected = sees(case.who, case.noun)
    rows = {expected.id(row): row for row in expected.rows}
    for field in (field for field in case.shown if is_order_key(case.noun, field)):
        for direction, backward in (("ASC", False), ("DESC", False), ("DESC_NULLS_FIRST", True)):
            edges = [
                edge for page in _pages(asked, case, f"{{{field}: {direction}}}", backward=backward) for edge in page
            ]
            ids = [edge["node"]["id"] for edge in edges]
            assert (ids[::-1] if backward else ids) == expected.ordered(((field, direction),))
            for edge in edges:
                row = rows[edge["node"]["id"]]
                value = expected.value(field, row)
                if value is not None:
                    assert (_text(value) in _held(edge["cursor"])) == expected.is_clear(field, row)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_cursors_of_a_list_in_its_own_order_hold_no_gated_value(asked: Api, sees: Sees, case: Case) -> None:
    expected = sees(case.who, case.noun)
    pages = pages_in(case.noun, asked.data(case.who, paging(case.noun, "after: $at"))["list"])
    edges = [edge for page in pages for edge in page["edges"]]
    assert sorted(edge["node"]["id"] for edge in edges) == sorted(expected.id(row) for row in expected.rows)

    secrets = {_text(value) for field in case.fields for value in expected.values(field)} - {b""}
    cursors = {edge["cursor"] for edge in edges}
    cursors |= {page["pageInfo"][end] for page in pages for end in ("startCursor", "endCursor")} - {None}
    assert not [(secret, cursor) for secret in secrets for cursor in cursors if secret in _held(cursor)]
