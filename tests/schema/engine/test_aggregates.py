"""Aggregates: counts and sums against SQL, groups, what is masked, and groups too small to be shown."""

import operator
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
import pytest_asyncio

from permissions.policy import Policy, parse_policy
from tests.schema.graph import Graph, make_graph

LIVE = "FROM crm_opportunity WHERE deleted_at IS NULL"


QUESTIONS = {"gte": operator.ge, "gt": operator.gt, "lt": operator.lt, "eq": operator.eq, "ne": operator.ne}


async def groups(graph: Graph, arguments: str, selection: str, **asked: Any) -> list[dict[str, Any]]:
    """Return the groups of opportunities."""
    brackets = f"({arguments})" if arguments else ""
    data = await graph.data(f"{{ a: opportunityAggregate{brackets} {{ groups {{ {selection} }} }} }}", **asked)
    found: list[dict[str, Any]] = data["a"]["groups"]
    return found


async def test_without_keys_all_rows_are_one_group(graph: Graph) -> None:
    sums = "amount { sum avg min max countDistinct currency maskedCount } probability { sum }"
    (group,) = await groups(graph, "", f"count isOther {sums}")
    sql = f"""SELECT count(*), sum(amount), round(avg(amount), 6), min(amount), max(amount), count(DISTINCT amount),
              sum(probability) {LIVE}"""
    count, total, mean, least, most, distinct, probability = graph.rows.all(sql)[0]
    assert (group["count"], group["isOther"]) == (count, False)
    assert Decimal(group["probability"]["sum"]) == probability
    assert group["amount"] == {
        "sum": str(total), "avg": str(mean), "min": str(least), "max": str(most), "countDistinct": distinct,
        "currency": "CNY", "maskedCount": 0,
    }  # fmt: skip


async def test_no_rows_are_one_group_of_none(graph: Graph) -> None:
    (group,) = await groups(graph, 'filter: {name: {eq: "nothing"}}', "count amount { sum currency maskedCount }")
    assert group == {"count": 0, "amount": {"sum": None, "currency": None, "maskedCount": 0}}
    assert await groups(graph, 'filter: {name: {eq: "nothing"}}, groupBy: [{stage: true}]', "count") == []


async def test_groups_have_keys_orders_and_limits(graph: Graph) -> None:
    sql = f"SELECT upper(stage), count(*), sum(amount)::text {LIVE} GROUP BY 1 ORDER BY sum(amount) DESC NULLS LAST"
    expected = graph.rows.all(sql)
    arguments = "groupBy: [{stage: true}], orderBy: [{amount: {sum: DESC}}]"
    found = await groups(graph, arguments, "key { stage probability } count amount { sum }")
    assert [(g["key"]["stage"], g["count"], g["amount"]["sum"]) for g in found] == expected
    assert all(group["key"]["probability"] is None for group in found)
    assert await groups(graph, f"{arguments}, limit: 2", "key { stage probability } count amount { sum }") == found[:2]
    assert await groups(graph, f"{arguments}, limit: 0", "count") == []


async def test_groups_of_related_rows(graph: Graph) -> None:
    sql = f"SELECT owner_id, count(*) {LIVE} GROUP BY 1"
    expected = {key and f"User_{key}": count for key, count in graph.rows.all(sql)}
    found = await groups(graph, "groupBy: [{owner: true}], limit: 500", "key { owner { id team { name } } } count")
    assert {group["key"]["owner"] and group["key"]["owner"]["id"]: group["count"] for group in found} == expected


@pytest.mark.parametrize("unit", ["DAY", "WEEK", "MONTH", "QUARTER", "YEAR"])
@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/Los_Angeles", "UTC"])
async def test_times_are_grouped_in_a_time_zone(graph: Graph, unit: str, zone: str) -> None:
    sql = f"SELECT date_trunc(%s, created_at AT TIME ZONE %s)::date::text, count(*) {LIVE} GROUP BY 1 ORDER BY 1"
    arguments = f'groupBy: [{{createdAt: {unit}}}], timeZone: "{zone}", limit: 500'
    found = await groups(graph, arguments, "key { createdAt } count")
    assert [(group["key"]["createdAt"], group["count"]) for group in found] == graph.rows.all(sql, unit, zone)


async def test_dates_have_no_time_zone(graph: Graph) -> None:
    sql = f"SELECT date_trunc('month', expected_close_on)::date::text, count(*) {LIVE} GROUP BY 1 ORDER BY 1 NULLS LAST"
    arguments = 'groupBy: [{expectedCloseOn: MONTH}], timeZone: "Pacific/Kiritimati", limit: 500'
    found = await groups(graph, arguments, "key { expectedCloseOn } count")
    assert [(group["key"]["expectedCloseOn"], group["count"]) for group in found] == graph.rows.all(sql)


async def test_having_chooses_groups(graph: Graph) -> None:
    by = "groupBy: [{stage: true}]"
    whole = await groups(graph, by, "key { stage } count amount { sum }")
    border = sorted(group["count"] for group in whole)[len(whole) // 2]
    answer = "groups { key { stage } count amount { sum } }"
    query = f"query($h: OpportunityHaving) {{ a: opportunityAggregate({by}, having: $h) {{ {answer} }} }}"
    for question, holds in QUESTIONS.items():
        found = (await graph.data(query, h={"count": {question: border}}))["a"]["groups"]
        assert found == [group for group in whole if holds(group["count"], border)]
    least = sorted(Decimal(group["amount"]["sum"] or 0) for group in whole)[1]
    found = (await graph.data(query, h={"amount": {"sum": {"gte": str(least)}}}))["a"]["groups"]
    assert found == [group for group in whole if Decimal(group["amount"]["sum"] or 0) >= least]
    assert (await graph.data(query, h={"count": {"between": {"from": border, "to": border}}}))["a"]["groups"]


async def test_masked_values_are_left_out_and_counted(graph: Graph) -> None:
    shown = await graph.data(
        "{ customers(first: 500) { nodes { creditLimit { amount } maskedFields } } }", role="sales"
    )
    nodes = shown["customers"]["nodes"]
    masked = sum("creditLimit" in node["maskedFields"] for node in nodes)
    clear = [Decimal(node["creditLimit"]["amount"]) for node in nodes if node["creditLimit"]]
    query = (
        "{ customerAggregate { groups { count creditLimit { sum min max countDistinct maskedCount } } maskedCount } }"
    )
    answer = (await graph.data(query, role="sales"))["customerAggregate"]
    (group,) = answer["groups"]
    limits = group["creditLimit"]
    assert 0 < masked < len(nodes)
    assert (group["count"], limits["maskedCount"], answer["maskedCount"]) == (len(nodes), masked, 0)
    assert [Decimal(limits[each]) for each in ("sum", "min", "max")] == [sum(clear), min(clear), max(clear)]
    assert limits["countDistinct"] == len(set(clear))


async def test_several_currencies_have_no_sum(graph: Graph) -> None:
    key, currency = graph.rows.all(f"SELECT id, currency {LIVE} AND amount IS NOT NULL ORDER BY id LIMIT 1")[0]
    graph.rows.write("UPDATE crm_opportunity SET currency = 'USD' WHERE id = %s", key)
    try:
        (group,) = await groups(graph, "", "count amount { sum avg min max currency countDistinct }")
        assert [group["amount"][each] for each in ("sum", "avg", "min", "max", "currency")] == [None] * 5
        assert group["amount"]["countDistinct"] > 1
    finally:
        graph.rows.write("UPDATE crm_opportunity SET currency = %s WHERE id = %s", currency, key)


async def test_a_filter_and_a_search_choose_the_rows(graph: Graph) -> None:
    arguments = 'filter: {stage: {eq: WON}, customer: {search: "x"}}'
    assert (await graph.ask(f"{{ opportunityAggregate({arguments}) {{ groups {{ count }} }} }}")).errors != []
    (won,) = await groups(graph, "filter: {stage: {eq: WON}}", "count")
    assert won["count"] == graph.rows.one(f"SELECT count(*) {LIVE} AND stage = 'won'")


BAD = {
    "groupBy: [{stage: true}, {owner: true}, {product: true}, {competitor: true}]": "BAD_USER_INPUT",
    "groupBy: [{stage: true}, {stage: true}]": "BAD_USER_INPUT",
    "groupBy: [{}]": "BAD_USER_INPUT",
    "groupBy: [{stage: null}]": "BAD_USER_INPUT",
    "groupBy: [{createdAt: true}]": "GRAPHQL_VALIDATION_FAILED",
    "groupBy: [{createdAt: CENTURY}]": "GRAPHQL_VALIDATION_FAILED",
    "groupBy: [{amount: true}]": "GRAPHQL_VALIDATION_FAILED",
    'groupBy: [{createdAt: DAY}], timeZone: "Mars/Olympus"': "BAD_USER_INPUT",
    "limit: -1": "PAGE_TOO_LARGE",
    "limit: 501": "PAGE_TOO_LARGE",
    "orderBy: [{count: ASC, amount: {sum: ASC}}]": "BAD_USER_INPUT",
    "orderBy: [{amount: {}}]": "BAD_USER_INPUT",
    "orderBy: [{}]": "BAD_USER_INPUT",
    "orderBy: [" + "{count: ASC}," * 6 + "]": "BAD_USER_INPUT",
    'having: {count: {gt: "1"}}': "GRAPHQL_VALIDATION_FAILED",
    "having: {nothing: {}}": "GRAPHQL_VALIDATION_FAILED",
}


@pytest.mark.parametrize("arguments", BAD)
async def test_bad_input_is_told_so(graph: Graph, arguments: str) -> None:
    answer = await graph.ask(f"{{ opportunityAggregate({arguments}) {{ groups {{ count }} maskedCount }} }}")
    assert answer.code == BAD[arguments]


async def test_an_absent_field_has_no_aggregate(graph: Graph) -> None:
    answer = await graph.ask("{ opportunityAggregate { groups { cost { sum } } } }", role="sales")
    assert answer.code == "GRAPHQL_VALIDATION_FAILED"
    assert (await graph.ask("{ opportunityAggregate { groups { count } } }", role="marketing")).errors != []


# ── Values that count in sums and are not seen one by one ───────────────────
SUMMED = """
version = "summed"
smallest_group = 5
[roles.marketing]
[[roles.marketing.grants]]
resources = ["opportunity", "user"]
scopes = ["all"]
actions = ["read"]
aggregable = ["financial"]
"""


def summed_policy(smallest: int) -> Policy:
    """Return a policy under which marketing knows totals."""
    return parse_policy(SUMMED.replace("smallest_group = 5", f"smallest_group = {smallest}"))


@pytest_asyncio.fixture
async def summing(graph: Graph, request: pytest.FixtureRequest) -> AsyncIterator[Graph]:
    """Yield the graph under a policy with groups of at least some size."""
    app, pool = make_graph(graph.rows.url, summed_policy(request.param))
    await pool.open()
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://graph.test") as client:
        yield Graph(app, pool, client, graph.rows)
    await pool.close()


@pytest.mark.parametrize("summing", [5], indirect=True)
async def test_hidden_values_count_in_sums_and_are_not_seen(summing: Graph) -> None:
    (group,) = await groups(summing, "", "count amount { sum avg min max countDistinct maskedCount }", role="marketing")
    total, mean = summing.rows.all(f"SELECT sum(amount)::text, round(avg(amount), 6)::text {LIVE}")[0]
    assert group["amount"] == {
        "sum": total, "avg": mean, "min": None, "max": None, "countDistinct": 0, "maskedCount": 0,
    }  # fmt: skip
    for query in (
        "{ opportunities { nodes { amount { amount } } } }",
        '{ opportunities(filter: {amount: {gt: "1"}}) { totalCount } }',
        "{ opportunities(orderBy: [{amount: ASC}]) { totalCount } }",
    ):
        assert (await summing.ask(query, role="marketing")).code == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize("summing", [2, 5, 9, 12], indirect=True)
async def test_groups_too_small_are_merged_and_what_is_still_too_small_is_not_shown(
    summing: Graph, request: pytest.FixtureRequest
) -> None:
    smallest = request.node.callspec.params["summing"]
    sizes = summing.rows.all(f"SELECT owner_id, count(*) {LIVE} GROUP BY 1")
    arguments = "groupBy: [{owner: true}], limit: 500"
    found = await groups(summing, arguments, "isOther count key { owner { id } } amount { sum }", role="marketing")
    named = {(g["key"]["owner"] or {}).get("id"): g["count"] for g in found if not g["isOther"]}
    assert named == {key and f"User_{key}": size for key, size in sizes if size >= smallest}
    rest = sum(size for _, size in sizes if size < smallest)
    assert [g["count"] for g in found if g["isOther"]] == ([rest] if rest >= smallest else [])
    assert all(group["key"]["owner"] is None for group in found if group["isOther"])


@pytest.mark.parametrize("summing", [5], indirect=True)
async def test_a_filter_that_leaves_too_few_shows_no_group(summing: Graph) -> None:
    keys = [key for (key,) in summing.rows.all(f"SELECT name {LIVE} ORDER BY id LIMIT 4")]
    query = (
        "query($k: [String!]) { a: opportunityAggregate(filter: {name: {in: $k}}) { groups { count amount { sum } } } }"
    )
    assert (await summing.data(query, role="marketing", k=keys[:1]))["a"]["groups"] == []


@pytest.mark.parametrize("summing", [5], indirect=True)
async def test_having_and_order_by_a_hidden_sum_are_merged_first(summing: Graph) -> None:
    arguments = (
        'groupBy: [{owner: true}], having: {amount: {sum: {gt: "0"}}}, orderBy: [{amount: {sum: DESC}}], limit: 500'
    )
    found = await groups(summing, arguments, "count amount { sum }", role="marketing")
    assert all(group["count"] >= 5 for group in found)
    sums = [Decimal(group["amount"]["sum"]) for group in found]
    assert sums == sorted(sums, reverse=True)
