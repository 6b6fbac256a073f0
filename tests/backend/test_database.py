"""A database that cannot be used is one clear sentence; a password never shows."""

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from backend import database
from backend.database import BASE_DIR, check_server, describe, django_database, parse, start_embedded, var_dir
from backend.errors import SetupError

SECRET = "hunter2"


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py with nothing of this run's set-up but `environment`."""
    inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PRISM_", "DATABASE_"))}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command, env=inherited | environment, cwd=BASE_DIR, capture_output=True, text=True, check=False, timeout=60
    )


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """Return the one sentence `done` failed with."""
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert SECRET not in done.stderr
    return done.stderr.strip()


@pytest.mark.parametrize(
    "url", [f"postgres//user:{SECRET}@host/db", f"postgresql://user:{SECRET}@host:notaport/db?x", f"{SECRET} nonsense"]
)
def test_an_unreadable_url_is_refused_without_repeating_it(url: str, tmp_path: Path) -> None:
    sentence = refused(manage("check", DATABASE_URL=url, PRISM_VAR=str(tmp_path)))
    assert sentence.startswith(("DATABASE_URL cannot be read", "Prism cannot open the database"))


def test_an_unreachable_server_is_one_sentence(tmp_path: Path) -> None:
    url = f"postgresql://user:{SECRET}@127.0.0.1:1/crm"
    sentence = refused(manage("migrate", DATABASE_URL=url, PRISM_VAR=str(tmp_path)))
    assert sentence.startswith('Prism cannot open the database "crm" on 127.0.0.1:1: ')
    assert "refused" in sentence
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("parent", ["a regular file", "/proc"])
def test_a_folder_nobody_can_write_to_is_one_sentence(parent: str, tmp_path: Path) -> None:
    # A mode does not stop root, so the folder is where no folder can be.
    place = Path(parent) if parent == "/proc" else tmp_path / "file"
    if parent != "/proc":
        place.write_text("")
    sentence = refused(manage("migrate", PRISM_VAR=str(place / "var")))
    assert sentence.startswith(f"Prism cannot write to {place / 'var'} (")


@pytest.mark.parametrize("arguments", [("help",), ("--version",), ("migrate", "--help")])
def test_help_needs_no_database_and_makes_none(arguments: tuple[str, ...], tmp_path: Path) -> None:
    assert manage(*arguments, PRISM_VAR=str(tmp_path)).returncode == 0
    assert list(tmp_path.iterdir()) == []


def test_a_database_of_ones_own_needs_keys_of_ones_own(database_url: str, tmp_path: Path) -> None:
    url = psycopg.conninfo.make_conninfo(database_url, dbname="postgres")
    done = manage("check", DATABASE_URL=url, PRISM_VAR=str(tmp_path))
    assert done.returncode == 1
    assert "prism.E001" in done.stderr
    assert "prism.E020" in done.stderr
    assert "Traceback" not in done.stderr
    keys = {"PRISM_SECRET_KEY": "k" * 32, "PRISM_KEY": "0f" * 32}
    assert manage("check", DATABASE_URL=url, PRISM_VAR=str(tmp_path), **keys).returncode == 0


def test_a_missing_database_is_named(database_url: str) -> None:
    with pytest.raises(SetupError, match=r'"nowhere" on .*does not exist'):
        check_server(psycopg.conninfo.make_conninfo(database_url, dbname="nowhere"))


def test_an_old_server_is_refused(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "OLDEST_POSTGRESQL", 99)
    with pytest.raises(SetupError, match=r"runs on PostgreSQL \d+, and Prism needs 99 or later"):
        check_server(psycopg.conninfo.make_conninfo(database_url, dbname="postgres"))


def test_an_embedded_database_is_made_when_missing_and_kept_when_there() -> None:
    pgdata = var_dir() / "test-postgres"
    name = f"test_prism_{os.getpid()}_made"
    url = start_embedded(pgdata, name)
    assert start_embedded(pgdata, name) == url
    check_server(url)
    with psycopg.connect(start_embedded(pgdata, "postgres"), autocommit=True) as connection:
        connection.execute(psycopg.sql.SQL("DROP DATABASE {}").format(psycopg.sql.Identifier(name)))


def test_describe_leaves_out_user_password_and_options() -> None:
    assert describe(f"postgresql://user:{SECRET}@db.example:5433/crm?sslmode=require") == '"crm" on db.example:5433'


def test_parse_gives_no_cause_that_would_show_the_url() -> None:
    with pytest.raises(SetupError) as caught:
        parse(f"postgres//user:{SECRET}@host/db")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_django_gets_every_part_of_the_url() -> None:
    entry = django_database(f"postgresql://user:{SECRET}@db.example:5433/crm?sslmode=require")
    assert (entry["NAME"], entry["USER"], entry["PASSWORD"]) == ("crm", "user", SECRET)
    assert (entry["HOST"], entry["PORT"], entry["OPTIONS"]) == ("db.example", "5433", {"sslmode": "require"})
