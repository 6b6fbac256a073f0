"""Rows stored before the vault are sealed by the migration, every one of them, and nothing of them stays in clear."""

import os
import uuid
from collections.abc import Iterator
from datetime import date

import psycopg
import pytest

from backend.crm.models import Contact, Customer, Payment
from backend.vault.keyring import keyring_at
from tests.schema.graph import Rows, administer, drop_database, run_manage

ROWS = 1203  # More than two batches, and not a whole number of them; as in the statement below.
CUSTOMERS = """INSERT INTO crm_customer (id, version, name, kind, industry, region, address, level, source, status,
  pool_status, credit_code, phone, email, currency, risk_note)
  SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 1, 'c', 'company', '', '',
    CASE WHEN mod(n, 3) = 0 THEN '' ELSE '海淀区 ' || n END, 'a', 'other', 'active', 'owned', '',
    CASE WHEN mod(n, 5) > 0 THEN '+86138' || lpad(n::text, 8, '0') END, 'c' || n || '@example.cn', 'CNY', ''
  FROM generate_series(1, 1203) n"""
CONTACT = """INSERT INTO crm_contact (id, version, customer_id, name, title, department, decision_role, preferences,
  is_primary, mobile, birthday, id_number) VALUES (%s, 1, %s, 'p', '', '', 'other', '', true,
  '+8613912345678', '1990-02-03', '11010119900203123X')"""


@pytest.fixture(scope="module")
def migrated(database_url: str) -> Iterator[str]:
    """Yield a database that held rows in clear before it was migrated."""
    name = f"test_prism_{os.getpid()}_sealing"
    drop_database(database_url, name)
    try:
        administer(database_url, "CREATE DATABASE {}", name)
        url = psycopg.conninfo.make_conninfo(database_url, dbname=name)
        run_manage(url, "migrate", "crm", "0004", "--verbosity=0")
        rows = Rows(url)
        rows.write(CUSTOMERS)
        customer = rows.one("SELECT id FROM crm_customer ORDER BY id LIMIT 1")
        rows.write(CONTACT, uuid.uuid4(), customer)
        run_manage(url, "migrate", "--verbosity=0")
        yield url
    finally:
        drop_database(database_url, name)


def test_every_value_opens_to_what_it_was(migrated: str) -> None:
    keys, rows = keyring_at(migrated), Rows(migrated)
    phone, address = Customer._meta.get_field("phone"), Customer._meta.get_field("address")
    stored = rows.all("SELECT id, phone, phone_index, address, email FROM crm_customer ORDER BY id")
    assert len(stored) == ROWS
    for number, (key, sealed, index, place, _) in enumerate(stored, start=1):
        expected = f"+86138{number:08d}" if number % 5 else None
        assert (None if sealed is None else phone.open_text(key, sealed, keys=keys)) == expected
        assert index == phone.index_for(expected, keys=keys)
        # An address that was not known was an empty text.
        where = None if number % 3 == 0 else f"海淀区 {number}"
        assert (None if place is None else address.open_text(key, place, keys=keys)) == where


def test_a_date_is_sealed_as_a_date(migrated: str) -> None:
    ((key, birthday),) = Rows(migrated).all("SELECT id, birthday FROM crm_contact")
    column = Contact._meta.get_field("birthday")
    assert column.open_text(key, birthday, keys=keyring_at(migrated)) == date(1990, 2, 3).isoformat()


def test_no_column_holds_them_in_clear_any_more(migrated: str) -> None:
    for model in (Customer, Contact, Payment):
        sql = "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
        columns = {name for (name,) in Rows(migrated).all(sql, model._meta.db_table)}
        assert columns == {each.column for each in model._meta.concrete_fields}
        texts = Rows(migrated).all(f"SELECT to_jsonb(t)::text FROM {model._meta.db_table} t")  # noqa: S608  our own name
        assert not [text for (text,) in texts if any(clear in text for clear in ("+86", "@example", "海淀"))]
