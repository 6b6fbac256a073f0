"""Every way GraphQL lets a client spell a selection, answered by the engine as the specification says."""

from typing import Any

import pytest

from tests.schema.graph import Graph

FIRST = "customers(first: 1, orderBy: [{name: ASC}])"


async def first(graph: Graph, selection: str, rest: str = "", **variables: Any) -> dict[str, Any]:
    """Return the first customer with a selection."""
    data = await graph.data(f"query{rest.partition('|')[0]} {{ {FIRST} {{ nodes {{ {selection} }} }} }}"
                            f" {rest.partition('|')[2]}", **variables)  # fmt: skip
    node: dict[str, Any] = data["customers"]["nodes"][0]
    return node


async def test_keys_come_in_the_order_of_the_selection(graph: Graph) -> None:
    assert list(await first(graph, "name id region level name")) == ["name", "id", "region", "level"]
    assert list(await first(graph, "level b: region id a: region")) == ["level", "b", "id", "a"]


async def test_aliases_give_one_field_several_names(graph: Graph) -> None:
    node = await first(graph, "name a: name __b: name o: owner { id n: name } owner { id }")
    assert node["name"] == node["a"] == node["__b"]
    assert node["o"]["id"] == node["owner"]["id"]


async def test_equal_fields_merge_their_selections(graph: Graph) -> None:
    node = await first(graph, "owner { id } owner { name } contacts { totalCount } contacts { nodes { id } }")
    assert list(node["owner"]) == ["id", "name"]
    assert node["contacts"]["totalCount"] == len(node["contacts"]["nodes"]) == 3


async def test_one_connection_under_two_aliases_has_two_sets_of_arguments(graph: Graph) -> None:
    node = await first(
        graph,
        "one: contacts(first: 1) { nodes { name } } all: contacts(orderBy: [{name: DESC}]) { nodes { name } } "
        "last: contacts(last: 1) { nodes { name } }",
    )
    names = [each["name"] for each in node["all"]["nodes"]]
    assert len(node["one"]["nodes"]) == len(node["last"]["nodes"]) == 1
    assert names == sorted(names, reverse=True)
    assert node["one"] != node["last"]


async def test_typename_is_answered_everywhere(graph: Graph) -> None:
    selection = """__typename nodes { __typename contacts { __typename edges { __typename node { __typename } }
      pageInfo { __typename } nodes { t: __typename } }
      creditLimit { __typename } owner { __typename team { __typename } } }"""
    data = await graph.data(f"{{ __typename {FIRST} {{ {selection} }} viewer {{ __typename }} }}")
    assert data["__typename"] == "Query"
    assert data["viewer"] == {"__typename": "Viewer"}
    assert data["customers"]["__typename"] == "CustomerConnection"
    (node,) = data["customers"]["nodes"]
    assert node["__typename"] == "Customer"
    assert node["owner"] == {"__typename": "User", "team": {"__typename": "Team"}}
    assert node["contacts"]["__typename"] == "ContactConnection"
    assert node["contacts"]["edges"][0] == {"__typename": "ContactEdge", "node": {"__typename": "Contact"}}
    assert node["contacts"]["pageInfo"] == {"__typename": "PageInfo"}


async def test_fragments_named_inline_bare_and_nested_are_spread(graph: Graph) -> None:
    plain = await first(graph, "id name region owner { id name }")
    spread = await first(
        graph,
        "...A ... { region } ... on Customer { ...B } ... on Node { id } ... on TaskSubject { id }",
        "|fragment A on Customer { id ...C } fragment B on Customer { owner { ...D } } "
        "fragment C on Customer { name } fragment D on User { ... on Node { id } name }",
    )
    assert spread == plain


async def test_a_fragment_of_another_type_adds_nothing(graph: Graph) -> None:
    tag = graph.rows.one("SELECT id FROM crm_tag LIMIT 1")
    query = """query($i: ID!) { node(id: $i) {
      ... on Customer { name } ... on Tag { id } ... on TaskSubject { id maskedFields } } }"""
    assert await graph.data(query, i=f"Tag_{tag}") == {"node": {"id": f"Tag_{tag}"}}
    assert await graph.data("query($i: ID!) { node(id: $i) { ... on Team { id } } }", i=f"Tag_{tag}") == {"node": {}}


async def test_an_interface_is_answered_by_its_type(graph: Graph) -> None:
    query = """{ tasks(first: 100) { nodes {
      about { __typename id ... on Customer { name } ... on Contract { number } } } } }"""
    seen = set()
    for node in (await graph.data(query))["tasks"]["nodes"]:
        about = node["about"]
        if about is not None:
            seen.add(about["__typename"])
            assert about["id"].startswith(f"{about['__typename']}_")
            assert ("name" in about) == (about["__typename"] == "Customer")
            assert ("number" in about) == (about["__typename"] == "Contract")
    assert len(seen) >= 2


@pytest.mark.parametrize(
    ("on", "off", "keys"),
    [(True, True, ["id", "name"]), (True, False, ["id", "name", "region", "owner"]), (False, True, ["id"]),
     (False, False, ["id", "region", "owner"])],
)  # fmt: skip
async def test_skip_and_include_follow_their_variables(graph: Graph, on: bool, off: bool, keys: list[str]) -> None:
    # One document, four shapes: a plan of one must never answer for another.
    for _ in range(2):
        node = await first(
            graph,
            "id name @include(if: $on) ... @skip(if: $off) { region } ...O @skip(if: $off)",
            "($on: Boolean!, $off: Boolean!)|fragment O on Customer { owner { id } }",
            on=on,
            off=off,
        )
        assert list(node) == keys


async def test_skip_wins_over_include_and_literals_count(graph: Graph) -> None:
    node = await first(
        graph, "id a: name @skip(if: true) @include(if: true) b: name @include(if: false) c: name @skip(if: false)"
    )
    assert list(node) == ["id", "c"]


async def test_a_page_may_be_skipped_at_the_root(graph: Graph) -> None:
    query = "query($no: Boolean = true) { tags(first: 1) { nodes { id } } users @skip(if: $no) { totalCount } }"
    assert list(await graph.data(query)) == ["tags"]
    assert list(await graph.data(query, no=False)) == ["tags", "users"]


async def test_variables_have_defaults_and_may_be_null_or_missing(graph: Graph) -> None:
    query = """query($n: Int = 2, $a: String, $o: [TagOrder!] = [{name: DESC}]) {
      tags(first: $n, after: $a, orderBy: $o) { nodes { name } } }"""
    default = (await graph.data(query))["tags"]["nodes"]
    names = [tag["name"] for tag in default]
    assert (len(default), names) == (2, sorted(names, reverse=True))
    assert len((await graph.data(query, n=3))["tags"]["nodes"]) == 3
    every = (await graph.data(query, n=None, a=None))["tags"]["nodes"]
    assert len(every) == graph.rows.one("SELECT count(*) FROM crm_tag")
    ascending = (await graph.data(query, o=[{"name": "ASC"}], n=None))["tags"]["nodes"]
    assert ascending == every[::-1]


@pytest.mark.parametrize("width", [49, 50, 51, 99, 100, 101, 151, 400])
async def test_a_wide_object_keeps_every_key_in_order(graph: Graph, width: int) -> None:
    fields = ("name", "phone", "region", "level", "creditLimit { amount }", "owner { id }", "version", "maskedFields")
    node = await first(graph, " ".join(f"k{n}: {fields[n % len(fields)]}" for n in range(width)))
    assert list(node) == [f"k{n}" for n in range(width)]
    for place, one in enumerate(list(node.values())[: len(fields)]):
        assert all(node[f"k{n}"] == one for n in range(place, width, len(fields)))


async def test_names_that_are_words_of_sql_and_python_are_only_names(graph: Graph) -> None:
    keys = [
        "select",
        "from",
        "null",
        "r",
        "p",
        "t",
        "a0",
        "c0",
        "k",
        "rn",
        "prism_n0",
        "prism_k",
        "class",
        "_",
        "__x",
        "s",
        "j0",
    ]
    node = await first(
        graph,
        " ".join(f"{key}: name" for key in keys)
        + " contacts { "
        + " ".join(f"{key}: totalCount" for key in keys)
        + " }",
    )
    assert list(node) == [*keys, "contacts"]
    assert list(node["contacts"]) == keys


async def test_two_operations_of_one_document_do_not_mix(graph: Graph) -> None:
    query = "query A { tags(first: 1) { nodes { id } } } query B { tags(first: 2) { nodes { name } } }"
    for _ in range(2):
        assert [list(tag) for tag in (await graph.data(query, name="A"))["tags"]["nodes"]] == [["id"]]
        assert [list(tag) for tag in (await graph.data(query, name="B"))["tags"]["nodes"]] == [["name"], ["name"]]


async def test_nodes_keep_the_order_and_the_repeats_of_their_ids(graph: Graph) -> None:
    tags = [f"Tag_{key}" for (key,) in graph.rows.all("SELECT id FROM crm_tag LIMIT 3")]
    team = graph.rows.some_id("Team")
    ids = [tags[2], team, tags[0], tags[2], tags[1], team]
    data = await graph.data("query($i: [ID!]!) { nodes(ids: $i) { id __typename } }", i=ids)
    assert [node["id"] for node in data["nodes"]] == ids
    assert [node["__typename"] for node in data["nodes"]] == ["Tag", "Team", "Tag", "Tag", "Tag", "Team"]
