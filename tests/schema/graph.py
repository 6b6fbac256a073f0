"""A seeded database of its own, and the graph over it in process."""

import os
import re
import subprocess
import sys
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any, LiteralString

import httpx
import psycopg
from django.conf import settings
from django.db import models

from backend.database import BASE_DIR
from backend.identity.tokens import Subject, SubjectKind, issue_token
from backend.vault.keyring import Keyring, keyring_at
from permissions.policy import Policy, default_policy
from permissions.principal import ANONYMOUS, Principal, PrincipalKind
from schema.engine import pool as pool_module
from schema.engine.pool import ReadPool
from schema.transport.app import GraphApp

CUSTOMERS = 100
# What no answer may hold: our language, our libraries, our files, our statements.
INTERNALS = re.compile(
    r"Traceback|psycopg|django|strawberry|graphql\.|\.py\b|site-packages|sys\.|SELECT |FROM \(|crm_|identity_|0x7f|"
    + re.escape(str(BASE_DIR)),
)


@cache
def keys_of(url: str) -> Keyring:
    """Return the keyring over the database at `url`."""
    return keyring_at(url)


def run_manage(url: str, *arguments: str) -> None:
    """Run a management command on the database at `url`."""
    subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env=os.environ | {"DATABASE_URL": url}, cwd=BASE_DIR, check=True, capture_output=True,
    )  # fmt: skip


def make_seeded_database(server_url: str, name: str, customers: int = CUSTOMERS) -> str:
    """Make a migrated, seeded database beside the others and return its URL."""
    administer(server_url, "CREATE DATABASE {}", name)
    url = psycopg.conninfo.make_conninfo(server_url, dbname=name)
    run_manage(url, "migrate", "--verbosity=0")
    run_manage(url, "seed", "--customers", str(customers), "--seed", "7")
    return url


def drop_database(server_url: str, name: str) -> None:
    """Drop a database, ending whoever is in it."""
    administer(server_url, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def administer(server_url: str, statement: LiteralString, name: str) -> None:
    """Run a statement about a database from outside it."""
    admin = psycopg.conninfo.make_conninfo(server_url, dbname="postgres")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(psycopg.sql.SQL(statement).format(psycopg.sql.Identifier(name)))


@dataclass(frozen=True, slots=True)
class Rows:
    """The seeded database as the tests look at it, past the graph."""

    url: str

    def all(self, sql: str, *params: Any) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with psycopg.connect(self.url) as connection:
            return connection.execute(sql, params).fetchall()

    def one(self, sql: str, *params: Any) -> Any:
        """Return the only value of a query."""
        return self.all(sql, *params)[0][0]

    def some_id(self, type_name: str) -> str:
        """Return the global id of some row of a type."""
        tables = {"Customer": "crm_customer", "Contact": "crm_contact", "Tag": "crm_tag", "Team": "identity_team"}
        table = psycopg.sql.Identifier(tables[type_name])
        with psycopg.connect(self.url) as connection:
            row = connection.execute(psycopg.sql.SQL("SELECT id FROM {} LIMIT 1").format(table)).fetchone()
        return f"{type_name}_{(row or ('',))[0]}"

    def opened(self, model: type[models.Model], column: str, where: str = "true") -> tuple[str, str]:
        """Return the key and the plaintext of an encrypted column of the first row that has one."""
        table = model._meta.db_table
        sql = f"SELECT id, {column} FROM {table} WHERE {column} IS NOT NULL AND {where} ORDER BY id LIMIT 1"  # noqa: S608
        ((key, sealed),) = self.all(sql)
        field: Any = model._meta.get_field(column)
        return str(key), field.open_text(key, sealed, keys=keys_of(self.url))

    def write(self, sql: str, *params: Any) -> None:
        """Change rows."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql, params)

    def subject(self, role: str) -> Subject:
        """Return whom the demo account of a role stands for."""
        if role == "partner":
            sql = "SELECT id FROM identity_partnerclient WHERE roles @> ARRAY['partner'] ORDER BY id LIMIT 1"
            return Subject(SubjectKind.PARTNER, self.one(sql))
        return Subject(SubjectKind.USER, self.one("SELECT id FROM identity_user WHERE username = %s", role))

    def token(self, role: str, lifetime: timedelta = timedelta(hours=1)) -> str:
        """Return a token for the demo account of a role."""
        return issue_token(self.subject(role), lifetime=lifetime)


class Answer:
    """An answer that has passed the rules for every answer: JSON, coded errors, no 5xx, nothing internal."""

    def __init__(self, response: httpx.Response, *, largest_status: int = 499) -> None:
        assert response.status_code <= largest_status, response.text[:500]
        assert INTERNALS.search(response.text) is None, response.text[:500]
        self.response = response
        self.status = response.status_code
        self.body: dict[str, Any] = response.json()
        self.data: Any = self.body.get("data")
        self.errors: list[dict[str, Any]] = self.body.get("errors", [])
        assert all(error["message"] and error["extensions"]["code"] for error in self.errors), self.errors
        assert "INTERNAL" not in self.codes, self.errors

    @property
    def codes(self) -> list[str]:
        """The codes of the errors."""
        return [error["extensions"]["code"] for error in self.errors]

    @property
    def code(self) -> str:
        """The code all errors share."""
        (code,) = set(self.codes)
        return str(code)


class CountingPool(ReadPool):
    """A pool that remembers the statements it ran."""

    statements: list[str]

    async def fetch(self, sql: str, params: Any) -> Any:
        """Run a statement, and write it down."""
        self.statements.append(sql)
        return await super().fetch(sql, params)


class _Directory:
    """Stands for the identity tables: a token is a principal's name."""

    def __init__(self, principals: Mapping[str, Principal]) -> None:
        self._principals = principals

    async def principal_of(self, token: str) -> Principal:
        """Return the principal of a name."""
        return self._principals[token]


@dataclass(slots=True)
class Graph:
    """The graph in process, over the seeded database, where the statements it runs can be seen."""

    app: GraphApp
    pool: CountingPool
    client: httpx.AsyncClient
    rows: Rows

    async def ask(
        self, query: str, *, role: str | None = "director", name: str | None = None, **variables: Any
    ) -> Answer:
        """Send a query as the demo account of a role."""
        headers = {} if role is None else {"authorization": f"Bearer {role}"}
        body = {"query": query, "variables": variables, "operationName": name}
        return Answer(await self.client.post("/graphql", json=body, headers=headers))

    async def data(
        self, query: str, *, role: str | None = "director", name: str | None = None, **variables: Any
    ) -> Any:
        """Send a query that succeeds, and return its data."""
        answer = await self.ask(query, role=role, name=name, **variables)
        assert answer.errors == []
        return answer.data

    def statements_since(self, mark: int) -> list[str]:
        """Return the statements run since there were `mark` of them."""
        return self.pool.statements[mark:]


def make_graph(url: str, policy: Policy | None = None) -> tuple[GraphApp, CountingPool]:
    """Return the application over the database at `url`, with the demo accounts' names for tokens."""
    rows = Rows(url)
    app = GraphApp(policy or default_policy())
    app._directory = _Directory(_principals(rows))  # type: ignore[assignment]
    conninfo, pool_module._conninfo = pool_module._conninfo, lambda: url
    try:
        pool = CountingPool(size=settings.PRISM_POOL_SIZE, statement_timeout_ms=settings.PRISM_STATEMENT_TIMEOUT_MS)
    finally:
        pool_module._conninfo = conninfo
    pool.statements = []
    app._pool = pool
    app._keyring = keys_of(url)
    return app, pool


def _principals(rows: Rows) -> dict[str, Principal]:
    found = {"anonymous": ANONYMOUS}
    for user_id, username, team_id in rows.all("SELECT id, username, team_id FROM identity_user"):
        below = rows.all("SELECT id FROM identity_team WHERE path @> ARRAY[%s] ORDER BY id", team_id) if team_id else []
        roles = rows.all("SELECT role FROM identity_roleassignment WHERE user_id = %s", user_id)
        found[username] = _user(user_id, [team for (team,) in below], [role for (role,) in roles])
    for client_id, roles, scopes in rows.all("SELECT id, roles, token_scopes FROM identity_partnerclient"):
        principal = Principal(
            kind=PrincipalKind.PARTNER, partner_id=client_id, roles=frozenset(roles), token_scopes=frozenset(scopes)
        )
        found.setdefault("partner", principal)
    return found


def _user(user_id: uuid.UUID, teams: list[uuid.UUID], roles: list[str]) -> Principal:
    return Principal(kind=PrincipalKind.USER, user_id=user_id, team_ids=tuple(teams), roles=frozenset(roles))
