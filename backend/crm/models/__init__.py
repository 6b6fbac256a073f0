"""The nouns of the graph, a module a noun."""

from backend.crm.models.contact import Contact
from backend.crm.models.contract import ApprovalStep, Contract
from backend.crm.models.customer import Collaboration, Customer, CustomerShare
from backend.crm.models.follow_up import FollowUp
from backend.crm.models.opportunity import Opportunity, StageChange
from backend.crm.models.payment import Payment
from backend.crm.models.tag import Tag, Tagging
from backend.crm.models.task import Task

__all__ = [
    "ApprovalStep",
    "Collaboration",
    "Contact",
    "Contract",
    "Customer",
    "CustomerShare",
    "FollowUp",
    "Opportunity",
    "Payment",
    "StageChange",
    "Tag",
    "Tagging",
    "Task",
]
