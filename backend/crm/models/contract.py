"""What was signed, and who approved it."""

from django.db import models

from backend.crm.models.choices import ApprovalDecision, ContractState
from backend.crm.models.customer import Customer
from backend.crm.models.opportunity import Opportunity
from backend.crm.search import search_index
from backend.fields import DateField, DecimalField, TextField
from backend.identity.models import Team, User
from backend.models import EditableRecord, Record
from permissions.categories import Category, Mask, Sensitive


class Contract(EditableRecord):
    """合同: what was signed."""

    number = TextField(unique=True)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="contracts", db_index=False)
    opportunity = models.ForeignKey(
        Opportunity, models.PROTECT, null=True, blank=True, related_name="contracts", db_index=False
    )
    state = models.TextField(choices=ContractState, default=ContractState.DRAFT)
    currency = models.TextField(default="CNY")
    amount = DecimalField(max_digits=18, decimal_places=2, sensitive=Sensitive(Category.FINANCIAL, Mask.AMOUNT))
    signed_on = DateField(null=True, blank=True)
    starts_on = DateField(null=True, blank=True)
    ends_on = DateField(null=True, blank=True)
    warranty_until = DateField(null=True, blank=True)
    owner = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="contracts", db_index=False)
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="contracts", db_index=False)

    class Meta:
        indexes = [
            search_index("contract_search", "number"),
            models.Index(fields=["customer", "created_at", "id"], name="contract_customer_newest"),
            models.Index(fields=["opportunity", "created_at", "id"], name="contract_opportunity_newest"),
            models.Index(fields=["owner", "created_at", "id"], name="contract_owner_newest"),
            models.Index(fields=["created_at", "id"], name="contract_newest"),
            models.Index(fields=["team", "created_at", "id"], name="contract_team_newest"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class ApprovalStep(Record):
    """One person's word on a contract, in order."""

    contract = models.ForeignKey(Contract, models.CASCADE, related_name="approval_steps", db_index=False)
    position = models.PositiveSmallIntegerField()
    approver = models.ForeignKey(User, models.PROTECT, related_name="approval_steps")
    decision = models.TextField(choices=ApprovalDecision, default=ApprovalDecision.PENDING)
    decided_at = models.DateTimeField(null=True, blank=True)
    comment = TextField(blank=True, default="", sensitive=Sensitive(Category.INTERNAL))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["contract", "position"], name="approval_position_once")]

    def __str__(self) -> str:
        return f"{self.contract_id}: {self.position}"
