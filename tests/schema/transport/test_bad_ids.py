"""Ids that are none, or not one's own, over a real server."""

import uuid
from collections.abc import Iterator

import pytest

from tests.schema.serving import Server

LONG = "x" * 5000


@pytest.fixture(autouse=True)
def alive(server: Server) -> Iterator[None]:
    """Hold every test to leaving the server alive."""
    yield
    assert server.is_alive()


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
