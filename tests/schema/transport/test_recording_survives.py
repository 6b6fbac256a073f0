"""No answer without its record, and no record lost or doubled, whatever ends in between."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from backend.embedded import EmbeddedServer, embedded_server
from tests.schema.graph import make_seeded_database
from tests.schema.register import Asked, Register
from tests.schema.serving import running_server

CLEAR = "{ customers(first: 2, filter: {phone: {isNull: false}}) { nodes { id phone } } }"
MASKED = "{ customers(first: 2, filter: {name: {isNull: false}}) { nodes { phone } } }"


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    """Yield a PostgreSQL of its own, which a test may stop."""
    server = embedded_server(tmp_path_factory.mktemp("recording") / "postgres")
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


@contextmanager
def serving(url: str, folder: Path) -> Iterator[Register]:
    """Run a server with its journals in `folder`."""
    with running_server(url, log=folder / "log", PRISM_VAR=str(folder)) as server:
        yield Register(server, folder)


def is_on_record_once(register: Register, asked: Asked) -> bool:
    """Whether what an answer gave is on record, exactly once."""
    (record,) = register.stored(asked.request_id)
    ids = frozenset(node["id"] for node in asked.data["customers"]["nodes"])
    return record.entries == (("Customer", ("phone",), ("CONTACT_INFO",), ids),)


def test_a_server_killed_right_after_its_answer_leaves_the_record_to_the_next(url: str, tmp_path: Path) -> None:
    answered: list[Asked] = []
    for _ in range(3):
        with serving(url, tmp_path) as register:
            answered.append(register.ask(CLEAR))
            register.server.process.kill()
            register.server.process.wait()
    with serving(url, tmp_path) as register:
        register.settle()
        assert all(is_on_record_once(register, asked) for asked in answered)
        assert "as it was written" in register.manage("audit", "verify")


def test_what_a_killed_server_left_is_moved_by_the_command_and_once(url: str, tmp_path: Path) -> None:
    with serving(url, tmp_path) as register:
        register.settle()
        asked = register.ask(CLEAR)
        register.server.process.kill()
        register.server.process.wait()
        for _ in range(2):
            register.manage("audit", "drain")
            assert is_on_record_once(register, asked)
        assert not list((tmp_path / "audit").iterdir())
        assert "as it was written" in register.manage("audit", "verify")


def test_what_cannot_be_recorded_is_not_answered_and_the_rest_is(url: str, tmp_path: Path) -> None:
    journals = tmp_path / "audit"
    journals.write_text("a file where the folder should be")
    with serving(url, tmp_path) as register:
        for _ in range(2):
            withheld = register.ask(CLEAR, largest_status=503).answer
            assert (withheld.status, withheld.code) == (503, "UNAVAILABLE")
            assert withheld.response.headers["retry-after"]
            assert "data" not in withheld.body
        masked = register.ask(MASKED, role="marketing")
        assert any(node["phone"] for node in masked.data["customers"]["nodes"])
        assert register.server.is_alive()
        journals.unlink()
        asked = register.ask(CLEAR)
        register.settle()
        assert is_on_record_once(register, asked)
        assert register.stored(masked.request_id) == []
    # What was withheld is in the log as a fault, and nothing of it.
    said = (tmp_path / "log").read_text(encoding="utf-8")
    assert "withheld" in said
    assert all(node["phone"].removeprefix("+86") not in said for node in asked.data["customers"]["nodes"])


def test_a_folder_that_goes_away_under_the_server_withholds_nothing_it_can_write(url: str, tmp_path: Path) -> None:
    with serving(url, tmp_path) as register:
        register.settle()
        shutil.rmtree(tmp_path / "audit")
        asked = [register.ask(CLEAR) for _ in range(3)]
        register.settle()
        stored = [len(register.stored(each.request_id)) for each in asked]
        assert stored == [1, 1, 1]


def test_a_restart_of_the_database_loses_no_record(url: str, postgres: EmbeddedServer, tmp_path: Path) -> None:
    with serving(url, tmp_path) as register:
        answered: list[Asked] = []
        for _ in range(2):
            answered += [register.ask(CLEAR) for _ in range(5)]
            postgres.stop()
            postgres.ensure_running()
            again: list[Asked] = []

            def answers(again: list[Asked] = again) -> bool:
                again.append(register.ask(CLEAR, largest_status=503))
                return again[-1].answer.errors == []

            register.until(answers)
            answered.append(again[-1])
        register.settle()
        assert all(is_on_record_once(register, asked) for asked in answered)
        assert "as it was written" in register.manage("audit", "verify")


def test_verification_finds_a_record_that_was_altered(url: str, tmp_path: Path) -> None:
    with serving(url, tmp_path) as register:
        asked = register.ask(CLEAR, purpose="回访")
        register.settle()
        assert "as it was written" in register.manage("audit", "verify")
        sequence = register.server.rows.one(
            "SELECT sequence FROM audit_auditread WHERE request_id = %s", asked.request_id
        )
        with psycopg.connect(url, autocommit=True) as owner:
            # What the owner of the tables can do, and the triggers cannot keep from them.
            owner.execute("SET session_replication_role = 'replica'")
            owner.execute("UPDATE audit_auditread SET purpose = '' WHERE request_id = %s", [asked.request_id])
            found = register.manage("audit", "verify", status=1)
            owner.execute("UPDATE audit_auditread SET purpose = '回访' WHERE request_id = %s", [asked.request_id])
        assert f"reads {sequence}: altered" in found
        assert "as it was written" in register.manage("audit", "verify")
