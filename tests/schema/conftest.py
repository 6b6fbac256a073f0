"""The graph over a seeded database, made when the first test asks for it."""

import os
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import pytest_asyncio

from tests.schema.graph import Graph, Rows, drop_database, make_graph, make_seeded_database
from tests.schema.register import Register
from tests.schema.serving import Server, running_server


@pytest.fixture(scope="session")
def graph_url(database_url: str) -> Iterator[str]:
    """Yield the URL of a seeded database that nothing else writes to."""
    name = f"test_prism_{os.getpid()}_graph"
    drop_database(database_url, name)
    try:
        yield make_seeded_database(database_url, name)
    finally:
        drop_database(database_url, name)


@pytest.fixture(scope="session")
def rows(graph_url: str) -> Rows:
    """Return the seeded rows."""
    return Rows(graph_url)


@pytest.fixture(scope="session")
def server(graph_url: str) -> Iterator[Server]:
    """Yield a real server over the seeded database."""
    with running_server(graph_url) as running:
        yield running


@pytest.fixture(scope="session")
def register(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Register]:
    """Yield a server whose reads are looked up, over a database and with journals of its own."""
    name = f"test_prism_{os.getpid()}_audit"
    drop_database(database_url, name)
    folder = tmp_path_factory.mktemp("audit")
    try:
        url = make_seeded_database(database_url, name, customers=150)
        with running_server(url, log=folder / "log", PRISM_VAR=str(folder)) as server:
            yield Register(server, folder)
    finally:
        drop_database(database_url, name)


@pytest_asyncio.fixture(scope="session")
async def graph(graph_url: str) -> AsyncIterator[Graph]:
    """Yield the graph in process, over the seeded database."""
    app, pool = make_graph(graph_url)
    await pool.open()
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://graph.test") as client:
        yield Graph(app, pool, client, Rows(graph_url))
    await pool.close()
