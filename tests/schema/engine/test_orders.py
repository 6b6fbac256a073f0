"""Orders by what is not clear on every row, and through relations: whole lists, paged both ways."""

from decimal import Decimal
from typing import Any

import pytest

from tests.schema.graph import Graph

PAGE = """query($n: Int, $a: String, $l: Int, $b: String) {
  list: %s(first: $n, after: $a, last: $l, before: $b, orderBy: %s) {
    nodes { id %s } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


async def walked(graph: Graph, role: str, query: str, *, size: int = 9) -> list[dict[str, Any]]:
    """Return a list read forwards page by page, which read backwards is the same."""
    forwards: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = (await graph.data(query, role=role, n=size, a=cursor))["list"]
        forwards += page["nodes"]
        cursor = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    backwards: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = (await graph.data(query, role=role, l=size, b=cursor))["list"]
        backwards = page["nodes"] + backwards
        cursor = page["pageInfo"]["startCursor"]
        if not page["pageInfo"]["hasPreviousPage"]:
            break
    assert backwards == forwards
    assert (await graph.data(query, role=role, n=500))["list"]["nodes"] == forwards
    return forwards


@pytest.mark.parametrize("direction", ["ASC", "DESC", "ASC_NULLS_FIRST", "DESC_NULLS_FIRST"])
async def test_masked_rows_come_last_in_every_direction(graph: Graph, direction: str) -> None:
    query = PAGE % ("customers", f"[{{creditLimit: {direction}}}]", "creditLimit { amount } maskedFields")
    nodes = await walked(graph, "sales", query)
    masked = ["creditLimit" in node["maskedFields"] for node in nodes]
    assert True in masked
    assert masked == sorted(masked)
    limits = [node["creditLimit"] for node in nodes[: masked.count(False)]]
    clear = [Decimal(limit["amount"]) if limit else None for limit in limits]
    present = [each for each in clear if each is not None]
    assert present
    missing = [None] * (len(clear) - len(present))
    ordered = sorted(present, reverse=direction.startswith("DESC"))
    assert clear == (missing + ordered if direction.endswith("FIRST") else ordered + missing)


async def test_masked_rows_are_ordered_by_the_next_key(graph: Graph) -> None:
    query = PAGE % ("customers", "[{creditLimit: DESC}, {name: ASC}]", "name maskedFields")
    nodes = await walked(graph, "sales", query)
    names = [node["name"] for node in nodes if "creditLimit" in node["maskedFields"]]
    by_bytes = graph.rows.all("SELECT n FROM unnest(%s::text[]) AS t(n) ORDER BY n", names)
    assert len(names) > 1
    assert names == [name for (name,) in by_bytes]


THROUGH = {
    "[{owner: {name: ASC}}, {name: DESC}]": "customers",
    "[{owner: {team: {name: DESC_NULLS_FIRST}}}]": "customers",
    "[{parent: {name: ASC_NULLS_FIRST}}]": "customers",
    "[{parent: {creditLimit: DESC}}]": "customers",
    "[{customer: {creditLimit: ASC}}, {amount: DESC}]": "opportunities",
    "[{customer: {owner: {name: ASC}}}, {customer: {name: DESC}}]": "contacts",
}


@pytest.mark.parametrize("order", THROUGH)
@pytest.mark.parametrize("role", ["director", "sales", "sales_manager", "finance"])
async def test_an_order_through_relations_is_paged_both_ways(graph: Graph, order: str, role: str) -> None:
    connection = THROUGH[order]
    nodes = await walked(graph, role, PAGE % (connection, order, ""), size=40)
    count = (await graph.data(f"{{ list: {connection} {{ totalCount }} }}", role=role))["list"]["totalCount"]
    assert len({node["id"] for node in nodes}) == len(nodes) == count


async def test_rows_without_a_related_row_in_view_come_last(graph: Graph) -> None:
    for direction in ("ASC", "DESC"):
        query = PAGE % ("customers", f"[{{owner: {{name: {direction}}}}}]", "owner { name }")
        owners = [node["owner"] and node["owner"]["name"] for node in await walked(graph, "director", query, size=40)]
        named = [each for each in owners if each]
        by_bytes = [name for (name,) in graph.rows.all("SELECT n FROM unnest(%s::text[]) AS t(n) ORDER BY n", named)]
        expected = by_bytes if direction == "ASC" else by_bytes[::-1]
        assert owners == expected + [None] * (len(owners) - len(named))


async def test_an_order_through_a_hidden_row_tells_nothing(graph: Graph) -> None:
    # Marketing does not see what a customer owes: in every direction, its rows are in the order of their ids.
    refused = await graph.ask(
        "{ contacts(orderBy: [{customer: {creditLimit: ASC}}]) { totalCount } }", role="marketing"
    )
    assert refused.code == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize(
    ("order", "code"),
    [
        ("[{owner: {team: {name: ASC}}}]", None),
        ("[{parent: {owner: {team: {name: ASC}}}}]", "BAD_USER_INPUT"),
        ("[{owner: {}}]", "BAD_USER_INPUT"),
        ("[{owner: null}]", "BAD_USER_INPUT"),
        ("[{owner: ASC}]", "GRAPHQL_VALIDATION_FAILED"),
        ("[{owner: {name: ASC, username: ASC}}]", "BAD_USER_INPUT"),
        ("[" + "{name: ASC}," * 6 + "]", "BAD_USER_INPUT"),
    ],
)
async def test_a_way_to_a_key_has_limits(graph: Graph, order: str, code: str | None) -> None:
    answer = await graph.ask(f"{{ customers(orderBy: {order}) {{ nodes {{ id }} }} }}")
    assert set(answer.codes) == ({code} if code else set())


async def test_a_cursor_of_another_order_is_refused(graph: Graph) -> None:
    query = "query($a: String) { customers(first: 3, after: $a, orderBy: [{%s: ASC}]) { pageInfo { endCursor } } }"
    end = (await graph.data(query % "creditLimit", role="sales"))["customers"]["pageInfo"]["endCursor"]
    assert (await graph.ask(query % "creditLimit", role="sales", a=end)).errors == []
    assert (await graph.ask(query % "annualRevenue", role="sales", a=end)).code == "INVALID_CURSOR"
    assert (await graph.ask(query % "creditLimit", role="director", a=end)).code == "INVALID_CURSOR"
