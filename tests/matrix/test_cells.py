"""Who sees which values: every role × field × row is clear, masked, or no part of the role's graph."""

from typing import Any

import pytest

from tests.matrix.api import Api, suggested
from tests.matrix.tables import CELLS, FIELDS, NOUNS, ROWS, WITHHELD

pytestmark = pytest.mark.django_db

CONNECTIONS = {noun: connection for connection, noun in NOUNS.items()}
CASES = [
    (role, path, clear_on)
    for role, by_category in CELLS.items()
    for path, (category, _, _) in FIELDS.items()
    if ROWS[role][CONNECTIONS[path.partition(".")[0]]] != "-"
    and (clear_on := by_category.get(path, by_category[category])) != "absent"
]
ABSENT = [
    (role, path)
    for role, by_category in CELLS.items()
    for path, (category, _, _) in FIELDS.items()
    if ROWS[role][CONNECTIONS[path.partition(".")[0]]] != "-"
    and by_category.get(path, by_category[category]) == "absent"
]


def _selected(path: str) -> str:
    _, _, field = path.partition(".")
    _, clear, _ = FIELDS[path]
    return f"{field} {{ amount }}" if isinstance(clear, dict) else field


def _ask(api: Api, role: str, path: str) -> dict[str, Any]:
    noun = path.partition(".")[0]
    query = f"{{ {CONNECTIONS[noun]} {{ nodes {{ id maskedFields {_selected(path)} }} }} }}"
    answer: dict[str, Any] = api.post(role, query).json()
    assert "errors" not in answer, answer
    return answer


@pytest.mark.parametrize(("role", "path", "clear_on"), CASES)
def test_a_cell_is_clear_on_these_rows_and_masked_on_the_others(api: Api, role: str, path: str, clear_on: str) -> None:
    noun, _, field = path.partition(".")
    category, clear, masked = FIELDS[path]
    masked = None if (role, category) in WITHHELD else masked
    answer = _ask(api, role, path)

    nodes = answer["data"][CONNECTIONS[noun]]["nodes"]
    names = {api.world.name(noun, node["id"]): node for node in nodes}
    clear_names = set(names) if clear_on == "everywhere" else set(names) & set(clear_on.split())
    for name, node in names.items():
        # The tables' amounts are those of the rows that hang on customers.
        assert node[field] == (clear if name in clear_names else masked), name
        assert (field in node["maskedFields"]) == (name not in clear_names), name
    said = answer.get("extensions", {}).get("access", {})
    if clear_on == "everywhere":
        assert said == {}
    else:
        entry = said[f"{CONNECTIONS[noun]}.nodes.{field}"]
        assert (entry["level"], entry["category"]) == ("VARIES" if clear_names else "MASKED", category)


@pytest.mark.parametrize(("role", "path"), ABSENT)
def test_an_absent_field_is_unknown_and_never_suggested(api: Api, role: str, path: str) -> None:
    noun, _, field = path.partition(".")
    message = api.refusal(role, f"{{ {CONNECTIONS[noun]} {{ nodes {{ {_selected(path)} }} }} }}")
    misspelt = api.refusal(role, f"{{ {CONNECTIONS[noun]} {{ nodes {{ {field}x }} }} }}")

    hidden = {other.partition(".")[2] for each, other in ABSENT if each == role and other.startswith(f"{noun}.")}
    assert message.startswith(f"Cannot query field '{field}' on type '{noun}'.")
    assert not suggested(message) & hidden
    assert not suggested(misspelt) & hidden


@pytest.mark.parametrize(("role", "path"), ABSENT)
def test_an_absent_field_is_not_in_the_introspection_either(api: Api, role: str, path: str) -> None:
    noun, _, field = path.partition(".")
    data = api.data(role, f'{{ __type(name: "{noun}") {{ fields {{ name }} }} }}')

    assert field not in {each["name"] for each in data["__type"]["fields"]}


@pytest.mark.parametrize(
    ("role", "category", "may"),
    [
        ("sales", "Contact.mobile", False),
        ("sales_manager", "Contact.mobile", True),
        ("finance", "Contact.mobile", False),
        ("support", "Contact.mobile", True),
        ("marketing", "Contact.mobile", False),
        ("intern", "Contact.mobile", False),
        ("director", "Contact.idNumber", True),
    ],
)
def test_the_answer_says_whether_a_mask_may_be_lifted(api: Api, role: str, category: str, may: bool) -> None:
    answer = _ask(api, role, category)

    entry = answer["extensions"]["access"][f"contacts.nodes.{category.partition('.')[2]}"]
    assert entry["reveal"] is may
