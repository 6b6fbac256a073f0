"""The database goes away under a running server, and comes back."""

import os
import signal
import time
from collections.abc import Iterator

import psycopg
import pytest

from backend.embedded import EmbeddedServer, embedded_server
from tests.schema.graph import Answer, make_seeded_database
from tests.schema.serving import Server, running_server

QUERY = "{ customers(first: 3) { nodes { id name } pageInfo { endCursor } } }"
RECOVERY_SECONDS = 5.0


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """Yield a PostgreSQL of its own, which a test may stop."""
    server = embedded_server(tmp_path_factory.mktemp("outage") / "postgres")
    server.ensure_running()
    try:
        yield server
    finally:
        server.ensure_running()
        server.stop()


@pytest.fixture(scope="module")
def url(postgres: EmbeddedServer) -> str:
    """Return the URL of a seeded database on it."""
    return make_seeded_database(postgres.url("postgres"), "prism")


@pytest.fixture
def served(url: str) -> Iterator[Server]:
    """Yield a server that has answered."""
    with running_server(url) as server:
        assert ask(server).errors == []
        yield server


def ask(server: Server) -> Answer:
    """Send the query; 503 is allowed here and nowhere else."""
    headers = {"authorization": f"Bearer {server.token('director')}"}
    return Answer(server.client.post("/graphql", json={"query": QUERY}, headers=headers), largest_status=503)


def seconds_until_it_answers(server: Server) -> float:
    """Return how long the server takes to answer without an error; until then it says UNAVAILABLE."""
    started = time.monotonic()
    while (answer := ask(server)).errors:
        assert answer.code == "UNAVAILABLE"
        assert time.monotonic() - started < 30
    return time.monotonic() - started


def test_sessions_the_database_ends_are_replaced_without_an_error(served: Server) -> None:
    end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'prism-read'"
    for _ in range(3):
        assert served.rows.one(end) >= 1
        answer = ask(served)
        assert answer.errors == []
        assert len(answer.data["customers"]["nodes"]) == 3


def test_a_restarted_database_is_found_again(served: Server, postgres: EmbeddedServer) -> None:
    for _ in range(2):
        postgres.stop()
        postgres.ensure_running()
        assert seconds_until_it_answers(served) < RECOVERY_SECONDS


def test_an_outage_is_unavailable_and_over_as_soon_as_the_database_is_back(
    served: Server, postgres: EmbeddedServer
) -> None:
    postgres.stop()
    try:
        outage = time.monotonic()
        asked = 0
        # Long enough for a pool that waits twice as long each time to be asleep when the database returns.
        while time.monotonic() - outage < 7 or asked < 2:
            answer = ask(served)
            assert answer.code == "UNAVAILABLE"
            assert answer.data is None
            asked += 1
    finally:
        postgres.ensure_running()
    assert seconds_until_it_answers(served) < RECOVERY_SECONDS


def test_a_killed_database_session_does_not_hurt_the_server(served: Server, postgres: EmbeddedServer) -> None:
    with psycopg.connect(postgres.url("prism")) as connection:
        row = connection.execute("SELECT pid FROM pg_stat_activity WHERE application_name = 'prism-read'").fetchone()
    assert row is not None
    # PostgreSQL answers a session killed this way by ending all others and recovering.
    os.kill(row[0], signal.SIGKILL)
    postgres.ensure_running()
    assert seconds_until_it_answers(served) < RECOVERY_SECONDS
    assert served.process.poll() is None


def test_cursors_and_tokens_outlive_a_killed_server(url: str) -> None:
    with running_server(url) as first:
        cursor = ask(first).data["customers"]["pageInfo"]["endCursor"]
        token = first.token("director")
        first.process.kill()
        first.process.wait()
    with running_server(url) as second:
        query = "query($a: String) { customers(first: 1, after: $a) { nodes { id } } }"
        headers = {"authorization": f"Bearer {token}"}
        answer = second.post({"query": query, "variables": {"a": cursor}}, role=None, headers=headers)
        assert answer.errors == []
        assert len(answer.data["customers"]["nodes"]) == 1
