"""Values a client should not have sent, over a real server: each is a coded error, and the next request is answered."""

import string
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from tests.schema.graph import Server

LONG = "x" * 5000
PAGE = "{ customers(first: 2, %s) { nodes { id } pageInfo { endCursor } } }"
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


# ── Ids ─────────────────────────────────────────────────────────────────────
KEY = "01924abd-b680-7391-ad21-ab74daa20da7"
MALFORMED = [
    "", " ", "_", "Customer", "Customer_", f"_{KEY}", KEY, f"Customer-{KEY}", f"customer_{KEY}", f"Nobody_{KEY}",
    f"Customer_{KEY.upper()}", f"Customer_{{{KEY}}}", f"Customer_{KEY.replace('-', '')}", f"Customer_{KEY} ",
    f" Customer_{KEY}", f"Customer_{KEY}\n", f"Customer_urn:uuid:{KEY}", f"Customer_{KEY[:-1]}", f"Customer_{KEY}0",
    f"Customer_{KEY}' OR '1'='1", "Customer_１", "客户_1", "\0", f"Customer_{KEY}\0", LONG, f"Customer_{LONG}",
    f"Query_{KEY}", f"Viewer_{KEY}", f"TaskSubject_{KEY}", f"__Schema_{KEY}", "%00", "../../etc/passwd", "💥" * 100,
]  # fmt: skip


@pytest.mark.parametrize("bad", MALFORMED, ids=lambda bad: repr(bad)[:30])
def test_a_malformed_id_is_invalid_everywhere(server: Server, bad: str) -> None:
    for query in (
        "query($i: ID!) { node(id: $i) { id } }",
        "query($i: ID!) { customer(id: $i) { id } }",
        "query($i: ID!) { nodes(ids: [$i]) { id } }",
    ):
        answer = server.ask(query, i=bad)
        assert answer.code == "INVALID_ID"
        assert answer.data is None or list(answer.data.values()) == [None]


@pytest.mark.parametrize("type_name", ["Customer", "Contact", "Opportunity", "Task", "Contract", "FollowUp", "Payment"])
def test_an_unknown_id_is_not_found(server: Server, type_name: str) -> None:
    unknown = f"{type_name}_{uuid.uuid4()}"
    answer = server.ask("query($i: ID!) { node(id: $i) { id } }", i=unknown)
    assert (answer.code, answer.data) == ("NOT_FOUND", {"node": None})
    field = type_name[0].lower() + type_name[1:]
    assert server.ask(f"query($i: ID!) {{ {field}(id: $i) {{ id }} }}", i=unknown).code == "NOT_FOUND"


def test_a_row_of_somebody_else_is_answered_as_one_that_does_not_exist(server: Server) -> None:
    hidden = server.rows.one(
        "SELECT c.id FROM crm_customer c JOIN identity_user u ON u.username = 'intern' AND c.owner_id <> u.id LIMIT 1"
    )
    for query in (
        "query($i: ID!) { node(id: $i) { id } }",
        "query($i: ID!) { customer(id: $i) { id name } }",
        "query($i: ID!) { nodes(ids: [$i]) { id } }",
    ):
        seen = server.ask(query, role="intern", i=f"Customer_{hidden}")
        unseen = server.ask(query, role="intern", i=f"Customer_{uuid.uuid4()}")
        assert seen.code == "NOT_FOUND"
        assert seen.response.content == unseen.response.content


def test_an_id_of_another_type_is_not_taken_for_this_one(server: Server) -> None:
    tag = server.rows.one("SELECT id FROM crm_tag LIMIT 1")
    answer = server.ask("query($i: ID!) { customer(id: $i) { id } }", i=f"Tag_{tag}")
    assert answer.code == "INVALID_ID"


def test_an_id_of_a_type_outside_ones_graph_is_not_found(server: Server) -> None:
    payment = server.rows.one("SELECT id FROM crm_payment LIMIT 1")
    for key in (payment, uuid.uuid4()):
        answer = server.ask("query($i: ID!) { node(id: $i) { id } }", role="marketing", i=f"Payment_{key}")
        assert (answer.code, answer.data) == ("NOT_FOUND", {"node": None})


def test_more_ids_than_a_page_has_rows_are_refused_and_five_hundred_are_not(server: Server) -> None:
    query = "query($i: [ID!]!) { nodes(ids: $i) { id } }"
    assert server.ask(query, i=[f"Tag_{KEY}"] * 501).code == "PAGE_TOO_LARGE"
    assert server.ask(query, i=["nonsense"] * 40_000).code == "PAGE_TOO_LARGE"
    answer = server.ask(query, i=[f"Tag_{KEY}"] * 500)
    assert answer.data == {"nodes": [None] * 500}
    assert answer.code == "NOT_FOUND"


def test_no_ids_are_no_objects(server: Server) -> None:
    assert server.ask("{ nodes(ids: []) { id } }").data == {"nodes": []}


# ── Cursors ─────────────────────────────────────────────────────────────────
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


# ── Pages ───────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("first: -1", "INVALID_PAGE"),
        ("last: -1", "INVALID_PAGE"),
        ("first: -2147483648", "INVALID_PAGE"),
        ("first: 501", "PAGE_TOO_LARGE"),
        ("last: 501", "PAGE_TOO_LARGE"),
        ("first: 2147483647", "PAGE_TOO_LARGE"),
        ("first: 1, last: 1", "INVALID_PAGE"),
        ("first: 0, last: 0", "INVALID_PAGE"),
        ("first: 2147483648", "GRAPHQL_VALIDATION_FAILED"),
        ("first: 99999999999999999999", "GRAPHQL_VALIDATION_FAILED"),
        (f"first: {'9' * 5000}", "GRAPHQL_VALIDATION_FAILED"),
        (f"first: -{'9' * 5000}", "GRAPHQL_VALIDATION_FAILED"),
        (f"first: {'9' * 5000}.5e9", "GRAPHQL_VALIDATION_FAILED"),
        ("first: 1.5", "GRAPHQL_VALIDATION_FAILED"),
        ('first: "1"', "GRAPHQL_VALIDATION_FAILED"),
        ("first: [1, 2]", "GRAPHQL_VALIDATION_FAILED"),
        ("first: true", "GRAPHQL_VALIDATION_FAILED"),
        ("first: {a: 1}", "GRAPHQL_VALIDATION_FAILED"),
        ("first: ASC", "GRAPHQL_VALIDATION_FAILED"),
        ("after: 1", "GRAPHQL_VALIDATION_FAILED"),
        ("nothing: 1", "GRAPHQL_VALIDATION_FAILED"),
        (f"{LONG}: 1", "GRAPHQL_VALIDATION_FAILED"),
        ('orderBy: "name"', "GRAPHQL_VALIDATION_FAILED"),
        ("orderBy: [{}]", "BAD_USER_INPUT"),
        ("orderBy: [{name: null}]", "BAD_USER_INPUT"),
        ("orderBy: [null]", "GRAPHQL_VALIDATION_FAILED"),
        ("orderBy: [{name: SIDEWAYS}]", "GRAPHQL_VALIDATION_FAILED"),
        (f"orderBy: [{{name: {LONG}}}]", "GRAPHQL_VALIDATION_FAILED"),
        ('orderBy: [{name: "ASC"}]', "GRAPHQL_VALIDATION_FAILED"),
        ("orderBy: [{name: ASC, region: DESC}]", "BAD_USER_INPUT"),
        ("orderBy: [{phone: ASC}]", "GRAPHQL_VALIDATION_FAILED"),
        ("orderBy: [{nothing: ASC}]", "GRAPHQL_VALIDATION_FAILED"),
        (f"orderBy: [{', '.join(['{name: ASC}'] * 6)}]", "BAD_USER_INPUT"),
        (f"orderBy: [{', '.join(['{name: ASC}'] * 500)}]", "BAD_USER_INPUT"),
    ],
    ids=lambda text: text[:40],
)
def test_a_senseless_page_is_refused(server: Server, arguments: str, code: str) -> None:
    answer = server.ask(f"{{ customers({arguments}) {{ nodes {{ id }} }} }}")
    assert (answer.code, answer.data) == (code, None)
    nested = server.ask(f"{{ customers(first: 1) {{ nodes {{ subsidiaries({arguments}) {{ nodes {{ id }} }} }} }} }}")
    assert (nested.code, nested.data) == (code, None)


@pytest.mark.parametrize(
    ("arguments", "rows"),
    [("first: 0", 0), ("last: 0", 0), ("first: null", 50), ("first: null, last: null, after: null, before: null", 50),
     ("first: 1, last: null", 1), ("orderBy: null", 50), ("orderBy: []", 50), ("orderBy: {name: ASC}", 50),
     ("first: 500", 100), ("last: 500", 100), (f"orderBy: [{', '.join(['{name: ASC}'] * 5)}]", 50)],
)  # fmt: skip
def test_a_page_at_the_edge_of_sense_is_answered(server: Server, arguments: str, rows: int) -> None:
    answer = server.ask(f"{{ customers({arguments}) {{ nodes {{ id }} }} }}")
    assert answer.errors == []
    assert len(answer.data["customers"]["nodes"]) == rows


BAD_VARIABLES: list[tuple[str, Any]] = [
    ("Int", "1"), ("Int", 1.5), ("Int", True), ("Int", [1]), ("Int", {}), ("Int", 2**31), ("Int", 2**63), ("Int",
    1e300),
    ("Int", LONG), ("Int!", None), ("Int", "\0"),
]  # fmt: skip


@pytest.mark.parametrize(("declared", "value"), BAD_VARIABLES, ids=lambda value: repr(value)[:20])
def test_a_variable_of_another_type_is_refused(server: Server, declared: str, value: Any) -> None:
    answer = server.ask(f"query($v: {declared}) {{ customers(first: $v) {{ nodes {{ id }} }} }}", v=value)
    assert (answer.code, answer.data) == ("BAD_USER_INPUT", None)


@pytest.mark.parametrize(
    "value",
    [[{}], [{"name": "SIDEWAYS"}], [{"name": LONG}], [{"name": "ASC", "region": "ASC"}], [{"name": None}],
    [{"phone": "ASC"}],
     [{LONG: "ASC"}], [None], "name", 1, [[{"name": "ASC"}]], [{"name": "ASC"}] * 6, [{"name": ["ASC"]}], [{"": "ASC"}],
     [{"name\0": "ASC"}]],
    ids=lambda value: repr(value)[:30],
)  # fmt: skip
def test_a_senseless_order_by_variable_is_refused(server: Server, value: Any) -> None:
    answer = server.ask("query($o: [CustomerOrder!]) { customers(orderBy: $o) { nodes { id } } }", o=value)
    assert (answer.code, answer.data) == ("BAD_USER_INPUT", None)


def test_a_missing_required_variable_is_refused_and_an_extra_one_ignored(server: Server) -> None:
    assert server.ask("query($i: ID!) { node(id: $i) { id } }").code == "BAD_USER_INPUT"
    body = {"query": "{ viewer { kind } }", "variables": {"extra": LONG, "\0": [{}], "": None}}
    assert server.post(body).errors == []


def test_a_message_repeats_only_the_beginning_of_what_was_sent(server: Server) -> None:
    for answer in (
        server.ask(f"{{ {'a' * 100_000} }}"),
        server.ask("query($v: Int) { customers(first: $v) { nodes { id } } }", v="x" * 100_000),
        server.ask(f'{{ customers(first: "{"x" * 100_000}") {{ nodes {{ id }} }} }}'),
    ):
        assert answer.errors
        assert len(answer.response.content) < 2000


def test_order_by_a_field_that_is_masked_for_the_role_does_not_exist(server: Server) -> None:
    for role in ("marketing", "support", "intern", "sales"):
        answer = server.ask("{ customers(orderBy: [{creditLimit: ASC}]) { nodes { id } } }", role=role)
        assert answer.code == "GRAPHQL_VALIDATION_FAILED"
        assert "creditLimit" not in str([error.get("extensions") for error in answer.errors])
    assert server.ask("{ customers(orderBy: [{creditLimit: ASC}]) { nodes { id } } }", role="director").errors == []
