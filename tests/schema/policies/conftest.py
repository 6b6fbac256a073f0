"""A real server over a seeded database whose policy the tests may change."""

import os
from collections.abc import Iterator

import pytest

from tests.schema.graph import drop_database, make_seeded_database
from tests.schema.policies.desk import Desk
from tests.schema.serving import Server, running_server


@pytest.fixture(scope="session")
def policy_server(database_url: str) -> Iterator[Server]:
    """Yield a server over a database of its own."""
    name = f"test_prism_{os.getpid()}_policy"
    drop_database(database_url, name)
    try:
        with running_server(make_seeded_database(database_url, name)) as server:
            yield server
    finally:
        drop_database(database_url, name)


@pytest.fixture
def desk(policy_server: Server) -> Iterator[Desk]:
    """Yield the administrator's desk; the shipped policy is in force again afterwards."""
    desk = Desk(policy_server)
    yield desk
    desk.clear()
