"""Whoever takes the database, the journals and the logs away has nobody's number, address or account.

People are seeded, read by every role, looked for, and what can be changed is changed; then everything that is stored is
searched for every sealed value, however it might be written.
"""

import os
import re
import subprocess
from collections.abc import Iterator

import psycopg
import pytest
from django.apps import apps

from backend.embedded import binaries
from backend.vault.fields import Encrypted, EncryptedTextField
from tests.schema.audit.asking import changes, reads
from tests.schema.graph import Rows, keys_of
from tests.schema.policies.desk import ROLES
from tests.schema.register import Asked, Register

# Bytes as PostgreSQL writes them as text: chance alone puts eleven digits in a row there sooner or later.
_BYTES = re.compile(r"\\+x((?:[0-9a-f]{2})+)")
_HOME = "+86"
SHORTEST = 6
READS = (
    "{ customers(first: 500) { nodes { id name phone email address creditLimit { amount } } } }",
    "{ contacts(first: 500) { nodes { id name phone mobile email wechatId birthday idNumber } } }",
    "{ payments(first: 500) { nodes { id amount { amount } bankAccount } } }",
)


@pytest.fixture(scope="module")
def secrets(register: Register) -> dict[str, set[str]]:
    """Return every sealed text of the seeded database, in each way it is written, by its column."""
    found = {str(field): set(_written(register.server.rows, field)) for field in _sealed_columns()}
    assert {name.split(".")[-1] for name in found} >= {
        "phone", "mobile", "email", "wechat_id", "id_number", "bank_account", "address",
    }  # fmt: skip
    assert all(len(texts) > 20 for texts in found.values())
    return found


def _sealed_columns() -> Iterator[Encrypted]:
    # A birthday is not among them: a date of that day may stand anywhere for other reasons.
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, EncryptedTextField) and model._meta.app_label == "crm":
                yield field


def _written(rows: Rows, field: Encrypted) -> Iterator[str]:
    sql = psycopg.sql.SQL("SELECT id, {} FROM {} WHERE {} IS NOT NULL").format(
        *(psycopg.sql.Identifier(each) for each in (str(field.column), field.model._meta.db_table, str(field.column)))
    )
    with psycopg.connect(rows.url) as connection:
        sealed = connection.execute(sql).fetchall()
    for key, stored in sealed:
        text = field.open_text(key, stored, keys=keys_of(rows.url))
        if not text:
            continue
        assert len(text) >= SHORTEST
        yield text
        if text.startswith(_HOME):
            yield text.removeprefix(_HOME)
        if text.upper() != text:
            yield text.upper()


def _busy(register: Register) -> Asked:
    """Do what the graph can do, as everybody; return the last read, which waits in the journal."""
    for role in [*ROLES, None]:
        for query in READS:
            register.ask(query, role=role)
    phone = register.ask("{ customers(first: 1, filter: {phone: {isNull: false}}) { nodes { id phone } } }").data
    (customer,) = phone["customers"]["nodes"]
    # What is asked with, and refused with, a number: it must not be left in a log.
    for query in (
        "query ($v: String) { customers(filter: {phone: {eq: $v}}) { nodes { phone } } }",
        "query ($v: String) { customers(filter: {phone: {lt: $v}}) { nodes { phone } } }",
        "query ($v: ID!) { customer(id: $v) { phone } }",
        "query ($v: Int!) { customers(first: $v) { nodes { phone } } }",
    ):
        register.ask(query, v=customer["phone"])
    register.ask('mutation { policyDraftCreate(input: {name: "dumped"}) { policyVersion { number } } }', role="admin")
    register.manage("token", "sales")
    _unreadable(register, customer["id"])
    assert reads(register, {"row": customer["id"]})
    assert changes(register)
    return register.ask(READS[0])


def _unreadable(register: Register, customer: str) -> None:
    """Read a number that does not open, for it stands in another row: that is logged."""
    rows, key = register.server.rows, customer.removeprefix("Customer_")
    moved = "UPDATE crm_customer SET phone = %s WHERE id = %s"
    own = rows.one("SELECT phone FROM crm_customer WHERE id = %s", key)
    other = rows.one("SELECT phone FROM crm_customer WHERE id <> %s AND phone IS NOT NULL LIMIT 1", key)
    rows.write(moved, other, key)
    answer = register.ask("query ($id: ID!) { customer(id: $id) { phone email } }", id=customer).answer
    rows.write(moved, own, key)
    assert answer.code == "UNREADABLE"


@pytest.fixture(scope="module")
def left_behind(register: Register) -> dict[str, str]:
    """Return all that is stored, as text: the tables, the dump, the journals, the logs."""
    _busy(register)
    waiting = "".join(path.read_text(encoding="utf-8") for path in register.folder.joinpath("audit").iterdir())
    stored = {
        "tables": copied(register.server.rows.url),
        "journals": waiting,
        "log": register.folder.joinpath("log").read_text(encoding="utf-8"),
    }
    if not os.environ.get("DATABASE_URL"):
        stored["pg_dump"] = dumped(register.server.rows.url)
    return stored


def dumped(url: str) -> str:
    """Return what pg_dump writes."""
    done = subprocess.run([str(binaries() / "pg_dump"), url], check=True, capture_output=True, text=True)
    return done.stdout


def copied(url: str) -> str:
    """Return every row of every table, as COPY writes them."""
    with psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        parts = []
        for name in tables:
            with connection.cursor() as cursor, cursor.copy(_copy(*name)) as copy:
                parts += [bytes(block).decode() for block in copy]
    return "".join(parts)


def _copy(schema: str, table: str) -> psycopg.sql.Composed:
    return psycopg.sql.SQL("COPY {} TO STDOUT").format(psycopg.sql.Identifier(schema, table))


def found_in(text: str, secrets: dict[str, set[str]]) -> set[str]:
    """Return the columns of which a value stands in a text, or in bytes that are written in it."""
    blobs = [bytes.fromhex(match[1]) for match in _BYTES.finditer(text)]
    bare, raw = _BYTES.sub(" ", text), b" ".join(blobs)
    return {
        column
        for column, values in secrets.items()
        for value in values
        if value in bare or value.encode() in raw or value.encode().hex() in bare
    }


def test_nothing_that_is_sealed_is_left_behind_in_clear(
    register: Register, secrets: dict[str, set[str]], left_behind: dict[str, str]
) -> None:
    found = {where: found_in(text, secrets) for where, text in left_behind.items()}
    assert found == {where: set() for where in left_behind}


def test_what_is_not_sealed_would_be_found(register: Register, left_behind: dict[str, str]) -> None:
    rows = register.server.rows
    names = {name for (name,) in rows.all("SELECT name FROM crm_customer")}
    for where in {"tables", "pg_dump"} & left_behind.keys():
        assert found_in(left_behind[where], {"name": names}) == {"name"}
    keys = {str(key) for (key,) in rows.all("SELECT id FROM crm_customer")}
    for where in ("journals", "log"):
        assert found_in(left_behind[where], {"key": keys}) == {"key"}


@pytest.mark.parametrize("written", ["13812341234", "\\\\x" + b"a +8613812341234".hex()])
def test_a_value_in_clear_would_be_found(written: str) -> None:
    assert found_in(f"1\t{written}\t2", {"phone": {"13812341234"}}) == {"phone"}


def test_sealed_columns_are_sealed_in_the_dump(register: Register) -> None:
    stored = register.server.rows.all("SELECT phone FROM crm_customer WHERE phone IS NOT NULL")
    assert stored
    assert all(isinstance(value, bytes) and value[:1] == b"\x01" for (value,) in stored)
