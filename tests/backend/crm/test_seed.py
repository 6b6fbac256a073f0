"""`manage.py seed`: repeatable, believable, all or nothing."""

import io
import uuid
from collections import Counter
from datetime import UTC, date, datetime

import phonenumbers
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connection, transaction
from django.db.models import Count, F, Model, Q
from psycopg.errors import LockNotAvailable

from backend.crm.models import (
    ApprovalStep,
    Collaboration,
    Contact,
    Contract,
    Customer,
    CustomerShare,
    FollowUp,
    Opportunity,
    Payment,
    StageChange,
    Tagging,
    Task,
)
from backend.crm.models.choices import ContractState, OpportunityStage, PaymentKind, PaymentStatus, PoolStatus
from backend.crm.seeding.copy import Table
from backend.crm.seeding.errors import SeedError
from backend.crm.seeding.identifiers import credit_check_character, id_check_digit, luhn_digit
from backend.crm.seeding.load import MOST_CUSTOMERS, TABLES, Plan, load
from backend.crm.seeding.moments import UNTIL
from backend.crm.seeding.people import DEMO_ACCOUNTS, PARTNER_NAME, PEOPLE
from backend.identity.models import PartnerClient, RoleAssignment, Team, User
from tests.backend.crm.dump import dump

pytestmark = pytest.mark.django_db

CUSTOMERS = 120


@pytest.fixture
def seeded() -> None:
    load(Plan(CUSTOMERS), advance=lambda _: None)


def _rows_of(plan: Plan) -> dict[str, list[str]]:
    """Return what `plan` writes, and take it back."""
    with transaction.atomic():
        load(plan, advance=lambda _: None)
        rows = dump()
        transaction.set_rollback(True)
    return rows


def test_each_customer_has_what_hangs_on_it(seeded: None) -> None:
    assert Customer.objects.count() == CUSTOMERS
    for noun, count in {"contacts": 3, "opportunities": 2, "tasks": 2, "follow_ups": 2, "contracts": 1}.items():
        counts = Customer.objects.annotate(hanging=Count(noun)).values_list("hanging", flat=True)
        assert set(counts) == {count}, noun
    plan_lines = Payment.objects.filter(kind=PaymentKind.PLAN_LINE)
    assert set(Counter(plan_lines.values_list("contract_id", flat=True)).values()) == {3}
    assert Opportunity.objects.filter(contracts__isnull=False).count() * 2 == Opportunity.objects.count()
    surroundings: tuple[type[Model], ...] = (ApprovalStep, StageChange, Tagging, Collaboration, CustomerShare)
    for model in surroundings:
        assert model._default_manager.exists()


def test_equal_seeds_give_equal_rows() -> None:
    assert _rows_of(Plan(30, seed=5)) == _rows_of(Plan(30, seed=5))


@pytest.mark.parametrize("other", [Plan(30, seed=6), Plan(30, seed=5, until=date(2026, 6, 30))])
def test_another_seed_or_day_gives_other_customers(other: Plan) -> None:
    assert not set(_rows_of(Plan(30, seed=5))["crm_customer"]) & set(_rows_of(other)["crm_customer"])


def test_twenty_people_hold_every_role_in_four_teams_under_two_regions(seeded: None) -> None:
    assert User.objects.count() == len(PEOPLE) == 20
    depths = Counter(len(team.path) for team in Team.objects.all())
    assert depths == {1: 1, 2: 2, 3: 4}
    for account in DEMO_ACCOUNTS:
        assert RoleAssignment.objects.filter(user__username=account.username, role=account.role).exists()
    assert User.objects.annotate(roles=Count("role_assignments")).filter(roles=2).count() == 1
    assert PartnerClient.objects.get().name == PARTNER_NAME
    for team in Team.objects.filter(children__isnull=True):
        roles = set(RoleAssignment.objects.filter(user__team=team).values_list("role", flat=True))
        assert {"sales", "sales_manager"} <= roles


def test_a_team_path_runs_from_the_root_to_the_team(seeded: None) -> None:
    for team in Team.objects.select_related("parent"):
        assert team.path == [*(team.parent.path if team.parent else []), team.pk]


def test_the_demo_manager_has_salespeople_below_but_not_beside(seeded: None) -> None:
    manager = User.objects.get(username="sales_manager")
    assert manager.team is not None
    below = User.objects.filter(team__path__contains=[manager.team.pk], role_assignments__role="sales")
    assert below.filter(username="sales").exists()
    assert not below.filter(team=manager.team).exists()


def test_nobody_can_log_in_with_a_password(seeded: None) -> None:
    assert not any(user.has_usable_password() for user in User.objects.all())


def test_sales_owns_a_good_share_the_intern_a_few_and_some_wait_in_the_pool(seeded: None) -> None:
    owned = Counter(Customer.objects.values_list("owner__username", flat=True))
    assert owned["sales"] > CUSTOMERS / 10
    assert 0 < owned["intern"] < owned["sales"]
    pooled = Customer.objects.filter(pool_status=PoolStatus.IN_POOL)
    assert 0 < pooled.count() == Customer.objects.filter(owner=None).count()
    running = (ContractState.SIGNED, ContractState.PERFORMING)
    assert not Contract.objects.filter(customer__in=pooled, state__in=running).exists()


def test_the_smallest_seeds_leave_no_demo_owner_without_a_customer() -> None:
    load(Plan(15), advance=lambda _: None)
    for username in ("sales", "intern", "sales_manager"):
        assert Customer.objects.filter(owner__username=username).exists()
    assert CustomerShare.objects.exists()
    assert Customer.objects.filter(owner=None).exists()


def test_the_partner_knows_deals_of_customers_it_cannot_see(seeded: None) -> None:
    deals = Opportunity.objects.filter(partner__name=PARTNER_NAME)
    assert deals.filter(customer__shares__isnull=False).exists()
    assert deals.filter(customer__shares__isnull=True).exists()


def test_keys_are_version_7_and_carry_the_time_of_creation(seeded: None) -> None:
    for key, created in Customer.objects.values_list("id", "created_at"):
        assert key.version == 7
        assert key.variant == uuid.RFC_4122
        assert key.int >> 80 == round(created.timestamp() * 1000)


def test_rows_are_spread_over_two_years_and_children_are_younger(seeded: None) -> None:
    until = datetime(UNTIL.year, UNTIL.month, UNTIL.day, tzinfo=UTC)
    created = sorted(Customer.objects.values_list("created_at", flat=True))
    assert (created[-1] - created[0]).days > 700
    assert created[-1] < until
    for model in (Contact, Opportunity, Task, FollowUp, Contract, Payment):
        assert not model._default_manager.filter(created_at__lt=F("customer__created_at")).exists()
        assert not model._default_manager.filter(updated_at__lt=F("created_at")).exists()


def test_numbers_are_well_formed(seeded: None) -> None:
    contacts = list(Contact.objects.all())
    for number in (each.mobile for each in contacts if each.mobile is not None):
        parsed = phonenumbers.parse(number)
        assert phonenumbers.is_valid_number(parsed), number
        assert phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.MOBILE
    for phone in (each.phone for each in contacts if each.phone is not None):
        assert phonenumbers.is_valid_number(phonenumbers.parse(phone)), phone
    identities = [each.id_number for each in contacts if each.id_number is not None]
    assert all(id_check_digit(number[:17]) == number[17] for number in identities)
    codes = Customer.objects.exclude(credit_code="").values_list("credit_code", flat=True)
    assert all(credit_check_character(code[:17]) == code[17] for code in codes)
    accounts = [each.bank_account for each in Payment.objects.exclude(bank_account__isnull=True)]
    assert all(account and luhn_digit(account[:-1]) == account[-1] for account in accounts)


@pytest.mark.parametrize(
    ("digit", "expected"),
    [
        # Published examples: GB 11643's and GB 32100's own, and the Luhn number of ISO/IEC 7812's article.
        (id_check_digit("11010519491231002"), "X"),
        (id_check_digit("44052418800101001"), "4"),
        (credit_check_character("91350100M000100Y4"), "3"),
        (luhn_digit("7992739871"), "3"),
    ],
)
def test_check_digits_agree_with_published_examples(digit: str, expected: str) -> None:
    assert digit == expected


def test_a_deal_is_won_once_the_first_line_of_its_plan_is_paid(seeded: None) -> None:
    first_paid = Q(kind=PaymentKind.PLAN_LINE, position=1, status=PaymentStatus.PAID)
    paid = Payment.objects.filter(first_paid).values("contract")
    assert {OpportunityStage.WON.value} == set(
        Contract.objects.filter(pk__in=paid).values_list("opportunity__stage", flat=True)
    )
    assert not Payment.objects.filter(kind=PaymentKind.RECEIPT).exclude(plan_line__contract=F("contract")).exists()


def test_the_last_stage_change_leads_to_the_stage(seeded: None) -> None:
    for deal in Opportunity.objects.prefetch_related("stage_changes"):
        changes = sorted(deal.stage_changes.all(), key=lambda change: (change.changed_at, change.pk))
        assert changes[0].from_stage is None
        assert changes[-1].to_stage == deal.stage


def test_nullable_fields_are_sometimes_null(seeded: None) -> None:
    for field in ("phone", "email", "credit_limit", "annual_revenue", "next_follow_up_at"):
        assert Customer.objects.filter(**{f"{field}__isnull": True}).exists(), field
    for field in ("phone", "mobile", "email", "wechat_id", "birthday", "id_number"):
        assert Contact.objects.filter(**{f"{field}__isnull": True}).exists(), field
    assert Customer.objects.filter(parent__isnull=False).exists()


def test_a_later_role_assignment_gets_a_number_of_its_own(seeded: None) -> None:
    RoleAssignment.objects.create(user=User.objects.get(username="auditor"), role="director")
    assert RoleAssignment.objects.count() == len({row.pk for row in RoleAssignment.objects.all()})


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_a_seed_fills_every_column_that_may_not_be_null(table: Table) -> None:
    required = {field.column for field in table.model._meta.concrete_fields if not field.null}
    assert required <= set(table.columns)


def test_a_database_with_rows_is_refused_and_left_alone(seeded: None) -> None:
    before = dump()
    with pytest.raises(CommandError, match="already holds teams: seed only fills an empty one"):
        call_command("seed", customers=5, verbosity=0)
    assert dump() == before


def test_one_stray_row_is_enough_to_refuse() -> None:
    Customer.objects.create(name="先来的客户")
    with pytest.raises(CommandError, match="already holds customers"):
        call_command("seed", customers=5, verbosity=0)
    assert not User.objects.exists()


def test_a_seed_that_breaks_off_leaves_nothing() -> None:
    def stop(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(Plan(5), advance=stop)
    assert not any(dump().values())


def test_autovacuum_cannot_count_a_half_written_seed() -> None:
    other = connection.copy()
    other.set_autocommit(False)
    refusals = []

    def try_the_lock_of_analyze(_: int) -> None:
        with other.cursor() as cursor:
            try:
                cursor.execute("LOCK TABLE crm_customer IN SHARE UPDATE EXCLUSIVE MODE NOWAIT")
            except OperationalError as error:
                refusals.append(error)

    try:
        load(Plan(5), advance=try_the_lock_of_analyze)
    finally:
        other.close()
    assert len(refusals) == 1
    assert isinstance(refusals[0].__cause__, LockNotAvailable)


@pytest.mark.parametrize("customers", [-1, MOST_CUSTOMERS + 1])
def test_a_size_out_of_range_is_refused_in_one_sentence(customers: int) -> None:
    with pytest.raises(CommandError, match=r"^--customers must be from 0 to 5,000,000, not .*\.$"):
        call_command("seed", customers=customers, verbosity=0)
    with pytest.raises(SeedError):
        Plan(customers)


@pytest.mark.parametrize("arguments", [["--customers", "many"], ["--until", "tomorrow"], ["--seed", "1.5"]])
def test_an_argument_that_cannot_be_read_is_refused(arguments: list[str]) -> None:
    with pytest.raises(CommandError, match=arguments[0]):
        call_command("seed", *arguments)


def test_the_command_says_what_it_wrote() -> None:
    out = io.StringIO()
    call_command("seed", customers=0, stdout=out)
    assert out.getvalue() == "Seeded 0 customers, 59 rows in all (seed 1).\n"
    assert User.objects.count() == 20
