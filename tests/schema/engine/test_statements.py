"""One statement an operation, whatever it asks."""

from typing import Any

import pytest

from tests.schema.graph import Graph

EVERYTHING = """
fragment Person on User { id name username title isActive team { id name parent { id name } } }
query($first: Int = 3) {
  customers(first: $first, orderBy: [{name: ASC}]) {
    totalCount totalCountIsCapped
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { cursor node {
      id name phone email creditLimit { amount currency } maskedFields owner { ...Person }
      parent { id } subsidiaries { nodes { id } } collaborators { nodes { ...Person } } tags { nodes { name color } }
      contacts(first: 2) { totalCount nodes { id name mobile customer { id } } pageInfo { endCursor } }
      opportunities { edges { cursor node {
        id stage amount { amount } owner { ...Person }
        stageHistory { nodes { fromStage toStage changedBy { ...Person } } }
        contracts { nodes { id approvalSteps { nodes { position approver { id } } }
          payments { nodes { id receipts { nodes { id } } } } } }
        tasks { nodes { id about { id __typename ... on Opportunity { name } } } } followUps { nodes { id } }
      } } }
      tasks { nodes { subject assignee { ...Person } about { __typename id } } }
      contracts { nodes { number payments { nodes { amount { amount } planLine { id } } } } }
      followUps { nodes { content author { ...Person } } } payments { totalCount }
    } }
  }
  again: customers(last: 2) { nodes { id } }
  tasks(first: 2) { nodes { about { ... on Customer { name } ... on Contract { number } } } }
  users { totalCount } teams { nodes { members { totalCount } children { nodes { id } } } } tags { nodes { id } }
  viewer { kind roles { name } user { ...Person } }
}
"""


async def statements_of(graph: Graph, query: str, *, role: str = "director", **variables: Any) -> int:
    """Return how many statements a query that succeeds runs."""
    mark = len(graph.pool.statements)
    await graph.data(query, role=role, **variables)
    return len(graph.statements_since(mark))


@pytest.mark.parametrize("role", ["director", "sales_manager", "sales"])
async def test_everything_at_once_is_one_statement(graph: Graph, role: str) -> None:
    for _ in range(2):
        assert await statements_of(graph, EVERYTHING, role=role) == 1


async def test_several_root_fields_are_one_statement(graph: Graph) -> None:
    fields = ["customers { nodes { id } }", "b: customers(first: 1) { totalCount }", "contacts { nodes { id } }"]
    assert await statements_of(graph, f"{{ {' '.join(fields)} users {{ nodes {{ id }} }} }}") == 1


async def test_rows_by_id_are_one_statement(graph: Graph) -> None:
    customer, contact, tag = (graph.rows.some_id(name) for name in ("Customer", "Contact", "Tag"))
    query = """query($c: ID!, $p: ID!, $t: ID!) {
      node(id: $c) { id ... on Customer { contacts { nodes { id } } } }
      customer(id: $c) { opportunities { nodes { contracts { nodes { id } } } } }
      nodes(ids: [$c, $p, $t]) { id __typename ... on Contact { customer { id } } ... on Tag { name } }
      customers(first: 1) { nodes { id } } viewer { kind }
    }"""
    assert await statements_of(graph, query, c=customer, p=contact, t=tag) == 1


async def test_what_needs_no_rows_runs_no_statement(graph: Graph) -> None:
    assert await statements_of(graph, "{ viewer { kind isAuthenticated } __typename }") == 0
    assert await statements_of(graph, "{ __schema { queryType { name } } }") == 0
    assert (
        await statements_of(graph, "query($no: Boolean!) { customers @skip(if: $no) { nodes { id } } }", no=True) == 0
    )


async def test_the_database_itself_counts_one_statement(graph: Graph) -> None:
    await graph.data(EVERYTHING)
    before = await executions(graph)
    await graph.data(EVERYTHING, first=3)
    assert await executions(graph) - before == 1


async def executions(graph: Graph) -> int:
    """Return how often PostgreSQL ran the prepared statements of the pool's idle connections."""
    count = 0
    for session in list(graph.pool._pool._pool):
        cursor = await session.execute("SELECT sum(generic_plans + custom_plans)::int FROM pg_prepared_statements")
        count += (await cursor.fetchone() or (0,))[0] or 0
    return count
