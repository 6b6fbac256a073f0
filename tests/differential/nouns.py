"""What the graph's fields stand for, written down a second time: the oracle shares no declaration with the schema."""

import datetime as dt
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Model

from backend.crm import models as crm
from backend.identity import models as identity
from permissions.categories import Category, Mask, Sensitive
from permissions.resources import Resource

Order = tuple[tuple[str, str], ...]
_NEWEST: Order = (("createdAt", "DESC"),)
_BY_NAME: Order = (("name", "ASC"),)


@dataclass(frozen=True)
class NounFacts:
    """A node type: its resource, its rows, and the order of its lists where none is asked for."""

    resource: Resource
    model: type[Model]
    default_order: Order = _NEWEST


NOUNS: Mapping[str, NounFacts] = {
    "Customer": NounFacts(Resource.CUSTOMER, crm.Customer),
    "Contact": NounFacts(Resource.CONTACT, crm.Contact),
    "Opportunity": NounFacts(Resource.OPPORTUNITY, crm.Opportunity),
    "Task": NounFacts(Resource.TASK, crm.Task),
    "Contract": NounFacts(Resource.CONTRACT, crm.Contract),
    "FollowUp": NounFacts(Resource.FOLLOW_UP, crm.FollowUp),
    "Payment": NounFacts(Resource.PAYMENT, crm.Payment),
    "User": NounFacts(Resource.USER, identity.User, _BY_NAME),
    "Team": NounFacts(Resource.TEAM, identity.Team, _BY_NAME),
    "Tag": NounFacts(Resource.TAG, crm.Tag, _BY_NAME),
    "StageChange": NounFacts(Resource.STAGE_CHANGE, crm.StageChange, (("changedAt", "DESC"),)),
    "ApprovalStep": NounFacts(Resource.APPROVAL_STEP, crm.ApprovalStep, (("position", "ASC"),)),
}

# (type, field) → the model of the rows and the column by which they point back.
MANY: Mapping[tuple[str, str], tuple[type[Model], str]] = {
    ("Customer", "subsidiaries"): (crm.Customer, "parent_id"),
    ("Customer", "contacts"): (crm.Contact, "customer_id"),
    ("Customer", "opportunities"): (crm.Opportunity, "customer_id"),
    ("Customer", "tasks"): (crm.Task, "customer_id"),
    ("Customer", "contracts"): (crm.Contract, "customer_id"),
    ("Customer", "followUps"): (crm.FollowUp, "customer_id"),
    ("Customer", "payments"): (crm.Payment, "customer_id"),
    ("Opportunity", "stageHistory"): (crm.StageChange, "opportunity_id"),
    ("Opportunity", "contracts"): (crm.Contract, "opportunity_id"),
    ("Opportunity", "tasks"): (crm.Task, "opportunity_id"),
    ("Opportunity", "followUps"): (crm.FollowUp, "opportunity_id"),
    ("Contract", "approvalSteps"): (crm.ApprovalStep, "contract_id"),
    ("Contract", "payments"): (crm.Payment, "contract_id"),
    ("Contract", "tasks"): (crm.Task, "contract_id"),
    ("Payment", "receipts"): (crm.Payment, "plan_line_id"),
    ("Team", "children"): (identity.Team, "parent_id"),
    ("Team", "members"): (identity.User, "team_id"),
}

# (type, field) → the link table, the column that points here and the column that points there.
LINKED: Mapping[tuple[str, str], tuple[type[Model], str, str]] = {
    ("Customer", "collaborators"): (crm.Collaboration, "customer_id", "user_id"),
    ("Customer", "tags"): (crm.Tagging, "customer_id", "tag_id"),
    ("Tag", "customers"): (crm.Tagging, "tag_id", "customer_id"),
}

# What a task is about: the first of these that is set.
SUBJECTS = (("contract_id", "Contract"), ("opportunity_id", "Opportunity"), ("customer_id", "Customer"))


def snake(name: str) -> str:
    """Return a field's name as a column's: nextFollowUpAt gives next_follow_up_at."""
    return re.sub(r"([A-Z])", lambda match: f"_{match[1].lower()}", name)


def sensitive_of(type_name: str, field: str) -> Sensitive | None:
    """Return the classification of a field: the model's, or the margin's own."""
    if (type_name, field) == ("Opportunity", "margin"):
        return Sensitive(Category.COMMERCIAL, Mask.NULL)
    if type_name not in NOUNS:
        return None
    columns: Any = {column.name: column for column in NOUNS[type_name].model._meta.get_fields()}
    return getattr(columns.get(snake(field)), "sensitive", None)


def stored(type_name: str, field: str, row: Any) -> Any:
    """Return the clear value of a scalar field on a row."""
    if (type_name, field) == ("Opportunity", "margin"):
        return None if None in (row.amount, row.cost) else row.amount - row.cost
    return getattr(row, snake(field))


def written(value: Any) -> Any:
    """Return a value as JSON holds it."""
    match value:
        case dt.datetime():
            text = value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S")
            fraction = f"{value.microsecond:06d}".rstrip("0")
            return f"{text}{'.' + fraction if fraction else ''}+00:00"
        case dt.date():
            return value.isoformat()
        case Decimal():
            return f"{value:f}"
        case _:
            return value


def global_id(type_name: str, key: uuid.UUID) -> str:
    """Return the global id of a row."""
    return f"{type_name}_{key}"
