"""The demo's accounts: one of every role, each with a bearer token."""

import json
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from rich.table import Table

from backend.identity.models import PartnerClient, User
from backend.identity.tokens import Subject, SubjectKind, issue_token
from backend.secret_key import write_private

TOKEN_LIFETIME = timedelta(days=30)
PARTNER = "partner"
# The demo's login names are the role codes; the phrases say in short what the default policy decides.
SEES = {
    "sales": "own and shared customers, and the pool; contact details masked outside their own",
    "sales_manager": "their team's customers and all below; contact details clear on their own",
    "finance": "contracts, payments and their customers; amounts clear, contact details masked",
    "support": "customers with a contract; contact details masked, no money",
    "marketing": "every lead and customer; contact details masked, no money",
    "director": "everything; identity numbers masked",
    "intern": "own customers only; contact details masked, no money",
    "admin": "people, teams and policies; no customers",
    "auditor": "audit records; no customers",
    PARTNER: "customers and deals shared with this partner; contact details masked",
}
CHINESE = {
    "sales": "销售",
    "sales_manager": "主管",
    "finance": "财务",
    "support": "客服",
    "marketing": "市场",
    "director": "总监",
    "intern": "实习生",
    "admin": "管理员",
    "auditor": "审计",
    PARTNER: "合作方",
}


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One account of the demo: its role's code, its name, and whom its token stands for."""

    role: str
    name: str
    subject: Subject


def demo_accounts() -> list[DemoAccount]:
    """Return the demo's accounts that exist in this database, in the order of the roles' table."""
    found: dict[str, DemoAccount] = {}
    for user in User.objects.filter(username__in=SEES, is_active=True):
        found[user.username] = DemoAccount(user.username, user.name, Subject(SubjectKind.USER, user.id))
    # Keys are UUIDv7: the first one is the oldest.
    for client in PartnerClient.objects.filter(roles__contains=[PARTNER], is_active=True).order_by("id")[:1]:
        found[PARTNER] = DemoAccount(PARTNER, client.name, Subject(SubjectKind.PARTNER, client.id))
    return [found[role] for role in SEES if role in found]


def write_tokens(accounts: list[DemoAccount], path: Path) -> None:
    """Write a new token for each account to `path`, as a JSON object by role that only its owner may read."""
    tokens = {account.role: issue_token(account.subject, lifetime=TOKEN_LIFETIME) for account in accounts}
    write_private(path, json.dumps(tokens, indent=2) + "\n")


def accounts_table(accounts: list[DemoAccount]) -> Table:
    """Return the table of accounts for the terminal."""
    table = Table(title="Demo accounts", title_justify="left")
    for heading in ("role", "name", "sees"):
        table.add_column(heading, no_wrap=heading != "sees")
    for account in accounts:
        table.add_row(f"{account.role} {CHINESE[account.role]}", account.name, SEES[account.role])
    return table
