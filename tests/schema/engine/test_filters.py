"""Filters: each lookup against SQL, what is masked against every question, and the limits."""

from typing import Any

import pytest

from backend.crm.models import Customer
from tests.schema.graph import Graph

LIVE = "SELECT id FROM crm_customer WHERE deleted_at IS NULL"
# filter → the condition in SQL, for somebody who sees everything.
LOOKUPS = {
    '{name: {eq: "%(name)s"}}': "name = '%(name)s'",
    '{name: {ne: "%(name)s"}}': "name <> '%(name)s'",
    '{name: {in: ["%(name)s", "nothing"]}}': "name = '%(name)s'",
    '{name: {notIn: ["%(name)s"]}}': "name <> '%(name)s'",
    '{name: {contains: "科技"}}': "position('科技' IN name) > 0",
    '{name: {contains: "%%"}}': "position(chr(37) IN name) > 0",
    '{name: {contains: "_"}}': "position('_' IN name) > 0",
    '{name: {contains: "\\\\"}}': "FALSE",
    '{name: {startsWith: "上海"}}': "starts_with(name, '上海')",
    "{name: {isNull: true}}": "FALSE",
    "{level: {eq: A}}": "level = 'a'",
    "{level: {ne: A}}": "level <> 'a'",
    "{level: {in: [A, B]}}": "level IN ('a', 'b')",
    "{level: {in: A}}": "level = 'a'",
    "{level: {in: []}}": "FALSE",
    "{level: {notIn: []}}": "TRUE",
    "{level: {notIn: [A, B]}}": "level NOT IN ('a', 'b')",
    '{phone: {eq: "%(phone)s"}}': "phone_index = (SELECT phone_index FROM crm_customer WHERE id = '%(phone_of)s')",
    '{phone: {ne: "%(phone)s"}}':
        "phone_index IS DISTINCT FROM (SELECT phone_index FROM crm_customer WHERE id = '%(phone_of)s')",
    "{phone: {isNull: true}}": "phone IS NULL",
    "{phone: {isNull: false}}": "phone IS NOT NULL",
    '{creditLimit: {eq: "%(limit)s"}}': "credit_limit = %(limit)s",
    '{creditLimit: {ne: "%(limit)s"}}': "credit_limit IS DISTINCT FROM %(limit)s",
    '{creditLimit: {in: ["%(limit)s"]}}': "credit_limit = %(limit)s",
    '{creditLimit: {notIn: ["%(limit)s"]}}': "credit_limit IS DISTINCT FROM %(limit)s",
    '{creditLimit: {lt: "%(limit)s"}}': "credit_limit < %(limit)s",
    '{creditLimit: {lte: "%(limit)s"}}': "credit_limit <= %(limit)s",
    '{creditLimit: {gt: "%(limit)s"}}': "credit_limit > %(limit)s",
    '{creditLimit: {gte: "%(limit)s"}}': "credit_limit >= %(limit)s",
    '{not: {creditLimit: {gte: "%(limit)s"}}}': "(credit_limit >= %(limit)s) IS NOT TRUE",
    '{creditLimit: {between: {from: "1000", to: "%(limit)s"}}}': "credit_limit BETWEEN 1000 AND %(limit)s",
    '{creditLimit: {between: {to: "%(limit)s"}}}': "credit_limit <= %(limit)s",
    '{creditLimit: {between: {from: "%(limit)s", to: null}}}': "credit_limit >= %(limit)s",
    "{creditLimit: {between: {}}}": "credit_limit IS NOT NULL",
    "{creditLimit: {isNull: true}}": "credit_limit IS NULL",
    '{createdAt: {gte: "%(created)s"}}': "created_at >= '%(created)s'",
    '{createdAt: {between: {to: "%(created)s"}}}': "created_at <= '%(created)s'",
    "{lastFollowedUpAt: {isNull: false}}": "last_followed_up_at IS NOT NULL",
    "{}": "TRUE",
    "{level: null, name: {eq: null}}": "TRUE",
    "{or: []}": "FALSE",
    "{and: []}": "TRUE",
    "{not: {}}": "FALSE",
    "{or: [{level: {eq: A}}, {level: {eq: B}}]}": "level IN ('a', 'b')",
    "{and: [{level: {eq: A}}, {level: {eq: B}}]}": "FALSE",
    "{and: {level: {eq: A}}, not: {not: {level: {ne: B}}}}": "level = 'a'",
    '{owner: {username: {eq: "sales"}}}': "owner_id = (SELECT id FROM identity_user WHERE username = 'sales')",
    "{not: {owner: {}}}": "owner_id IS NULL",
    "{contacts: {some: {isPrimary: {eq: true}}}}": "id IN (SELECT customer_id FROM crm_contact WHERE is_primary)",
    "{contacts: {none: {isPrimary: {eq: true}}}}": "id NOT IN (SELECT customer_id FROM crm_contact WHERE is_primary)",
    "{contacts: {every: {isPrimary: {eq: true}}}}":
        "id NOT IN (SELECT customer_id FROM crm_contact WHERE NOT is_primary)",
    "{contracts: {none: {}}}": "id NOT IN (SELECT customer_id FROM crm_contract WHERE deleted_at IS NULL)",
    '{tags: {some: {name: {eq: "%(tag)s"}}}}':
        "id IN (SELECT customer_id FROM crm_tagging JOIN crm_tag t ON t.id = tag_id WHERE t.name = '%(tag)s')",
    '{tags: {none: {name: {eq: "%(tag)s"}}}}':
        "id NOT IN (SELECT customer_id FROM crm_tagging JOIN crm_tag t ON t.id = tag_id WHERE t.name = '%(tag)s')",
}  # fmt: skip
ASK = "query($f: CustomerFilter) { customers(first: 500, filter: $f) { totalCount nodes { id } } }"


def known(graph: Graph) -> dict[str, Any]:
    """Return values that some rows have."""
    one = graph.rows.one
    phone_of, phone = graph.rows.opened(Customer, "phone")
    return {
        "name": one(f"SELECT name FROM ({LIVE}) AS l JOIN crm_customer USING (id) LIMIT 1"),  # noqa: S608  the constant above
        "phone": phone,
        "phone_of": phone_of,
        "limit": one("SELECT credit_limit FROM crm_customer WHERE credit_limit > 1000 ORDER BY id LIMIT 1"),
        "created": one("SELECT created_at FROM crm_customer ORDER BY id LIMIT 1").isoformat(),
        "tag": one("SELECT name FROM crm_tag JOIN crm_tagging ON tag_id = crm_tag.id ORDER BY 1 LIMIT 1"),
    }


def found(data: Any) -> set[str]:
    """Return the keys of the rows of an answer, which counts them right."""
    keys = {node["id"].removeprefix("Customer_") for node in data["customers"]["nodes"]}
    assert data["customers"].get("totalCount", len(keys)) == len(keys)
    return keys


@pytest.mark.parametrize(("written", "sql"), LOOKUPS.items(), ids=LOOKUPS)
async def test_a_lookup_finds_what_sql_finds(graph: Graph, written: str, sql: str) -> None:
    values = known(graph)
    expected = {str(key) for (key,) in graph.rows.all(f"{LIVE} AND ({sql % values})")}
    query = f"{{ customers(first: 500, filter: {written % values}) {{ totalCount nodes {{ id }} }} }}"
    assert found(await graph.data(query)) == expected


QUESTIONS = [
    {"eq": "%(phone)s"}, {"ne": "%(phone)s"}, {"in": ["%(phone)s"]}, {"notIn": ["%(phone)s"]}, {"notIn": []},
    {"isNull": True}, {"isNull": False},
]  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS, ids=str)
@pytest.mark.parametrize("wrap", ["plain", "not", "not not", "or not"])
async def test_a_masked_cell_matches_nothing_nor_its_negation(graph: Graph, question: Any, wrap: str) -> None:
    _, phone = graph.rows.opened(Customer, "phone", "pool_status = 'in_pool'")
    asked: Any = {"phone": {key: _with(value, phone) for key, value in question.items()}}
    wrapped = {
        "plain": asked,
        "not": {"not": asked},
        "not not": {"not": {"not": asked}},
        "or not": {"or": [asked, {"not": asked}]},
    }[wrap]
    for role in ("sales", "marketing"):
        nodes = (await graph.data("{ customers(first: 500) { nodes { id maskedFields } } }", role=role))["customers"]
        masked = {n["id"].removeprefix("Customer_") for n in nodes["nodes"] if "phone" in n["maskedFields"]}
        clear = {n["id"].removeprefix("Customer_") for n in nodes["nodes"]} - masked
        rows = found(await graph.data(ASK, role=role, f=wrapped))
        assert masked
        assert not rows & masked
        assert wrap != "or not" or rows == clear


def _with(value: Any, phone: str) -> Any:
    if isinstance(value, list):
        return [each % {"phone": phone} for each in value]
    return value % {"phone": phone} if isinstance(value, str) else value


async def test_a_masked_cell_of_a_related_row_leaves_its_row_undecided(graph: Graph) -> None:
    for quantifier in ("some", "none", "every"):
        data = await graph.data(ASK, role="marketing", f={"contacts": {quantifier: {"mobile": {"isNull": False}}}})
        without = (
            "SELECT count(*) FROM crm_customer c WHERE NOT EXISTS (SELECT 1 FROM crm_contact WHERE customer_id = c.id)"
        )
        assert len(found(data)) == (0 if quantifier == "some" else graph.rows.one(without))


async def test_what_is_known_decides_beside_what_is_not(graph: Graph) -> None:
    whole = graph.rows.one("SELECT count(*) FROM crm_customer WHERE level = 'a'")
    masked = {"phone": {"isNull": False}}
    either: Any = {"or": [masked, {"level": {"eq": "A"}}]}
    assert len(found(await graph.data(ASK, role="marketing", f=either))) == whole
    neither: Any = {"not": {"and": [masked, {"level": {"ne": "A"}}]}}
    assert len(found(await graph.data(ASK, role="marketing", f=neither))) == whole


async def test_related_rows_out_of_view_are_not_looked_at(graph: Graph) -> None:
    data = await graph.data(ASK, role="sales", f={"contracts": {"some": {}}})
    shown = await graph.data("{ customers(first: 500) { nodes { id contracts { totalCount } } } }", role="sales")
    expected = {n["id"].removeprefix("Customer_") for n in shown["customers"]["nodes"] if n["contracts"]["totalCount"]}
    assert found(data) == expected


async def test_a_filter_serves_nested_lists(graph: Graph) -> None:
    data = await graph.data(
        "query($f: ContactFilter) { customers(first: 20) { nodes { contacts(filter: $f) { nodes { isPrimary } } } } }",
        f={"isPrimary": {"eq": True}},
    )
    flags = [contact["isPrimary"] for node in data["customers"]["nodes"] for contact in node["contacts"]["nodes"]]
    assert flags
    assert all(flags)


async def test_an_absent_field_cannot_be_asked_about(graph: Graph) -> None:
    written = await graph.ask('{ customers(filter: {riskNote: {eq: "x"}}) { totalCount } }', role="marketing")
    passed = await graph.ask(ASK, role="marketing", f={"creditLimit": {"isNull": True}})
    assert (written.code, passed.code) == ("GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT")


def owners(depth: int) -> dict[str, Any]:
    """Return a filter that goes through `depth` relations."""
    inner: dict[str, Any] = {}
    for _ in range(depth):
        inner = {"parent": inner}
    return inner


LIMITS = [
    (owners(3), owners(4), "OPERATION_TOO_COMPLEX"),
    ({"or": [{"level": {"eq": "A"}}] * 99}, {"or": [{"level": {"eq": "A"}}] * 100}, "OPERATION_TOO_COMPLEX"),
    ({"name": {"in": ["x"] * 1000}}, {"name": {"in": ["x"] * 1001}}, "BAD_USER_INPUT"),
]


@pytest.mark.parametrize(("allowed", "refused", "code"), LIMITS, ids=["depth", "conditions", "list"])
async def test_a_filter_has_limits_whether_or_not_its_plan_is_known(
    graph: Graph, allowed: dict[str, Any], refused: dict[str, Any], code: str
) -> None:
    assert (await graph.ask(ASK, f=allowed)).errors == []
    assert (await graph.ask(ASK, f=refused)).code == code


async def test_conditions_count_in_what_an_operation_may_cost(graph: Graph) -> None:
    lists = " ".join(f"a{number}: customers(filter: $f) {{ totalCount }}" for number in range(40))
    filtered = {"or": [{"level": {"eq": "A"}}] * 90}
    answer = await graph.ask(f"query($f: CustomerFilter) {{ {lists} }}", f=filtered)
    assert answer.code == "OPERATION_TOO_COMPLEX"


BAD = [
    {"name": "x"}, {"name": {"eq": 1}}, {"name": {"eq": "\x00"}}, {"name": {"like": "x"}}, {"name": {"in": [None]}},
    {"level": {"eq": "Z"}}, {"level": {"eq": "a"}}, {"creditLimit": {"gt": 1}}, {"creditLimit": {"gt": "NaN"}},
    {"creditLimit": {"gt": "1e999999"}}, {"creditLimit": {"gt": ""}}, {"createdAt": {"gt": "yesterday"}},
    {"and": "x"}, {"nothing": {}}, {"contacts": {}, "owner": "x"}, {"contacts": {"any": {}}}, [], "x",
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD, ids=str)
async def test_bad_input_is_told_so(graph: Graph, bad: Any) -> None:
    assert (await graph.ask(ASK, f=bad)).code == "BAD_USER_INPUT"
