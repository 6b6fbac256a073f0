"""Lists are read through indexes, whoever asks: held to the plans PostgreSQL makes for the engine's own statements."""

import os
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import orjson
import psycopg
import pytest
import pytest_asyncio
from psycopg import sql

from backend.crm.models import Customer
from permissions.principal import Principal, PrincipalKind
from schema.engine.connections import WALKED_PER_ROW
from schema.engine.fields import NOUNS
from schema.engine.pool import ReadPool
from tests.matrix.tables import NOUNS as CONNECTIONS
from tests.matrix.tables import ROWS
from tests.schema.graph import Graph, Rows, drop_database, make_graph, make_seeded_database

# Enough rows that reading all of them is never the cheapest way to a page.
CUSTOMERS = 3000
PAGE = 10
TABLE_OF = {noun.type_name: noun.model._meta.db_table for noun in NOUNS.all()}
LARGE = {TABLE_OF[name] for name in ("Customer", "Contact", "Opportunity", "Task", "Contract", "FollowUp", "Payment")}
LISTS = [
    (role, connection)
    for role, held in ROWS.items()
    for connection, name in CONNECTIONS.items()
    if held[connection] != "-" and TABLE_OF[name] in LARGE
]

# A new team, to which the two oldest customers were given.
NEW_TEAM = uuid.UUID("01900000-0000-7000-8000-000000000000")
FOUND_TEAM = """INSERT INTO identity_team SELECT (jsonb_populate_record(t, jsonb_build_object(
    'id', %(id)s::text, 'name', 'new', 'path', jsonb_build_array(%(id)s::text)))).* FROM identity_team t LIMIT 1"""
GIVE_CUSTOMERS = """UPDATE crm_customer SET team_id = %(id)s, owner_id = NULL
    WHERE id IN (SELECT id FROM crm_customer ORDER BY created_at LIMIT 2)"""


@pytest.fixture(scope="module")
def large_url(database_url: str) -> Iterator[str]:
    """Yield the URL of a seeded database large enough for its planner to care."""
    name = f"test_prism_{os.getpid()}_large"
    drop_database(database_url, name)
    try:
        url = make_seeded_database(database_url, name, CUSTOMERS)
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in (FOUND_TEAM, GIVE_CUSTOMERS):
                connection.execute(statement, {"id": NEW_TEAM})
            connection.execute("VACUUM (ANALYZE)")
        yield url
    finally:
        drop_database(database_url, name)


@pytest_asyncio.fixture(scope="module")
async def large(large_url: str) -> AsyncIterator[Graph]:
    """Yield the graph in process, over that database."""
    app, pool = make_graph(large_url)
    newcomer = Principal(PrincipalKind.USER, uuid.uuid4(), team_ids=(NEW_TEAM,), roles=frozenset({"sales_manager"}))
    app._directory._principals["newcomer"] = newcomer  # type: ignore[attr-defined]
    await pool.open()
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://graph.test") as client:
        yield Graph(app, pool, client, Rows(large_url))
    await pool.close()


async def plan_of(graph: Graph, query: str, role: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return what PostgreSQL did for a query: the plan for all callers that the engine's sessions use, with counts."""
    sent: list[tuple[Any, Any]] = []
    fetch = ReadPool.fetch

    async def noted(self: ReadPool, statement: str, params: Any) -> Any:
        sent.append((statement, params))
        return await fetch(self, statement, params)

    with monkeypatch.context() as patched:
        patched.setattr(ReadPool, "fetch", noted)
        await graph.data(query, role=role)
    ((statement, params),) = sent
    async with graph.pool._pool.connection() as session:
        await session.execute(b"PREPARE explained AS " + statement.encode())
        values = sql.SQL("({})").format(sql.SQL(", ").join(map(sql.Literal, params))) if params else sql.SQL("")
        explained = sql.SQL("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE explained {}").format(values)
        cursor = psycopg.AsyncClientCursor(session)
        (raw,) = await (await cursor.execute(explained)).fetchone() or (b"[]",)
        await session.execute(b"DEALLOCATE explained")
    plan: dict[str, Any] = orjson.loads(raw)[0]["Plan"]
    return plan


def scans(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the steps of a plan that read a table and were run."""
    if "Relation Name" in plan and plan["Actual Loops"]:
        yield plan
    for step in plan.get("Plans", ()):
        yield from scans(step)


def rows_read(plan: dict[str, Any]) -> Counter[str]:
    """Return how many rows of each table were looked at."""
    read: Counter[str] = Counter()
    for scan in scans(plan):
        looked_at = scan["Actual Rows"] + scan.get("Rows Removed by Filter", 0)
        read[scan["Relation Name"]] += round(looked_at * scan["Actual Loops"])
    return read


@pytest.mark.parametrize(("role", "connection"), LISTS)
async def test_a_list_in_its_own_order_reads_a_part_of_its_table(
    large: Graph, role: str, connection: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = TABLE_OF[CONNECTIONS[connection]]
    plan = await plan_of(large, f"{{ {connection}(first: {PAGE}) {{ nodes {{ id }} }} }}", role, monkeypatch)

    assert [scan for scan in scans(plan) if scan["Node Type"] == "Seq Scan" and scan["Relation Name"] in LARGE] == []
    read = rows_read(plan)
    everything = large.rows.one("SELECT reltuples::int FROM pg_class WHERE relname = %s", table)
    assert PAGE <= read[table] < everything / 3
    assert sum(read[each] for each in LARGE) < everything


async def test_who_sees_two_rows_does_not_wait_for_all_to_be_read(
    large: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = f"{{ customers(first: {PAGE}) {{ nodes {{ id }} }} }}"
    assert len((await large.data(query, role="newcomer"))["customers"]["nodes"]) == 2
    plan = await plan_of(large, query, "newcomer", monkeypatch)
    # The walk that gives up, then what its branches find.
    assert rows_read(plan)["crm_customer"] <= PAGE * WALKED_PER_ROW + PAGE


FIND = '{ customers(first: 10, filter: {phone: {eq: "%s"}}) { totalCount nodes { id } } }'


def steps(plan: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Yield what each step of a plan did: its kind, the rows it gave, and the pages it read."""
    if plan["Actual Loops"]:
        yield plan["Node Type"], plan["Actual Rows"], plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    for step in plan.get("Plans", ()):
        yield from steps(step)


@pytest.mark.parametrize("role", ["sales", "sales_manager"])
async def test_a_look_up_does_the_same_work_whether_or_not_somebody_else_has_the_value(
    large: Graph, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not done cannot be timed: a value on a hidden row is not looked at, nor the index that leads there."""
    mine = large.rows.one("SELECT id FROM identity_user WHERE username = %s", role)
    _, theirs = large.rows.opened(Customer, "phone", f"owner_id <> '{mine}'")
    work = []
    for phone in (theirs, "+8613000000000"):
        assert (await large.data(FIND % phone, role=role))["customers"]["totalCount"] == 0
        plan = await plan_of(large, FIND % phone, role, monkeypatch)
        assert "phone_index" not in {name.rpartition("_customer_")[2] for name in index_names(plan)}
        work.append(list(steps(plan)))
    assert work[0] == work[1]


def index_names(plan: dict[str, Any]) -> Iterator[str]:
    """Yield the indexes a plan reads."""
    if "Index Name" in plan:
        yield plan["Index Name"]
    for step in plan.get("Plans", ()):
        yield from index_names(step)


async def test_who_sees_every_row_finds_a_value_through_its_index(
    large: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, phone = large.rows.opened(Customer, "phone")
    plan = await plan_of(large, FIND % phone, "director", monkeypatch)
    assert any("phone_index" in name for name in index_names(plan))
    assert rows_read(plan)["crm_customer"] <= 4
