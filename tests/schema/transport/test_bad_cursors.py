"""Cursors that are altered, made up, or not one's own, over a real server."""

import string
from collections.abc import Iterator

import pytest

from tests.schema.serving import Server

LONG = "x" * 5000
CUSTOMERS = "query($a: String) { customers(first: 2, after: $a) { nodes { id } pageInfo { endCursor } } }"


@pytest.fixture(autouse=True)
def alive(server: Server) -> Iterator[None]:
    """Hold every test to leaving the server alive."""
    yield
    assert server.is_alive()


def cursor_of(server: Server, role: str = "director", connection: str = "customers", order: str = "") -> str:
    """Return a genuine cursor, given to a role by a list in an order."""
    arguments = f"first: 2{', orderBy: ' + order if order else ''}"
    answer = server.ask(f"{{ {connection}({arguments}) {{ pageInfo {{ endCursor }} }} }}", role=role)
    return str(answer.data[connection]["pageInfo"]["endCursor"])


def test_a_cursor_altered_anywhere_is_refused(server: Server) -> None:
    cursor = cursor_of(server)
    assert server.ask(CUSTOMERS, a=cursor).errors == []
    for place in range(len(cursor)):
        letter = "Aa0-_"[place % 5]
        altered = cursor[:place] + letter + cursor[place + 1 :]
        # The last letter may carry spare bits: it then decodes to the same bytes and is no forgery.
        if altered != cursor and place < len(cursor) - 1:
            assert server.ask(CUSTOMERS, a=altered).code == "INVALID_CURSOR", place


CHARACTERS = [
    *string.punctuation,
    *string.whitespace,
    "\0",
    "\x7f",
    "é",
    "客",
    "💥",
    "\u202e",
    "=",
    "==",
    "A" * 9000,
    LONG,
]


@pytest.mark.parametrize("characters", CHARACTERS, ids=lambda text: repr(text)[:12])
def test_a_cursor_with_strange_characters_is_refused(server: Server, characters: str) -> None:
    cursor = cursor_of(server)
    harmless = {"-", "_"}
    forged = [characters, characters + cursor, cursor[:9] + characters + cursor[9:]]
    for each in forged if characters not in harmless else forged[1:]:
        assert server.ask(CUSTOMERS, a=each).code == "INVALID_CURSOR"


@pytest.mark.parametrize("cursor", ["", "AAAA", "null", "bnVsbA", "A" * 27, "eyJ9", "W10", "e30", "_" * 64, "-" * 8192])
def test_a_made_up_cursor_is_refused_before_and_after(server: Server, cursor: str) -> None:
    for argument in ("after", "before"):
        query = f"query($c: String) {{ customers({argument}: $c) {{ totalCount }} }}"
        assert server.ask(query, c=cursor).code == "INVALID_CURSOR"
        assert server.ask(f'{{ customers({argument}: "{cursor}") {{ nodes {{ id }} }} }}').code == "INVALID_CURSOR"


def test_a_cursor_is_good_for_nobody_else(server: Server) -> None:
    cursor = cursor_of(server, role="director")
    for role in ("sales", "sales_manager", "marketing", "partner"):
        assert server.ask(CUSTOMERS, role=role, a=cursor).code == "INVALID_CURSOR"


def test_a_cursor_is_good_for_its_own_list_and_order_only(server: Server) -> None:
    by_name = cursor_of(server, order="[{name: ASC}]")
    assert server.ask(CUSTOMERS, a=by_name).code == "INVALID_CURSOR"
    ordered = "query($a: String) { customers(after: $a, orderBy: %s) { nodes { id } } }"
    assert server.ask(ordered % "[{name: ASC}]", a=by_name).errors == []
    for other in (
        "[{name: DESC}]",
        "[{name: ASC_NULLS_FIRST}]",
        "[{region: ASC}]",
        "[{name: ASC}, {region: ASC}]",
        "[]",
    ):
        assert server.ask(ordered % other, a=by_name).code == "INVALID_CURSOR", other
    contacts = "query($a: String) { contacts(after: $a, orderBy: [{name: ASC}]) { nodes { id } } }"
    assert server.ask(contacts, a=by_name).code == "INVALID_CURSOR"


def test_a_refused_cursor_stays_refused_once_its_document_is_known(server: Server) -> None:
    query = "query($a: String) { customers(first: 1, after: $a) { cached: nodes { id } pageInfo { endCursor } } }"
    cursor = server.ask(query).data["customers"]["pageInfo"]["endCursor"]
    assert server.ask(query, a=cursor).errors == []
    altered = cursor[:30] + ("A" if cursor[30] != "A" else "B") + cursor[31:]
    assert server.ask(query, a=altered).code == "INVALID_CURSOR"
    literal = f'{{ customers(first: 1, after: "{cursor}") {{ nodes {{ id }} }} }}'
    assert server.ask(literal).errors == []
    # The same text from somebody with the same view, who was never given this cursor.
    count = "query($a: String) { customers(after: $a) { totalCount } }"
    assert server.ask(count, a=cursor).errors == []
    assert server.ask(count, a=altered).code == "INVALID_CURSOR"
