"""Rows that cannot be loaded come back with their number and the reason; odd ones that can be are loaded."""

import csv
from decimal import Decimal
from pathlib import Path

import pytest

from backend.crm.models import Customer, Opportunity
from backend.crm.models.choices import CustomerStatus, PoolStatus
from backend.identity.models import User
from tests.backend.crm.dump import dump
from tests.backend.crm.pipeline_folders import DIRTY, copy_of, run

pytestmark = pytest.mark.django_db

REASONS = {
    ("sales_teams.csv", 5): "sales_agent 'Anna Snelling' is already in row 2",
    ("sales_teams.csv", 6): "sales_agent 'ANNA SNELLING' is already in row 2",
    ("sales_teams.csv", 7): "sales_agent is empty",
    ("sales_teams.csv", 8): "manager is empty",
    ("sales_teams.csv", 9): "manager 'Dustin Brinkmann' is already 'Dustin Brinkmann' of Central",
    ("sales_teams.csv", 10): "sales_agent 'Melvin Marxen' is also a manager",
    ("sales_teams.csv", 11): "'???' is not a name",
    ("products.csv", 4): "product 'GTX Pro' is already in row 3",
    ("products.csv", 5): "product is empty",
    ("products.csv", 6): "sales_price 'much' is not an amount",
    ("accounts.csv", 7): "account 'Child Co' is already in row 2",
    ("accounts.csv", 8): "account is empty",
    ("accounts.csv", 9): "revenue '-3' is not an amount",
    ("accounts.csv", 10): "revenue 'NaN' is not an amount",
    ("accounts.csv", 11): "subsidiary_of 'Nobody Co' is not a loaded account",
    ("accounts.csv", 12): "subsidiary_of 'Orphan Co' leads in a circle or to a rejected account",
    ("accounts.csv", 13): "subsidiary_of 'Ouroboros Co' leads in a circle or to a rejected account",
    ("sales_pipeline.csv", 9): "opportunity_id 'OK000001' is already in row 2",
    ("sales_pipeline.csv", 10): "opportunity_id is empty",
    ("sales_pipeline.csv", 11): "sales_agent 'Nobody Here' is not a loaded agent",
    ("sales_pipeline.csv", 12): "sales_agent 'Far Agent' is not a loaded agent",
    ("sales_pipeline.csv", 13): "product 'GTX Ultra' is not a loaded product",
    ("sales_pipeline.csv", 14): "account 'Missing Co' is not a loaded account",
    ("sales_pipeline.csv", 15): "account 'Orphan Co' is not a loaded account",
    ("sales_pipeline.csv", 16): "deal_stage 'Dreaming' is none of Prospecting, Engaging, Won, Lost",
    ("sales_pipeline.csv", 17): "engage_date '2016-02-30' is not a day of the calendar",
    ("sales_pipeline.csv", 18): "close_date '01/03/2017' is not a day like 2017-03-01",
    ("sales_pipeline.csv", 19): "close_date is before engage_date",
    ("sales_pipeline.csv", 20): "close_value '1e3' is not an amount",
    ("sales_pipeline.csv", 21): "close_value '10.005' is too large or finer than a cent",
    ("sales_pipeline.csv", 22): "deal_stage is Won and close_date or close_value is empty",
    ("sales_pipeline.csv", 23): "deal_stage is Engaging and close_date or close_value is not empty",
    ("sales_pipeline.csv", 24): "product is empty",
    ("sales_pipeline.csv", 25): "account is longer than 200 characters",
}


@pytest.fixture
def rejects(tmp_path: Path) -> Path:
    return tmp_path / "new folder" / "rejects.csv"


def _read(rejects: Path) -> list[dict[str, str]]:
    with rejects.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_each_bad_row_is_rejected_for_its_own_reason(rejects: Path) -> None:
    run(DIRTY, rejects)
    assert {(row["file"], int(row["row"])): row["reason"] for row in _read(rejects)} == REASONS


def test_the_original_row_is_handed_back_unrepaired(rejects: Path) -> None:
    run(DIRTY, rejects)
    for row in _read(rejects):
        with (DIRTY / row["file"]).open(encoding="utf-8", newline="") as stream:
            assert row["original"] == stream.read().splitlines()[int(row["row"]) - 1]


def test_read_is_loaded_plus_rejected(rejects: Path) -> None:
    assert run(DIRTY, rejects) == [
        "sales_teams.csv: 10 read = 3 loaded + 7 rejected (3 new, 0 already here)",
        "products.csv: 5 read = 2 loaded + 3 rejected (names the pipeline may use; not stored)",
        "accounts.csv: 12 read = 5 loaded + 7 rejected (5 new, 0 already here; repaired: 1)",
        "sales_pipeline.csv: 24 read = 7 loaded + 17 rejected (7 new, 0 already here; repaired: 1)",
        f"Rejected rows and their reasons: {rejects}",
    ]


def test_odd_rows_that_make_sense_are_loaded(rejects: Path) -> None:
    run(DIRTY, rejects)
    assert User.objects.filter(name="Moses Frase", username="moses.frase@crm-sales").exists()
    assert User.objects.filter(name="Zoë Ångström", username="zoë.ångström@crm-sales").exists()
    child = Customer.objects.select_related("parent").get(name="Child Co")
    assert child.parent is not None
    assert (child.parent.name, child.annual_revenue) == ("Parent Co", Decimal("500000.00"))
    blank = Customer.objects.get(name="Blank Co")
    assert (blank.industry, blank.region, blank.annual_revenue) == ("", "", None)
    quoted = Opportunity.objects.get(source_key="crm-sales:OK000005")
    assert (quoted.name, quoted.amount) == ('GTX Basic · Comma, Quote "&" Co', Decimal("12.50"))
    assert Opportunity.objects.get(source_key="crm-sales:OK000003").name == "GTX Basic"


def test_the_owner_is_the_first_by_name_among_the_busiest_and_unsold_accounts_wait_in_the_pool(rejects: Path) -> None:
    run(DIRTY, rejects)
    owners = dict(Customer.objects.values_list("name", "owner__name"))
    assert owners["Parent Co"] == owners["Child Co"] == "Anna Snelling"
    unsold = Customer.objects.get(name="Unsold Co")
    assert (unsold.owner, unsold.team, unsold.pool_status) == (None, None, PoolStatus.IN_POOL)
    assert Customer.objects.get(name="Parent Co").status == CustomerStatus.ACTIVE


def test_a_second_run_changes_nothing_and_rejects_the_same(rejects: Path) -> None:
    run(DIRTY, rejects)
    before, rejected = dump(), rejects.read_bytes()
    assert "Nothing changed: every loadable row was already here." in run(DIRTY, rejects)
    assert (dump(), rejects.read_bytes()) == (before, rejected)


def test_what_people_changed_since_is_kept_and_only_new_rows_are_added(tmp_path: Path, rejects: Path) -> None:
    run(DIRTY, rejects)
    Customer.objects.filter(name="Parent Co").update(name="Parent Holding", owner=None)
    User.objects.filter(name="Anna Snelling").update(name="Anna Smith", team=None)
    mended = copy_of(DIRTY, tmp_path / "mended")
    with (mended / "sales_pipeline.csv").open("a", encoding="utf-8") as stream:
        stream.write("NEW00001,Anna Snelling,GTX Pro,Parent Co,Engaging,2016-10-20,,\n")
    with (mended / "sales_teams.csv").open("a", encoding="utf-8") as stream:
        stream.write("New Agent,Dustin Brinkmann,Central\n")
    assert "sales_pipeline.csv: 25 read = 8 loaded + 17 rejected (1 new, 7 already here; repaired: 1)" in run(
        mended, rejects
    )
    deal = Opportunity.objects.select_related("customer", "owner").get(source_key="crm-sales:NEW00001")
    assert deal.customer is not None
    assert (deal.customer.name, deal.customer.owner) == ("Parent Holding", None)
    assert deal.owner is not None
    assert (deal.owner.name, deal.team) == ("Anna Smith", None)
    assert User.objects.get(name="New Agent").team == User.objects.get(name="Dustin Brinkmann").team


def test_without_the_mapping_file_misspelt_products_are_rejected(tmp_path: Path, rejects: Path) -> None:
    empty = tmp_path / "empty.toml"
    empty.write_text("", encoding="utf-8")
    run(DIRTY, rejects, mapping=empty)
    assert "product 'GTXPro' is not a loaded product" in {row["reason"] for row in _read(rejects)}
    assert Customer.objects.get(name="Child Co").industry == "technolgy"
