"""Operations a generator meets too seldom, each of which was or could have been answered wrongly."""

import pytest

from tests.differential.engine import Engine
from tests.differential.nouns import NOUNS, global_id
from tests.differential.operations import CursorNeed, Operation
from tests.differential.pages import Listing
from tests.differential.pair import Pair
from tests.differential.principals import CASES
from tests.differential.rows import World, is_live

pytestmark = pytest.mark.django_db


def _check(pair: Pair, document: str, **variables: object) -> None:
    pair.check(Operation(document, dict(variables), None, ()))


@pytest.mark.parametrize(("policy", "who"), CASES, ids=str)
def test_every_row_there_is_answers_to_its_id_alike(
    world: World, engines: dict[str, Engine], policy: str, who: str
) -> None:
    pair = Pair(world, engines[policy], policy, who)
    for name, facts in NOUNS.items():
        if "Node" not in pair.oracle.schema.type_map:
            continue
        ids = [global_id(name, row.pk) for row in world.all(facts.model)]
        for start in range(0, len(ids), 500):
            _check(pair, "query($i: [ID!]!) { nodes(ids: $i) { __typename id } }", i=ids[start : start + 500])


@pytest.mark.parametrize(("policy", "who"), CASES, ids=str)
def test_every_leaf_of_every_visible_row_is_alike(
    world: World, engines: dict[str, Engine], policy: str, who: str
) -> None:
    pair = Pair(world, engines[policy], policy, who)
    for name, facts in NOUNS.items():
        ids = [global_id(name, row.pk) for row in world.all(facts.model) if pair.oracle.sight.sees(facts.resource, row)]
        if name in pair.oracle.schema.type_map:
            document = f"query($i: [ID!]!) {{ nodes(ids: $i) {{ ... on {name} {{ {_leaves(pair, name)} }} }} }}"
            _check(pair, document, i=ids[:500])


@pytest.mark.parametrize(("policy", "who"), CASES, ids=str)
def test_every_relation_of_every_visible_row_is_alike(
    world: World, engines: dict[str, Engine], policy: str, who: str
) -> None:
    pair = Pair(world, engines[policy], policy, who)
    for name in NOUNS:
        ids = [global_id(name, row.pk) for row in pair.oracle.visible(name)][-60:]
        for relation in _relations(pair, name) if ids else ():
            _check(pair, f"query($i: [ID!]!) {{ nodes(ids: $i) {{ ... on {name} {{ {relation} }} }} }}", i=ids)


@pytest.mark.parametrize(("policy", "who"), [("default", "sales"), ("default", "director")], ids=str)
@pytest.mark.parametrize("direction", ["ASC", "DESC", "ASC_NULLS_FIRST", "DESC_NULLS_FIRST"])
@pytest.mark.parametrize("page", ["first: 7, after: $c", "last: 7, before: $c"])
def test_a_list_read_page_by_page_is_alike(
    world: World, engines: dict[str, Engine], policy: str, who: str, direction: str, page: str
) -> None:
    # An order with many ties and many missing values.
    pair = Pair(world, engines[policy], policy, who)
    order = (("nextFollowUpAt", direction), ("region", "DESC"))
    listing = Listing("Customer", order)
    rows = listing.ordered(pair.oracle.visible("Customer"))
    written = ", ".join(f"{{{name}: {way}}}" for name, way in order)
    asked = "nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
    document = f"query($c: String) {{ customers({page}, orderBy: [{written}]) {{ {asked} }} }}"
    for row in rows[::3]:
        need = CursorNeed("Customer", order, row.pk)
        pair.check(Operation(document, {"c": need.placeholder}, None, (need,)))


def test_the_rows_hold_what_is_nasty(world: World) -> None:
    for name in ("Customer", "Contact", "Opportunity", "Contract", "Payment", "Task"):
        assert any(not is_live(row) for row in world.all(NOUNS[name].model)), name
    assert any(not is_live(world.along(row, ["opportunity"])) for row in world.all(NOUNS["StageChange"].model))


def test_a_page_of_no_rows_of_an_empty_list_is_a_page(world: World, engines: dict[str, Engine]) -> None:
    # `endCursor` alone once made the whole connection null.
    pair = Pair(world, engines["default"], "default", "director")
    for asked in ("pageInfo { endCursor }", "pageInfo { startCursor } totalCount", "totalCountIsCapped", "__typename"):
        _check(pair, f"{{ teams {{ nodes {{ children(first: 0) {{ {asked} }} members(last: 0) {{ {asked} }} }} }} }}")


def _leaves(pair: Pair, type_name: str) -> str:
    written = []
    schema_type: object = pair.oracle.schema.type_map[type_name]
    for name, field in schema_type.fields.items():  # type: ignore[attr-defined]
        if not field.args and not _is_node(str(field.type)):
            written.append(f"{name} {{ amount currency }}" if str(field.type) == "Money" else name)
    return " ".join(written)


def _relations(pair: Pair, type_name: str) -> list[str]:
    """Return each field of a type that leads to other rows, with the rows' ids."""
    if type_name not in pair.oracle.schema.type_map:
        return []
    schema_type: object = pair.oracle.schema.type_map[type_name]
    fields = schema_type.fields.items()  # type: ignore[attr-defined]
    to_one = [f"{name} {{ id maskedFields }}" for name, field in fields if _is_node(str(field.type))]
    to_many = [f"{name}(first: 9) {{ totalCount nodes {{ id maskedFields }} }}" for name, field in fields if field.args]
    return to_one + to_many


def _is_node(type_name: str) -> bool:
    return type_name in NOUNS or type_name == "TaskSubject"
