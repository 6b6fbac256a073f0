"""Whole lists, page by page, forwards and backwards: every row once, in order, whatever ties and nulls there are."""

from typing import Any

import pytest
import pytest_asyncio

from schema.engine import connections
from tests.schema.graph import Graph

ORDERS = {
    "as given": "null",
    "one key": "[{name: ASC}]",
    "one key down": "[{name: DESC}]",
    "ties": "[{region: ASC}]",
    "ties down": "[{region: DESC}]",
    "nulls last": "[{nextFollowUpAt: ASC}]",
    "nulls last down": "[{nextFollowUpAt: DESC}]",
    "nulls first": "[{nextFollowUpAt: ASC_NULLS_FIRST}]",
    "nulls first down": "[{nextFollowUpAt: DESC_NULLS_FIRST}]",
    "money with nulls": "[{creditLimit: DESC}]",
    "ties, then nulls": "[{region: ASC}, {nextFollowUpAt: DESC}]",
    "nulls, then ties, then a key": "[{nextFollowUpAt: ASC_NULLS_FIRST}, {region: DESC}, {name: ASC}]",
    "directions mixed": "[{industry: DESC}, {createdAt: ASC}]",
    "a key twice": "[{region: ASC}, {region: DESC}]",
    "nulls both ways": "[{lastFollowedUpAt: DESC}, {nextFollowUpAt: ASC_NULLS_FIRST}]",
}
# Who asks, and what has to hold: a page comes from all rows, from those that pass a filter, or from a scope's branches.
WAYS = {
    "all": ("director", ""),
    "sifted": ("director", 'filter: {name: {ne: "?"}, level: {in: [A, B, C]}}'),
    "branches": ("sales", ""),
    "branches, a value at a time": ("sales_manager", ""),
    "branches, sifted": ("sales", "filter: {level: {in: [B, C]}}"),
}
PAGE = """query($n: Int, $a: String, $l: Int, $b: String) {
  customers(first: $n, after: $a, last: $l, before: $b, orderBy: %s %s) {
    totalCount edges { cursor node { id } } nodes { id }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


@pytest_asyncio.fixture(scope="session", autouse=True)
async def nulls(graph: Graph) -> None:
    """Hold the seed to what these tests are about: values that tie, and values that are missing."""
    sql = """SELECT count(*) FILTER (WHERE next_follow_up_at IS NULL), count(*) FILTER (WHERE credit_limit IS NULL),
             count(*) - count(DISTINCT region), count(*) FROM crm_customer"""
    missing_time, missing_money, ties, count = graph.rows.all(sql)[0]
    assert min(missing_time, missing_money, ties, count - missing_time, count - missing_money) > 5


async def page(graph: Graph, order: str, way: str = "all", **arguments: Any) -> dict[str, Any]:
    """Return a page whose edges, nodes and page information agree with each other."""
    role, condition = WAYS[way]
    data: dict[str, Any] = (await graph.data(PAGE % (order, condition), role=role, **arguments))["customers"]
    assert [edge["node"] for edge in data["edges"]] == data["nodes"]
    ends = (data["edges"][0]["cursor"], data["edges"][-1]["cursor"]) if data["edges"] else (None, None)
    assert (data["pageInfo"]["startCursor"], data["pageInfo"]["endCursor"]) == ends
    return data


def ids(data: dict[str, Any]) -> list[str]:
    """Return the ids of a page."""
    return [node["id"] for node in data["nodes"]]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
async def test_a_list_read_forwards_and_backwards_holds_every_row_once(graph: Graph, order: str, way: str) -> None:
    whole = ids(await page(graph, order, way, n=500))
    assert set(whole) == await members(graph, way)
    assert len(whole) == len(set(whole)) > 20
    forwards: list[str] = []
    cursor = None
    while True:
        data = await page(graph, order, way, n=7, a=cursor)
        assert data["totalCount"] == len(whole)
        assert data["pageInfo"]["hasPreviousPage"] is (cursor is not None)
        forwards += ids(data)
        assert data["pageInfo"]["hasNextPage"] is (len(forwards) < len(whole))
        if not data["pageInfo"]["hasNextPage"]:
            break
        cursor = data["pageInfo"]["endCursor"]
    assert forwards == whole
    backwards: list[str] = []
    cursor = None
    while True:
        data = await page(graph, order, way, l=7, b=cursor)
        assert data["pageInfo"]["hasNextPage"] is (cursor is not None)
        backwards = ids(data) + backwards
        assert data["pageInfo"]["hasPreviousPage"] is (len(backwards) < len(whole))
        if not data["pageInfo"]["hasPreviousPage"]:
            break
        cursor = data["pageInfo"]["startCursor"]
    assert backwards == whole


MEMBERS = {
    "director": "SELECT id FROM crm_customer WHERE true",
    "sales": """SELECT id FROM crm_customer c WHERE (owner_id = (SELECT id FROM identity_user WHERE username = 'sales')
        OR pool_status = 'in_pool' OR id IN (SELECT customer_id FROM crm_collaboration k JOIN identity_user u
        ON u.id = k.user_id WHERE username = 'sales'))""",
    "sales_manager": """SELECT id FROM crm_customer c WHERE (owner_id IN (SELECT id FROM identity_user
        WHERE username = 'sales_manager') OR team_id IN (SELECT t.id FROM identity_team t JOIN identity_user u
        ON t.path @> ARRAY[u.team_id] WHERE u.username = 'sales_manager'))""",
}


async def members(graph: Graph, way: str) -> set[str]:
    """Return the ids of the rows a list holds, by SQL of their own."""
    role, condition = WAYS[way]
    narrowed = " AND level IN ('b', 'c')" if "[B, C]" in condition else ""
    return {f"Customer_{key}" for (key,) in graph.rows.all(MEMBERS[role] + narrowed)}


@pytest.mark.parametrize("few", [True, False], ids=["walk ends early", "walk suffices"])
async def test_a_page_of_a_union_is_the_same_by_either_way(
    graph: Graph, few: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The walk along the order finds enough, or it does not and each branch is asked."""
    monkeypatch.setattr(connections, "WALKED_PER_ROW", 1 if few else 1000)
    query = f"query Either{few} {{ customers(first: 9) {{ nodes {{ id createdAt }} }} }}"
    nodes = (await graph.data(query, role="sales"))["customers"]["nodes"]
    newest = graph.rows.all(MEMBERS["sales"] + " ORDER BY created_at DESC, id DESC LIMIT 9")
    assert [node["id"] for node in nodes] == [f"Customer_{key}" for (key,) in newest]


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
async def test_any_two_cursors_enclose_what_lies_between_them(graph: Graph, order: str) -> None:
    whole = await page(graph, order, n=500)
    cursors = [edge["cursor"] for edge in whole["edges"]]
    for low, high in ((0, 99), (3, 4), (10, 60), (40, 41), (98, 99)):
        between = ids(whole)[low + 1 : high]
        assert ids(await page(graph, order, a=cursors[low], b=cursors[high], n=500)) == between
        assert ids(await page(graph, order, a=cursors[low], b=cursors[high], l=500)) == between
        first = await page(graph, order, a=cursors[low], b=cursors[high], n=2)
        assert ids(first) == between[:2]
        assert ids(await page(graph, order, a=cursors[low], b=cursors[high], l=2)) == between[-2:]
    assert ids(await page(graph, order, a=cursors[60], b=cursors[10], n=500)) == []


@pytest.mark.parametrize(
    ("key", "column", "descending", "nulls_first"),
    [("name", "name", False, False), ("nextFollowUpAt", "next_follow_up_at", True, False),
     ("nextFollowUpAt", "next_follow_up_at", False, True), ("creditLimit", "credit_limit", True, True),
     ("annualRevenue", "annual_revenue", False, False)],
)  # fmt: skip
async def test_an_order_is_what_it_says(
    graph: Graph, key: str, column: str, descending: bool, nulls_first: bool
) -> None:
    direction = ("DESC" if descending else "ASC") + ("_NULLS_FIRST" if nulls_first else "")
    given = ids(await page(graph, f"[{{{key}: {direction}}}]", n=500))
    rows = {
        f"Customer_{key}": values
        for key, *values in graph.rows.all("SELECT * FROM (SELECT id, to_jsonb(c) FROM crm_customer c) s")
    }
    values = [rows[each][0][column] for each in given]
    present = [value for value in values if value is not None]
    assert present == sorted(present, reverse=descending)
    missing = len(values) - len(present)
    assert values == ([None] * missing + present if nulls_first else present + [None] * missing)


async def test_a_page_of_nothing_says_what_lies_around_it(graph: Graph) -> None:
    empty = await page(graph, "null", n=0)
    assert (empty["nodes"], empty["pageInfo"]["hasNextPage"]) == ([], True)
    assert (await page(graph, "null", l=0))["pageInfo"]["hasPreviousPage"] is True
    end = (await page(graph, "null", n=500))["pageInfo"]["endCursor"]
    beyond = await page(graph, "null", n=5, a=end)
    assert (beyond["nodes"], beyond["pageInfo"]["hasNextPage"], beyond["pageInfo"]["hasPreviousPage"]) == (
        [],
        False,
        True,
    )


async def test_a_nested_list_is_read_by_its_own_cursors(graph: Graph) -> None:
    query = """query($c: ID!, $a: String) { customer(id: $c) {
      contacts(first: 1, after: $a, orderBy: [{name: ASC}]) { nodes { id } pageInfo { hasNextPage endCursor } }
      whole: contacts(orderBy: [{name: ASC}]) { nodes { id } } } }"""
    customer = graph.rows.some_id("Customer")
    seen: list[dict[str, str]] = []
    cursor = None
    while True:
        data = (await graph.data(query, c=customer, a=cursor))["customer"]
        seen += data["contacts"]["nodes"]
        if not data["contacts"]["pageInfo"]["hasNextPage"]:
            break
        cursor = data["contacts"]["pageInfo"]["endCursor"]
    assert seen == data["whole"]["nodes"]
    assert len(seen) == 3


async def test_each_row_has_a_page_of_its_own(graph: Graph) -> None:
    query = """{ customers(first: 20) { nodes {
      two: contacts(first: 2) { nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } }
      last: contacts(last: 1) { edges { cursor node { id } } } all: contacts { totalCount nodes { id } } } } }"""
    for node in (await graph.data(query))["customers"]["nodes"]:
        every = node["all"]["nodes"]
        assert node["two"]["nodes"] == every[:2]
        assert node["two"]["pageInfo"]["hasNextPage"] is (len(every) > 2)
        assert node["last"]["edges"][0]["node"] == every[-1]
        assert node["all"]["totalCount"] == len(every)


async def test_equal_requests_give_equal_cursors(graph: Graph) -> None:
    first, second = [await page(graph, "[{region: ASC}]", n=5) for _ in range(2)]
    assert first == second
