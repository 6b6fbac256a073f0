"""The documents that ask for values, for nouns at the root and for parts on their wholes."""

from collections.abc import Mapping, Sequence
from typing import Any

from tests.matrix.offers import aggregate_of, kind_of, place_of


def listed(noun: str, arguments: str, body: str, alias: str = "list") -> str:
    """Write the selection of a noun's list."""
    whole, inner = place_of(noun)
    given = f"({arguments})" if arguments else ""
    if inner is None:
        return f"{alias}: {whole}{given} {{ {body} }}"
    return f"{alias}: {whole} {{ nodes {{ inner: {inner}{given} {{ {body} }} }} }}"


def pages_in(noun: str, listed: Any) -> list[Any]:
    """Return the pages in what `listed` was answered: one, or one for each whole."""
    return [listed] if place_of(noun)[1] is None else [node["inner"] for node in listed["nodes"]]


def nodes_in(noun: str, listed: Any) -> list[Any]:
    """Return the nodes of those pages."""
    return [node for page in pages_in(noun, listed) for node in page["nodes"]]


def path_of(noun: str) -> str:
    """Return the response path of a list's nodes."""
    return "list.nodes" if place_of(noun)[1] is None else "list.nodes.inner.nodes"


def selected(noun: str, fields: Sequence[str]) -> str:
    """Write the selection of fields."""
    return " ".join(f"{field} {{ amount }}" if kind_of(noun, field) == "Money" else field for field in fields)


def reading(noun: str, fields: Sequence[str]) -> str:
    """Write a query for fields of all rows, in a list and by ids."""
    body = f"id maskedFields {selected(noun, fields)}"
    by_id = f"byId: nodes(ids: $ids) {{ ... on {noun} {{ {body} }} }}"
    return f"query($ids: [ID!]!) {{ {listed(noun, '', f'nodes {{ {body} }}')} {by_id} }}"


def finding(noun: str, argument: str, count: int) -> str:
    """Write a query for as many lists as there are values of one argument, in `$v0`, `$v1` …"""
    kind = {"filter": f"{noun}Filter", "search": "String"}[argument]
    declared = ", ".join(f"$v{number}: {kind}" for number in range(count))
    lists = [listed(noun, f"{argument}: $v{number}", "nodes { id }", f"a{number}") for number in range(count)]
    return f"query({declared}) {{ {' '.join(lists)} }}"


def counting(noun: str, count: int) -> str:
    """Write a query for as many aggregates as there are filters, in `$v0`, `$v1` …"""
    declared = ", ".join(f"$v{number}: {noun}Filter" for number in range(count))
    aggregate = aggregate_of(noun)
    counts = [f"a{number}: {aggregate}(filter: $v{number}) {{ groups {{ count }} }}" for number in range(count)]
    return f"query({declared}) {{ {' '.join(counts)} }}"


def numbered(values: Sequence[Any]) -> dict[str, Any]:
    """Return the variables for such a query."""
    return {f"v{number}": value for number, value in enumerate(values)}


def paging(noun: str, arguments: str) -> str:
    """Write a query for one page, with the cursors of its rows."""
    body = "edges { cursor node { id } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage }"
    return f"query($at: String) {{ {listed(noun, arguments, body)} }}"


def aggregating(noun: str, arguments: str, functions: Mapping[str, Sequence[str]], key: str = "") -> str:
    """Write a query for what is said of fields over groups."""
    measured = " ".join(f"{field} {{ {' '.join(names)} }}" for field, names in functions.items())
    grouped = f"key {{ {key} }}" if key else ""
    given = f"({arguments})" if arguments else ""
    return f"{{ groups: {aggregate_of(noun)}{given} {{ groups {{ {grouped} count {measured} }} maskedCount }} }}"
