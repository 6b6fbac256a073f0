"""Search: any part of a name, number or tag, in any width and case, among what is seen."""

import pytest

from backend.crm.models import Customer
from tests.schema.graph import Graph

ASK = "query($s: String) { customers(first: 500, search: $s) { totalCount nodes { id name tags { nodes { name } } } } }"


@pytest.mark.parametrize("term", ["科技", "公司", "上海", "技", "海", "有限公司", "", "%", "_", "不存在的词"])
async def test_a_part_of_a_name_or_tag_is_found(graph: Graph, term: str) -> None:
    sql = """SELECT c.id FROM crm_customer c WHERE deleted_at IS NULL AND (position(%s IN name) > 0
             OR position(%s IN credit_code) > 0 OR EXISTS (SELECT 1 FROM crm_tagging g JOIN crm_tag t ON t.id = g.tag_id
             WHERE g.customer_id = c.id AND position(%s IN t.name) > 0))"""
    data = (await graph.data(ASK, s=term))["customers"]
    found = {node["id"] for node in data["nodes"]}
    expected = {f"Customer_{key}" for (key,) in graph.rows.all(sql, term, term, term)}
    assert expected <= found
    assert data["totalCount"] == len(found)
    assert len(expected) == (100 if term == "" else len(expected))
    if term in {"%", "不存在的词"}:
        assert found == set()


async def test_width_and_case_do_not_matter(graph: Graph) -> None:
    code = graph.rows.one("SELECT credit_code FROM crm_customer WHERE credit_code ~ '[A-Z]' ORDER BY id LIMIT 1")
    wide = "".join(chr(ord(each) + 0xFEE0) for each in code)
    answers = [await graph.data(ASK, s=term) for term in (code, code.lower(), wide, wide.lower())]
    assert answers[0]["customers"]["totalCount"] == 1
    assert all(answer == answers[0] for answer in answers)


async def test_only_what_is_seen_is_found(graph: Graph) -> None:
    sales = (await graph.data(ASK, role="sales", s="公司"))["customers"]["nodes"]
    seen = (await graph.data(ASK, role="sales", s=None))["customers"]["nodes"]
    assert {node["id"] for node in sales} <= {node["id"] for node in seen}
    assert len(sales) == sum(
        "公司" in node["name"] or any("公司" in t["name"] for t in node["tags"]["nodes"]) for node in seen
    )


async def test_what_is_gated_is_not_searched(graph: Graph) -> None:
    _, phone = graph.rows.opened(Customer, "phone")
    assert (await graph.data(ASK, s=phone))["customers"]["totalCount"] == 0


async def test_search_and_filter_both_hold(graph: Graph) -> None:
    data = await graph.data(
        '{ customers(first: 500, search: "公司", filter: {level: {eq: A}}) { nodes { name level } } }'
    )
    assert data["customers"]["nodes"]
    assert all("公司" in node["name"] and node["level"] == "A" for node in data["customers"]["nodes"])


async def test_a_term_has_a_limit_whether_or_not_the_plan_is_known(graph: Graph) -> None:
    assert (await graph.ask(ASK, s="技" * 100)).errors == []
    for _ in range(2):
        assert (await graph.ask(ASK, s="技" * 101)).code == "BAD_USER_INPUT"
    written = await graph.ask(f'{{ customers(search: "{"x" * 101}") {{ totalCount }} }}')
    assert written.code == "BAD_USER_INPUT"
    assert (await graph.ask(ASK, s="\x00")).code == "BAD_USER_INPUT"
