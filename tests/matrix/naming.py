"""The documents that name a field, by surface, and those about a noun that name none."""

from dataclasses import dataclass, field
from typing import Any

from tests.matrix.documents import listed
from tests.matrix.offers import (
    aggregate_of,
    functions_of,
    is_group_key,
    is_number,
    is_order_key,
    is_searched,
    kind_of,
    lookups_of,
)

# Stands where a document names the field it is about.
FIELD = "FIELD"


@dataclass(frozen=True)
class Way:
    """A document that names a field, and whether the graph has that way for anybody."""

    document: str
    is_offered: bool
    variables: dict[str, Any] = field(default_factory=dict)

    def about(self, name: str) -> tuple[str, dict[str, Any]]:
        """Return the document and the variables for a field of that name."""
        return self.document.replace(FIELD, name), _renamed(self.variables, name)


def ways_to_name(surface: str, noun: str, name: str) -> list[Way]:
    """Return the ways in which one surface names a field of a noun; its type decides how."""
    match surface:
        case "read":
            chosen = f"{FIELD} {{ amount }}" if kind_of(noun, name) == "Money" else FIELD
            return [Way(f"{{ {listed(noun, '', f'nodes {{ {chosen} }}')} }}", is_offered=True)]
        case "filter":
            # A question that any type of value can be asked.
            return _filters(noun, f"{{{FIELD}: {{in: []}}}}", {FIELD: {"in": []}}, name)
        case "error":
            # Of a wrong type, whatever the field's: who does not have it must not learn what it would be.
            return _filters(noun, f"{{{FIELD}: 5}}", {FIELD: [7]}, name)
        case "order":
            return _orders(noun, name)
        case "group":
            return _groups(noun, name)
        case _:
            return _aggregates(noun, name)


def _filters(noun: str, written: str, value: dict[str, Any], name: str) -> list[Way]:
    offered = bool(lookups_of(noun, name))
    given = f"query($f: {noun}Filter) {{ {listed(noun, 'filter: {or: [{not: $f}]}', 'totalCount')} }}"
    return [
        Way(f"{{ {listed(noun, f'filter: {written}', 'totalCount')} }}", offered),
        Way(given, offered, {"f": value}),
    ]


def _orders(noun: str, name: str) -> list[Way]:
    offered = is_order_key(noun, name)
    given = f"query($o: [{noun}Order!]) {{ {listed(noun, 'orderBy: $o', 'totalCount')} }}"
    return [
        Way(f"{{ {listed(noun, f'orderBy: [{{{FIELD}: ASC}}]', 'totalCount')} }}", offered),
        Way(given, offered, {"o": [{FIELD: "DESC"}]}),
    ]


def _groups(noun: str, name: str) -> list[Way]:
    aggregate = aggregate_of(noun)
    if aggregate is None:
        return []
    offered = is_group_key(noun, name)
    return [
        Way(f"{{ {aggregate}(groupBy: [{{{FIELD}: true}}]) {{ maskedCount }} }}", offered),
        Way(f"{{ {aggregate} {{ groups {{ key {{ {FIELD} }} }} }} }}", offered),
    ]


def _aggregates(noun: str, name: str) -> list[Way]:
    aggregate, is_having = aggregate_of(noun), is_number(noun, name)
    if aggregate is None:
        return []
    return [
        Way(f"{{ {aggregate} {{ groups {{ {FIELD} {{ maskedCount }} }} }} }}", bool(functions_of(noun, name))),
        Way(f"{{ {aggregate}(having: {{{FIELD}: {{max: {{isNull: true}}}}}}) {{ maskedCount }} }}", is_having),
        Way(f"{{ {aggregate}(orderBy: [{{{FIELD}: {{max: ASC}}}}]) {{ maskedCount }} }}", is_having),
    ]


def asking_of(noun: str) -> dict[str, str]:
    """Return by surface a document about a noun that names no field of its own."""
    aggregate = aggregate_of(noun)
    documents = {
        "read": listed(noun, "", "nodes { id }"),
        "filter": listed(noun, "filter: {not: {}}", "totalCount"),
        "order": listed(noun, "orderBy: []", "nodes { id }"),
        "cursor": listed(noun, "first: 1", "edges { cursor }"),
    }
    if is_searched(noun):
        documents["search"] = listed(noun, 'search: "own"', "nodes { id }")
    if aggregate is not None:
        documents["group"] = f"{aggregate}(groupBy: []) {{ groups {{ count }} maskedCount }}"
        documents["aggregate"] = f"{aggregate} {{ groups {{ count }} }}"
    return {surface: f"{{ {document} }}" for surface, document in documents.items()}


def _renamed(value: Any, name: str) -> Any:
    match value:
        case dict():
            return {name if key == FIELD else key: _renamed(each, name) for key, each in value.items()}
        case list():
            return [_renamed(each, name) for each in value]
        case _:
            return value
