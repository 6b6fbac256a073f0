"""A list is ordered by what is clear; a row on which a key is not comes last, in both directions."""

import pytest

from tests.matrix.api import Api, suggested
from tests.matrix.tables import CELLS, FIELDS, NOUNS, ROWS

pytestmark = pytest.mark.django_db

KEYS = {
    "customers": ("creditLimit",),
    "opportunities": ("amount", "cost", "margin"),
    "contracts": ("amount",),
    "payments": ("amount",),
}
# Nobody orders by these, wherever they are clear: their order means nothing.
NO_KEYS = {"customers": ("phone", "riskNote"), "contacts": ("mobile", "idNumber", "birthday"),
           "payments": ("bankAccount",)}  # fmt: skip


def _clear_rows(role: str, connection: str, key: str) -> str:
    """Return the rows on which a field is clear for a role, `everywhere` or `absent`, by hand-written tables."""
    name = f"{NOUNS[connection]}.{key}"
    return CELLS[role].get(name, CELLS[role][FIELDS[name][0]])


PLACES = [
    (role, connection, key)
    for role in CELLS
    for connection, keys in KEYS.items()
    for key in keys
    if ROWS[role][connection] != "-"
]
USED = [place for place in PLACES if _clear_rows(*place) != "absent"]
REFUSED = [place for place in PLACES if _clear_rows(*place) == "absent"] + [
    (role, connection, key)
    for role in CELLS
    for connection, keys in NO_KEYS.items()
    for key in keys
    if ROWS[role][connection] != "-"
]


@pytest.mark.parametrize("direction", ["ASC", "DESC", "ASC_NULLS_FIRST", "DESC_NULLS_FIRST"])
@pytest.mark.parametrize(("role", "connection", "key"), USED)
def test_rows_where_a_key_is_not_clear_come_last(
    api: Api, role: str, connection: str, key: str, direction: str
) -> None:
    query = f"{{ list: {connection}(orderBy: [{{{key}: {direction}}}]) {{ nodes {{ id }} }} }}"
    ids = [node["id"] for node in api.data(role, query)["list"]["nodes"]]
    names = [api.world.name(NOUNS[connection], each) for each in ids]
    clear = _clear_rows(role, connection, key)
    seen = ROWS[role][connection].split()
    expected = set(seen if clear == "everywhere" else clear.split()) & set(seen)

    assert sorted(names) == sorted(seen)
    assert set(names[: len(expected)]) == expected
    # All clear values are equal here: the primary key decides, and of the rows that are not clear nothing else does.
    for part in (ids[: len(expected)], ids[len(expected) :]):
        assert part == sorted(part, reverse=direction.startswith("DESC"))


@pytest.mark.parametrize("role", [role for role in CELLS if ROWS[role]["customers"] != "-"])
def test_a_plain_key_orders_every_row(api: Api, role: str) -> None:
    nodes = api.data(role, "{ customers(orderBy: [{name: DESC}]) { nodes { name } } }")["customers"]["nodes"]
    names = [node["name"] for node in nodes]

    assert names == sorted(ROWS[role]["customers"].split(), reverse=True)


@pytest.mark.parametrize(("role", "connection", "key"), REFUSED)
def test_an_order_key_that_is_never_shown_does_not_exist(api: Api, role: str, connection: str, key: str) -> None:
    literal = api.refusal(role, f"{{ {connection}(orderBy: [{{{key}: ASC}}]) {{ totalCount }} }}")
    kind = f"{NOUNS[connection]}Order"
    query = f"query($o: [{kind}!]) {{ {connection}(orderBy: $o) {{ totalCount }} }}"
    answer = api.post(role, query, {"o": [{key: "ASC"}]}).json()

    assert f"Expected value of type '{kind}' not to include unknown field '{key}'" in literal
    assert key not in suggested(literal)
    assert answer.get("data") is None
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert key not in suggested(answer["errors"][0]["message"])
