"""Interactions with customers."""

from django.db import models

from backend.crm.models.choices import FollowUpKind
from backend.crm.models.contact import Contact
from backend.crm.models.customer import Customer
from backend.crm.models.opportunity import Opportunity
from backend.crm.search import search_index
from backend.fields import TextField
from backend.identity.models import User
from backend.models import EditableRecord


class FollowUp(EditableRecord):
    """跟进: one interaction with a customer."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="follow_ups", db_index=False)
    opportunity = models.ForeignKey(
        Opportunity, models.PROTECT, null=True, blank=True, related_name="follow_ups", db_index=False
    )
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, blank=True, related_name="follow_ups")
    kind = models.TextField(choices=FollowUpKind, default=FollowUpKind.OTHER)
    content = TextField()
    happened_at = models.DateTimeField()
    next_step = TextField(blank=True, default="")
    next_follow_up_at = models.DateTimeField(null=True, blank=True)
    author = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="follow_ups", db_index=False)

    class Meta:
        indexes = [
            search_index("follow_up_search", "content"),
            models.Index(fields=["customer", "created_at", "id"], name="follow_up_customer_newest"),
            models.Index(fields=["author", "created_at", "id"], name="follow_up_author_newest"),
            models.Index(fields=["created_at", "id"], name="follow_up_newest"),
            models.Index(fields=["opportunity"], name="follow_up_opportunity"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
