"""`totalCount` and pages of which only the frame is asked for."""

import pytest

from schema.engine import connections
from tests.schema.graph import Graph


async def test_a_count_alone_is_answered(graph: Graph) -> None:
    data = await graph.data("{ contacts { totalCount totalCountIsCapped } }")
    count = graph.rows.one("SELECT count(*) FROM crm_contact WHERE deleted_at IS NULL")
    assert count > 100
    assert data == {"contacts": {"totalCount": count, "totalCountIsCapped": False}}


@pytest.mark.parametrize("selection", ["__typename", "pageInfo { __typename }", "pageInfo { hasPreviousPage }"])
async def test_a_page_without_rows_is_answered(graph: Graph, selection: str) -> None:
    answer = await graph.ask(f"{{ customers {{ {selection} nodes {{ contacts {{ {selection} }} }} }} }}")
    assert answer.errors == []
    assert len(answer.data["customers"]["nodes"]) == 50


async def test_a_nested_count_alone_is_answered_for_each_row(graph: Graph) -> None:
    data = await graph.data("{ customers(first: 5) { nodes { id contacts { totalCount } } } }")
    for node in data["customers"]["nodes"]:
        key = node["id"].removeprefix("Customer_")
        count = graph.rows.one("SELECT count(*) FROM crm_contact WHERE customer_id = %s", key)
        assert node["contacts"] == {"totalCount": count}


async def test_a_count_does_not_depend_on_the_page(graph: Graph) -> None:
    data = await graph.data("{ all: contacts { totalCount } none: contacts(first: 0) { totalCount nodes { id } } }")
    assert data["none"] == {"totalCount": data["all"]["totalCount"], "nodes": []}


async def test_counting_stops_at_the_cap(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "COUNT_CAP", 7)
    query = "{ capped: contacts(first: 2) { totalCount totalCountIsCapped nodes { id } } tags { totalCount } }"
    data = await graph.data(query)
    assert data["capped"]["totalCount"] == 7
    assert data["capped"]["totalCountIsCapped"] is True
    assert len(data["capped"]["nodes"]) == 2


async def test_a_list_as_long_as_the_cap_is_counted_whole(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    count = graph.rows.one("SELECT count(*) FROM identity_user")
    monkeypatch.setattr(connections, "COUNT_CAP", count)
    data = await graph.data("{ users(first: 3) { totalCountIsCapped totalCount } }")
    assert data == {"users": {"totalCountIsCapped": False, "totalCount": count}}
