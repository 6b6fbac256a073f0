"""Operations a generator meets too seldom, each of which was or could have been answered wrongly."""

import pytest

from tests.differential.engine import Engine
from tests.differential.nouns import NOUNS, global_id
from tests.differential.operations import Operation
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
        if not field.args and str(field.type).strip("!") not in NOUNS and str(field.type) != "TaskSubject":
            written.append(f"{name} {{ amount currency }}" if str(field.type) == "Money" else name)
    return " ".join(written)
