"""A small world in which every row's relation to the asker is its name.

The asker is `me`, in team north, above the team north_sub; the partner's server is `partner`. A customer called
`teammate` belongs to a teammate, `other_team` to somebody of another team, and so on; what hangs on it has its name.
"""

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Model

from backend.crm import models as crm
from backend.identity.models import PartnerClient, Team, User

NOW = datetime(2026, 5, 1, tzinfo=UTC)
CUSTOMERS = ("own", "teammate", "sub_team", "other_team", "collaborator", "pool", "shared", "signed")
# These have a contract, so they are `contracted`; `signed` is otherwise a stranger's.
CONTRACTED = ("own", "sub_team", "collaborator", "signed")
PARTNER_SCOPES = ("customers:read", "opportunities:read")


class MatrixWorld:
    """The rows, by noun and name."""

    def __init__(self) -> None:
        self.ids: dict[str, dict[str, str]] = {}
        # The roles `me` has, and whether the account is active.
        self.given: tuple[frozenset[str], bool] | None = None
        self._make_people()
        for name in CUSTOMERS:
            self._make_customer(name)
        for name in CONTRACTED:
            self._make_contract(name, name)
        self._make_rows_of_their_own()
        self._make_deleted()

    def id(self, noun: str, name: str) -> str:
        """Return a row's global id."""
        return self.ids[noun][name]

    def name(self, noun: str, global_id: str) -> str:
        """Return the name of the row with an id."""
        return next(name for name, known in self.ids[noun].items() if known == global_id)

    def key(self, noun: str, name: str) -> uuid.UUID:
        """Return a row's primary key."""
        return uuid.UUID(self.ids[noun][name].rpartition("_")[2])

    def _keep(self, name: str, row: Model) -> Any:
        noun = type(row).__name__
        self.ids.setdefault(noun, {})[name] = f"{noun}_{row.pk}"
        return row

    def _team(self, name: str, parent: Team | None) -> Team:
        team = Team(name=name, parent=parent)
        team.path = [*(parent.path if parent else []), team.pk]
        team.save()
        kept: Team = self._keep(name, team)
        return kept

    def _make_people(self) -> None:
        root = self._team("root", None)
        north = self._team("north", root)
        self.teams = {"north": north, "north_sub": self._team("north_sub", north), "south": self._team("south", root)}
        who = {"me": "north", "mate": "north", "junior": "north_sub", "stranger": "south"}
        self.people: dict[str, User] = {}
        for name, team in who.items():
            user = User.objects.create(username=name, name=name, team=self.teams[team])
            self.people[name] = self._keep(name, user)
        has = {"roles": ["partner"], "token_scopes": list(PARTNER_SCOPES)}
        self.partner = PartnerClient.objects.create(name="partner", **has)
        self.competitor = PartnerClient.objects.create(name="another", **has)

    def _make_customer(self, name: str) -> None:
        owners = {"own": "me", "teammate": "mate", "sub_team": "junior", "pool": None}
        owner = self.people[owned_by] if (owned_by := owners.get(name, "stranger")) else None
        customer = self._keep(name, crm.Customer.objects.create(**_customer_columns(name, owner)))
        if name == "collaborator":
            crm.Collaboration.objects.create(customer=customer, user=self.people["me"])
        if name == "shared":
            crm.CustomerShare.objects.create(customer=customer, partner=self.partner)
        crm.CustomerShare.objects.create(customer=customer, partner=self.competitor)
        self._keep(name, crm.Contact.objects.create(customer=customer, name=name, **_CONTACT))
        self._keep(name, crm.Opportunity.objects.create(customer=customer, name=name, **_DEAL))
        self._keep(name, crm.Task.objects.create(customer=customer, subject=name))
        self._keep(name, crm.FollowUp.objects.create(customer=customer, content=name, happened_at=NOW))

    def _make_contract(self, name: str, customer: str, **columns: Any) -> None:
        of = crm.Customer.objects.get(pk=self.key("Customer", customer))
        contract = crm.Contract.objects.create(customer=of, number=name, amount=Decimal("88000.00"), **columns)
        self._keep(name, contract)
        crm.ApprovalStep.objects.create(contract=contract, position=1, approver=self.people["mate"], comment="fine")
        if not columns:
            place = CONTRACTED.index(name) + 1
            paid = {"kind": "receipt", "amount": Decimal("4321.00"), "bank_account": "6222020200112233"}
            payment = crm.Payment.objects.create(contract=contract, customer=of, position=place, **paid)
            self._keep(name, payment)

    def _make_rows_of_their_own(self) -> None:
        """Rows in a scope by their own columns, on customers out of scope or on none."""
        me, other = self.people["me"], crm.Customer.objects.get(pk=self.key("Customer", "other_team"))
        below = self.teams["north_sub"]
        deals: dict[str, dict[str, Any]] = {
            "my_deal": {"customer": other, "owner": me},
            "team_deal": {"customer": other, "team": below},
            "brought": {"customer": other, "partner": self.partner},
            "no_customer": {"owner": me},
        }
        for name, columns in deals.items():
            self._keep(name, crm.Opportunity.objects.create(name=name, **columns, **_DEAL))
        tasks: dict[str, dict[str, Any]] = {
            "assigned": {"customer": other, "assignee": me},
            "created": {"creator": me},
            "team_task": {"team": below},
            "nobodys": {},
        }
        for name, columns in tasks.items():
            self._keep(name, crm.Task.objects.create(subject=name, **columns))
        self._make_contract("my_contract", "signed", owner=me)
        self._make_contract("team_contract", "signed", team=below)
        self._keep("written", crm.FollowUp.objects.create(customer=other, content="w", happened_at=NOW, author=me))
        tag = self._keep("tag", crm.Tag.objects.create(name="tag"))
        for name in CUSTOMERS:
            crm.Tagging.objects.create(tag=tag, customer_id=self.key("Customer", name))

    def _make_deleted(self) -> None:
        """A deleted customer of mine, and a deleted deal with its history: nobody sees them."""
        columns = _customer_columns("deleted", self.people["me"])
        self._keep("deleted", crm.Customer.objects.create(**columns, deleted_at=NOW))
        deal = crm.Opportunity.objects.create(name="deleted", owner=self.people["me"], deleted_at=NOW, **_DEAL)
        self._keep("deleted", deal)
        step = crm.StageChange.objects.create(opportunity=deal, to_stage="won", changed_at=NOW)
        self._keep("deleted", step)


_CONTACT = {"mobile": "+8613912345678", "id_number": "11010119900101123X", "birthday": date(1990, 1, 1)}
_DEAL = {"amount": Decimal("654321.00"), "cost": Decimal("400000.00"), "discount": Decimal("12.50")}


def _customer_columns(name: str, owner: User | None) -> dict[str, Any]:
    return {
        "name": name,
        "owner": owner,
        "team": owner.team if owner else None,
        "pool_status": "owned" if owner else "in_pool",
        "phone": "+8613812341234",
        "credit_limit": Decimal("1234567.89"),
        "risk_note": "slow to pay",
    }
