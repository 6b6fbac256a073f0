"""Customers, the colleagues who help with them, and the partners they are shared with."""

from django.db import models

from backend.crm.models.choices import CustomerKind, CustomerLevel, CustomerSource, CustomerStatus, PoolStatus
from backend.crm.search import search_index
from backend.fields import DecimalField, TextField
from backend.identity.models import PartnerClient, Team, User
from backend.models import EditableRecord, Record
from backend.vault.fields import EncryptedTextField
from backend.vault.normalise import Normaliser
from permissions.categories import Category, Mask, Sensitive

_FINANCIAL = Sensitive(Category.FINANCIAL, Mask.AMOUNT)


class Customer(EditableRecord):
    """客户: a company or person sold to."""

    name = TextField()
    kind = models.TextField(choices=CustomerKind, default=CustomerKind.COMPANY)
    industry = TextField(blank=True, default="")
    region = TextField(blank=True, default="")
    address = EncryptedTextField(null=True, blank=True, sensitive=Sensitive(Category.CONTACT_INFO, Mask.TEXT))
    level = models.TextField(choices=CustomerLevel, default=CustomerLevel.C)
    source = models.TextField(choices=CustomerSource, default=CustomerSource.OTHER)
    status = models.TextField(choices=CustomerStatus, default=CustomerStatus.PROSPECT)
    pool_status = models.TextField(choices=PoolStatus, default=PoolStatus.OWNED)
    owner = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="customers", db_index=False)
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="customers", db_index=False)
    parent = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="subsidiaries", db_index=False
    )
    tags = models.ManyToManyField("crm.Tag", through="crm.Tagging", related_name="customers")
    credit_code = TextField(blank=True, default="")
    phone = EncryptedTextField(
        null=True, blank=True, sensitive=Sensitive(Category.CONTACT_INFO, Mask.PHONE), index=Normaliser.PHONE
    )
    email = EncryptedTextField(
        null=True, blank=True, sensitive=Sensitive(Category.CONTACT_INFO, Mask.EMAIL), index=Normaliser.EMAIL
    )
    currency = models.TextField(default="CNY")
    credit_limit = DecimalField(max_digits=18, decimal_places=2, null=True, blank=True, sensitive=_FINANCIAL)
    annual_revenue = DecimalField(max_digits=18, decimal_places=2, null=True, blank=True, sensitive=_FINANCIAL)
    risk_note = TextField(blank=True, default="", sensitive=Sensitive(Category.INTERNAL))
    last_followed_up_at = models.DateTimeField(null=True, blank=True)
    next_follow_up_at = models.DateTimeField(null=True, blank=True)
    source_key = models.TextField(null=True, blank=True, unique=True)

    class Meta:
        indexes = [
            search_index("customer_search", "name", "credit_code"),
            models.Index(fields=["created_at", "id"], name="customer_newest"),
            models.Index(fields=["owner", "created_at", "id"], name="customer_owner_newest"),
            models.Index(fields=["team", "created_at", "id"], name="customer_team_newest"),
            models.Index(fields=["pool_status", "created_at", "id"], name="customer_pool_newest"),
            models.Index(fields=["name", "id"], name="customer_name"),
            models.Index(fields=["parent"], name="customer_parent"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class Collaboration(Record):
    """A colleague invited to help with somebody's customer: the `collaborator` scope."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="collaborations")
    user = models.ForeignKey(User, models.CASCADE, related_name="collaborations", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "customer"], name="collaborator_once_per_customer")]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.user_id}"


class CustomerShare(Record):
    """A customer shared with a partner: the `partner` scope."""

    customer = models.ForeignKey(Customer, models.CASCADE, related_name="shares")
    partner = models.ForeignKey(PartnerClient, models.CASCADE, related_name="shares", db_index=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["partner", "customer"], name="share_once_per_customer")]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.partner_id}"
