"""A real server over a seeded database whose policy the tests may change."""

import os
from collections.abc import Iterator

import pytest

from tests.schema.graph import Server, running_server, seeded_database
from tests.schema.policies.desk import Desk


@pytest.fixture(scope="session")
def policy_server(database_url: str) -> Iterator[Server]:
    """Yield a server over a database of its own."""
    with seeded_database(database_url, f"test_prism_{os.getpid()}_policy") as url, running_server(url) as server:
        yield server


@pytest.fixture
def desk(policy_server: Server) -> Iterator[Desk]:
    """Yield the administrator's desk; the shipped policy is in force again afterwards."""
    desk = Desk(policy_server)
    yield desk
    desk.clear()
