"""`manage.py load_pipeline` on the public data set: everything arrives, once."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management.base import CommandError
from django.db import transaction
from pytest_django import DjangoDbBlocker

from backend.crm.models import Customer, Opportunity
from backend.crm.models.choices import OpportunityStage, PoolStatus
from backend.identity.models import RoleAssignment, Team, User
from tests.backend.crm.dump import dump
from tests.backend.crm.pipeline_folders import PUBLIC, copy_of, run

pytestmark = [
    pytest.mark.django_db,
    # The data set is not ours to commit; CI has it. What must hold without it is tested on the excerpt made by hand.
    pytest.mark.skipif(not PUBLIC.is_dir(), reason=f"the public data set is not at {PUBLIC}"),
]


@dataclass(frozen=True, slots=True)
class Load:
    """What a load printed, and where its rejects went."""

    lines: list[str]
    rejects: Path


@pytest.fixture(scope="module")
def loaded(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Load]:
    """Load the data set once for the tests that only look at it."""
    rejects = tmp_path_factory.mktemp("load") / "rejects.csv"
    with django_db_blocker.unblock(), transaction.atomic():
        yield Load(run(PUBLIC, rejects), rejects)
        transaction.set_rollback(True)


def test_every_row_is_accounted_for(loaded: Load) -> None:
    assert loaded.lines == [
        "sales_teams.csv: 35 read = 35 loaded + 0 rejected (35 new, 0 already here)",
        "products.csv: 7 read = 7 loaded + 0 rejected (names the pipeline may use; not stored)",
        "accounts.csv: 85 read = 85 loaded + 0 rejected (85 new, 0 already here; repaired: 13)",
        "sales_pipeline.csv: 8,800 read = 8,800 loaded + 0 rejected (8,800 new, 0 already here; repaired: 1,480)",
    ]
    assert (Customer.objects.count(), Opportunity.objects.count(), User.objects.count()) == (85, 8_800, 41)
    assert loaded.rejects.read_text(encoding="utf-8").splitlines() == ["file,row,reason,original"]


def test_a_second_run_changes_nothing(loaded: Load) -> None:
    before = dump()
    assert run(PUBLIC, loaded.rejects)[-1] == "Nothing changed: every loadable row was already here."
    assert dump() == before


def test_regions_managers_and_agents_form_a_tree(loaded: Load) -> None:
    assert set(Team.objects.filter(parent=None).values_list("name", flat=True)) == {"Central", "East", "West"}
    agent = User.objects.select_related("team__parent").get(name="Anna Snelling")
    manager = User.objects.get(name="Dustin Brinkmann")
    assert agent.team == manager.team
    assert agent.team is not None
    assert agent.team.parent == Team.objects.get(name="Central")
    assert agent.team.path == [Team.objects.get(name="Central").pk, agent.team.pk]
    roles = Counter(RoleAssignment.objects.values_list("role", flat=True))
    assert roles == {"sales": 35, "sales_manager": 6}
    assert not agent.has_usable_password()


def test_an_account_becomes_a_customer_with_its_parent_and_owner(loaded: Load) -> None:
    customer = Customer.objects.select_related("parent", "owner").get(source_key="crm-sales:account:Bluth Company")
    assert (customer.name, customer.industry, customer.region) == ("Bluth Company", "technology", "United States")
    assert (customer.currency, customer.annual_revenue) == ("USD", Decimal("1242320000.00"))
    assert customer.parent == Customer.objects.get(name="Acme Corporation")
    deals = Counter(Opportunity.objects.filter(customer=customer).values_list("owner__name", flat=True))
    best = max(deals.values())
    assert customer.owner is not None
    assert customer.owner.name == min(str(name) for name, count in deals.items() if count == best)
    assert customer.team_id == customer.owner.team_id
    assert customer.pool_status == PoolStatus.OWNED
    assert Customer.objects.exclude(parent=None).count() == 15
    assert not Customer.objects.filter(industry="technolgy").exists()


def test_a_pipeline_row_becomes_an_opportunity(loaded: Load) -> None:
    deal = Opportunity.objects.select_related("owner", "customer").get(source_key="crm-sales:Z063OYW0")
    assert (deal.name, deal.product, deal.stage) == ("GTX Pro · Isdom", "GTX Pro", OpportunityStage.WON)
    assert (deal.amount, deal.currency, deal.probability) == (Decimal("4514.00"), "USD", 100)
    assert (deal.opened_on, deal.closed_on) == (date(2016, 10, 25), date(2017, 3, 11))
    assert deal.owner is not None
    assert (deal.owner.name, deal.team_id) == ("Darcel Schlecht", deal.owner.team_id)
    assert deal.customer is not None
    assert deal.customer.name == "Isdom"
    assert not Opportunity.objects.filter(product="GTXPro").exists()


def test_stages_and_deals_without_account_keep_their_numbers(loaded: Load) -> None:
    stages = Counter(Opportunity.objects.values_list("stage", flat=True))
    assert stages == {"initial_contact": 498, "needs_analysis": 1_591, "won": 4_238, "lost": 2_473}
    assert Opportunity.objects.filter(customer=None).count() == 1_425
    assert Opportunity.objects.filter(amount=None).count() == 498 + 1_591


@pytest.mark.parametrize("file", ["sales_teams.csv", "products.csv", "accounts.csv", "sales_pipeline.csv"])
@pytest.mark.parametrize("share", [0.25, 0.5, 0.9])
def test_a_file_cut_anywhere_is_refused(tmp_path: Path, file: str, share: float) -> None:
    folder, rejects, before = copy_of(PUBLIC, tmp_path / "cut"), tmp_path / "rejects.csv", dump()
    content = (folder / file).read_bytes()
    cut = content[: int(len(content) * share)]
    # Also exactly between two lines, where only the README's count gives it away.
    for damaged in (cut, cut[: cut.rindex(b"\n") + 1]):
        (folder / file).write_bytes(damaged)
        with pytest.raises(CommandError, match=rf"^{file} is .*cut short"):
            run(folder, rejects)
    assert dump() == before
    assert not rejects.exists()
