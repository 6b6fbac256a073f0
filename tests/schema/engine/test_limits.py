"""What one operation may cost: fields, bytes, plans kept."""

import pytest

from schema.engine import plan as plan_module
from schema.engine import pool as pool_module
from schema.engine.plan import LARGEST_ANSWER
from tests.schema.graph import Graph

CYCLE = "contacts(first: 500) {{ nodes {{ customer {{ {} }} }} }}"


def cycles(depth: int) -> str:
    """Return a query whose rows multiply by the contacts of a customer with each step of its depth."""
    selection = "id"
    for _ in range(depth):
        selection = CYCLE.format(selection)
    return f"{{ customers(first: 500) {{ nodes {{ {selection} }} }} }}"


async def test_an_answer_that_multiplies_beyond_the_limit_is_refused(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plan_module, "LARGEST_ANSWER", 200_000)
    small = await graph.ask(cycles(2))
    assert small.errors == []
    assert len(small.response.content) < 200_000
    large = await graph.ask(cycles(4))
    assert (large.code, large.data) == ("OPERATION_TOO_COMPLEX", None)


async def test_an_answer_of_several_fields_is_measured_whole(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_module, "LARGEST_ANSWER", 30_000)
    one = "customers(first: 100) { nodes { id name } }"
    assert (await graph.ask(f"{{ {one} }}")).errors == []
    assert (await graph.ask(f"{{ {' '.join(f'a{n}: {one}' for n in range(6))} }}")).code == "OPERATION_TOO_COMPLEX"


async def test_a_page_of_five_hundred_with_contacts_is_far_below_the_limit(graph: Graph) -> None:
    contacts = "contacts { nodes { id name title phone mobile email wechatId } }"
    answer = await graph.ask(f"{{ customers(first: 500) {{ nodes {{ id name phone {contacts} }} }} }}")
    assert answer.errors == []
    # The seed has a hundred customers: a full page is five times as long.
    assert 5 * len(answer.response.content) < LARGEST_ANSWER / 4


async def test_a_statement_too_long_to_keep_is_not_prepared(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    await graph.data("{ tags { nodes { kept: name } } }")
    monkeypatch.setattr(pool_module, "_LONGEST_PREPARED", 0)
    await graph.data("{ tags { nodes { unkept: name } } }")
    assert await prepared(graph, "kept") == 1
    assert await prepared(graph, "unkept") == 0


async def prepared(graph: Graph, key: str) -> int:
    """Return how many prepared statements of the pool's idle connections write a key."""
    count = 0
    for session in list(graph.pool._pool._pool):
        sql = "SELECT count(*) FROM pg_prepared_statements WHERE position(%s IN statement) > 0"
        cursor = await session.execute(sql, [f"'{key}'"])
        count += (await cursor.fetchone() or (0,))[0]
    return count
