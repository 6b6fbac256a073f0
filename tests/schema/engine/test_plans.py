"""Plans are compiled once a document, shape and view, and never answer for another."""

from typing import Any

from schema.engine.documents import Document
from tests.schema.graph import Graph

QUERY = """query($n: Int, $a: String, $o: [CustomerOrder!]) {
  customers(first: $n, after: $a, orderBy: $o) { planned: nodes { name phone } pageInfo { endCursor } }
}"""


def document(graph: Graph, role: str, query: str) -> Document:
    """Return what the graph keeps of a document for a role."""
    principal = graph.app._directory._principals[role]  # type: ignore[attr-defined]
    schemas = graph.app._schemas._schemas
    assert schemas is not None
    _, schema = schemas.get(principal.roles, principal.token_scopes)
    return schema.documents.get(query)


async def test_the_second_request_finds_the_plan_of_the_first(graph: Graph) -> None:
    query = QUERY.replace("planned", "hit")
    end = (await graph.data(query, n=2))["customers"]["pageInfo"]["endCursor"]
    plans = document(graph, "director", query).plans
    assert (plans.hits, plans.misses) == (0, 1)
    await graph.data(query, n=2)
    assert (plans.hits, plans.misses) == (1, 1)
    # Whether there is a cursor changes the statement; which one it is does not.
    second = (await graph.data(query, n=2, a=end))["customers"]
    assert (plans.hits, plans.misses) == (1, 2)
    third = (await graph.data(query, n=2, a=second["pageInfo"]["endCursor"]))["customers"]
    assert (plans.hits, plans.misses) == (2, 2)
    assert second["hit"] != third["hit"]


async def test_ids_share_a_plan_and_answer_for_themselves(graph: Graph) -> None:
    query = "query($i: ID!) { customer(id: $i) { shared: id } }"
    keys = [f"Customer_{key}" for (key,) in graph.rows.all("SELECT id FROM crm_customer LIMIT 5")]
    for key in keys:
        assert await graph.data(query, i=key) == {"customer": {"shared": key}}
    plans = document(graph, "director", query).plans
    assert (plans.hits, plans.misses) == (4, 1)


async def test_each_shape_has_a_plan_of_its_own(graph: Graph) -> None:
    query = QUERY.replace("planned", "shaped")
    shapes: list[dict[str, Any]] = [
        {"n": 1},
        {"n": 2},
        {"n": 2, "o": [{"name": "ASC"}]},
        {"n": 2, "o": [{"name": "DESC"}]},
        {},
    ]
    first = [await graph.data(query, **shape) for shape in shapes]
    again = [await graph.data(query, **shape) for shape in shapes]
    assert first == again
    assert len({str(answer) for answer in first}) == len(shapes)
    plans = document(graph, "director", query).plans
    assert (plans.hits, plans.misses) == (5, 5)


FILTERED = """query($f: CustomerFilter, $s: String) {
  customers(filter: $f, search: $s, first: 500) { %s: nodes { name level } } }"""


async def test_other_values_in_a_filter_find_the_plan(graph: Graph) -> None:
    query = FILTERED % "valued"
    shapes: list[dict[str, Any]] = [
        {"f": {"level": {"in": ["A"]}}, "s": "公司"},
        {"f": {"level": {"in": ["B", "C"]}}, "s": "有限"},
        {"f": {"level": {"in": []}}, "s": ""},
    ]
    answers = [(await graph.data(query, **shape))["customers"]["valued"] for shape in shapes]
    plans = document(graph, "director", query).plans
    assert (plans.hits, plans.misses) == (2, 1)
    assert [{node["level"] for node in answer} for answer in answers] == [{"A"}, {"B", "C"}, set()]


async def test_another_structure_of_a_filter_has_a_plan_of_its_own(graph: Graph) -> None:
    query = FILTERED % "structured"
    shapes: list[dict[str, Any]] = [
        {"f": {"level": {"in": ["A"]}}},
        {"f": {"level": {"notIn": ["A"]}}},
        {"f": {"level": {"in": None}}},
        {"f": {"not": {"level": {"in": ["A"]}}}},
        {"f": {"or": [{"level": {"in": ["A"]}}]}},
        {"f": {"or": [{"level": {"in": ["A"]}}, {"level": {"in": ["B"]}}]}},
        {"f": None},
        {"s": "公司"},
        {},
    ]
    first = [await graph.data(query, **shape) for shape in shapes]
    plans = document(graph, "director", query).plans
    assert (plans.hits, plans.misses) == (0, len(shapes))
    assert first == [await graph.data(query, **shape) for shape in shapes]
    assert (plans.hits, plans.misses) == (len(shapes), len(shapes))


async def test_a_variable_inside_a_written_list_is_never_stale(graph: Graph) -> None:
    query = """query($x: CustomerLevel!) {
      customers(filter: {level: {in: [A, $x]}}, first: 500) { listed: nodes { level } } }"""
    for level in ("B", "C", "A", "B"):
        nodes = (await graph.data(query, x=level))["customers"]["listed"]
        assert {node["level"] for node in nodes} == {"A", level}


async def test_a_variable_inside_a_written_filter_is_never_stale(graph: Graph) -> None:
    query = """query($x: CustomerLevel, $any: [CustomerFilter!]) {
      customers(filter: {and: [{level: {eq: $x}}, {or: $any}]}, first: 500) { inner: nodes { level region } } }"""
    for level, region in (("B", "华东"), ("A", "华南"), (None, "华东")):
        nodes = (await graph.data(query, x=level, any=[{"region": {"eq": region}}]))["customers"]["inner"]
        assert nodes
        assert {node["region"] for node in nodes} == {region}
        assert level is None or {node["level"] for node in nodes} == {level}
    plans = document(graph, "director", query).plans
    assert (plans.hits, plans.misses) == (1, 2)


async def test_two_views_never_share_a_plan(graph: Graph) -> None:
    query = QUERY.replace("planned", "viewed")
    await graph.data(query, role="director", n=5)
    answers = {role: await graph.data(query, role=role, n=5) for role in ("director", "marketing", "sales", "finance")}
    documents = {id(document(graph, role, query)) for role in answers}
    assert len(documents) == len(answers)
    clear = [node["phone"] for node in answers["director"]["customers"]["viewed"] if node["phone"]]
    masked = [node["phone"] for node in answers["marketing"]["customers"]["viewed"] if node["phone"]]
    assert clear
    assert all(phone.startswith("+") for phone in clear)
    assert all("****" in phone for phone in masked)


async def test_people_with_one_view_share_plans_and_see_their_own_rows(graph: Graph) -> None:
    query = "{ customers(first: 500) { mine: nodes { id } } }"
    interns = graph.rows.all("SELECT username FROM identity_user u JOIN identity_roleassignment r ON r.user_id = u.id "
                             "WHERE r.role = 'intern'")  # fmt: skip
    assert interns
    for (name,) in interns:
        seen = {node["id"] for node in (await graph.data(query, role=name))["customers"]["mine"]}
        owned = "SELECT c.id FROM crm_customer c JOIN identity_user u ON u.id = c.owner_id WHERE u.username = %s"
        assert seen == {f"Customer_{key}" for (key,) in graph.rows.all(owned, name)}
    assert document(graph, "intern", query).plans.misses == 1


async def test_broken_documents_are_not_kept_and_kept_ones_are_bounded(graph: Graph) -> None:
    principal = graph.app._directory._principals["director"]  # type: ignore[attr-defined]
    _, schema = (await graph.app._schemas.current()).get(principal.roles, principal.token_scopes)
    kept = schema.documents._documents
    assert (await graph.ask("{ broken }")).errors
    assert "{ broken }" not in kept
    for number in range(300):
        await graph.ask(f"{{ a{number}: __typename }}")
    assert len(kept) <= 256
    text = sum(len(each) for each in kept)
    assert schema.documents._text_kept == text


async def test_plans_and_statements_of_a_document_are_bounded(graph: Graph) -> None:
    query = "query($n: Int) { tags(first: $n) { bounded: totalCount } }"
    for number in range(50):
        await graph.data(query, n=number)
    plans = document(graph, "director", query).plans
    assert len(plans.plans) == plans.limit
    assert len(plans.statements) <= plans.limit
