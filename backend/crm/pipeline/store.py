"""Stores a plan. Rows are known by their source key: what is already here is left as it is, so a second load changes
nothing, and nothing that people did since the first is undone."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection, transaction

from backend.crm.models import Customer, Opportunity
from backend.crm.models.choices import CustomerStatus, OpportunityStage, PoolStatus
from backend.crm.pipeline.accounts import Account
from backend.crm.pipeline.deals import Deal, owners
from backend.crm.pipeline.files import ACCOUNTS, PIPELINE, TEAMS
from backend.crm.pipeline.people import Agent
from backend.crm.pipeline.placement import Placement
from backend.crm.pipeline.plan import Plan
from backend.identity.models import User

CURRENCY = "USD"
BATCH = 1_000
# Two loads at once would both find the rows missing: the second waits. The number is arbitrary.
_LOCK = 0x50524954
_PROBABILITY = {
    OpportunityStage.INITIAL_CONTACT: 10,
    OpportunityStage.NEEDS_ANALYSIS: 25,
    OpportunityStage.WON: 100,
    OpportunityStage.LOST: 0,
}


@dataclass(frozen=True, slots=True)
class Stored:
    """What a load wrote: how many rows of each file were new, and how many people, managers included."""

    new: dict[str, int]
    new_people: int


def store(plan: Plan) -> Stored:
    """Store what of `plan` is not here yet, in one transaction.

    Raises: PipelineError when a team of the same name is somebody else's.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        placement = Placement(plan.agents)
        users = placement.place()
        customers, new_customers = _store_accounts(plan, users)
        new_deals = _store_deals(plan, users, customers)
    new_agents = sum(agent.login in placement.new_logins for agent in plan.agents)
    new = {TEAMS: new_agents, ACCOUNTS: new_customers, PIPELINE: new_deals}
    return Stored(new, new_people=len(placement.new_logins))


def account_key(name: str) -> str:
    """Return the source key of an account's customer."""
    return f"crm-sales:account:{name}"


def deal_key(opportunity_id: str) -> str:
    """Return the source key of a deal's opportunity."""
    return f"crm-sales:{opportunity_id}"


def _store_accounts(plan: Plan, users: Mapping[str, User]) -> tuple[dict[str, Customer], int]:
    """Return the customers of all accounts by name, and how many of them are new."""
    keys = [account_key(account.name) for account in plan.accounts]
    here = {customer.source_key: customer for customer in Customer.objects.filter(source_key__in=keys)}
    best = owners(list(plan.deals))
    buyers = {deal.account for deal in plan.deals if deal.stage is OpportunityStage.WON}
    customers: dict[str, Customer] = {}
    new = []
    # Parents stand before the accounts below them.
    for account in plan.accounts:
        customer = here.get(account_key(account.name))
        if customer is None:
            customer = _customer(account, best.get(account.name), users, is_buyer=account.name in buyers)
            customer.parent = customers.get(account.parent)
            new.append(customer)
        customers[account.name] = customer
    Customer.objects.bulk_create(new, batch_size=BATCH)
    return customers, len(new)


def _customer(account: Account, agent: Agent | None, users: Mapping[str, User], *, is_buyer: bool) -> Customer:
    owner = users[agent.login] if agent else None
    return Customer(
        source_key=account_key(account.name),
        name=account.name,
        industry=account.sector,
        region=account.location,
        currency=CURRENCY,
        annual_revenue=account.revenue,
        status=CustomerStatus.ACTIVE if is_buyer else CustomerStatus.PROSPECT,
        owner=owner,
        team_id=owner.team_id if owner else None,
        pool_status=PoolStatus.OWNED if owner else PoolStatus.IN_POOL,
    )


def _store_deals(plan: Plan, users: Mapping[str, User], customers: Mapping[str, Customer]) -> int:
    """Store the deals that are new and return how many there were."""
    prefix = deal_key("")
    here = set(Opportunity.objects.filter(source_key__startswith=prefix).values_list("source_key", flat=True))
    new = [
        _opportunity(deal, users[deal.agent.login], customers.get(deal.account))
        for deal in plan.deals
        if deal_key(deal.key) not in here
    ]
    Opportunity.objects.bulk_create(new, batch_size=BATCH)
    return len(new)


def _opportunity(deal: Deal, owner: User, customer: Customer | None) -> Opportunity:
    return Opportunity(
        source_key=deal_key(deal.key),
        customer=customer,
        name=f"{deal.product} · {deal.account}" if deal.account else deal.product,
        product=deal.product,
        stage=deal.stage,
        currency=CURRENCY,
        amount=deal.value,
        probability=_PROBABILITY[deal.stage],
        opened_on=deal.opened_on,
        closed_on=deal.closed_on,
        owner=owner,
        team_id=owner.team_id,
    )
