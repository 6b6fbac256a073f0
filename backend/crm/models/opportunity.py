"""Deals in progress and the history of their stages."""

from django.db import models

from backend.crm.models.choices import OpportunityStage
from backend.crm.models.customer import Customer
from backend.crm.search import search_index
from backend.fields import DateField, DecimalField, TextField
from backend.identity.models import PartnerClient, Team, User
from backend.models import EditableRecord, Record
from permissions.categories import Category, Mask, Sensitive

_COMMERCIAL = Sensitive(Category.COMMERCIAL, Mask.NULL)


class Opportunity(EditableRecord):
    """商机: a deal in progress. Imported deals may name no customer."""

    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="opportunities", db_index=False
    )
    name = TextField()
    product = TextField(blank=True, default="")
    stage = models.TextField(choices=OpportunityStage, default=OpportunityStage.INITIAL_CONTACT)
    currency = models.TextField(default="CNY")
    amount = DecimalField(
        max_digits=18, decimal_places=2, null=True, blank=True, sensitive=Sensitive(Category.FINANCIAL, Mask.AMOUNT)
    )
    cost = DecimalField(max_digits=18, decimal_places=2, null=True, blank=True, sensitive=_COMMERCIAL)
    discount = DecimalField(max_digits=5, decimal_places=2, null=True, blank=True, sensitive=_COMMERCIAL)
    probability = models.PositiveSmallIntegerField(default=10)
    opened_on = DateField(null=True, blank=True)
    expected_close_on = DateField(null=True, blank=True)
    closed_on = DateField(null=True, blank=True)
    lost_reason = TextField(blank=True, default="")
    competitor = TextField(blank=True, default="")
    owner = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="opportunities", db_index=False)
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="opportunities", db_index=False)
    partner = models.ForeignKey(
        PartnerClient, models.PROTECT, null=True, blank=True, related_name="opportunities", db_index=False
    )
    source_key = models.TextField(null=True, blank=True, unique=True)

    class Meta:
        indexes = [
            search_index("opportunity_search", "name", "product"),
            models.Index(fields=["customer", "created_at", "id"], name="opportunity_customer_newest"),
            models.Index(fields=["owner", "created_at", "id"], name="opportunity_owner_newest"),
            models.Index(fields=["created_at", "id"], name="opportunity_newest"),
            models.Index(fields=["team", "created_at", "id"], name="opportunity_team_newest"),
            models.Index(
                fields=["partner", "created_at", "id"],
                name="opportunity_partner_newest",
                condition=models.Q(partner__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class StageChange(Record):
    """One step in an opportunity's stage history."""

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="stage_changes", db_index=False)
    from_stage = models.TextField(choices=OpportunityStage, null=True, blank=True)  # noqa: DJ001  the first step comes from nowhere
    to_stage = models.TextField(choices=OpportunityStage)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="stage_changes")

    class Meta:
        indexes = [models.Index(fields=["opportunity", "changed_at", "id"], name="stage_change_opportunity")]

    def __str__(self) -> str:
        return f"{self.opportunity_id}: {self.to_stage}"
