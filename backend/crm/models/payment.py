"""Payment plans and the money that came in."""

from django.db import models

from backend.crm.models.choices import PaymentKind, PaymentMethod, PaymentStatus
from backend.crm.models.contract import Contract
from backend.crm.models.customer import Customer
from backend.fields import DateField, DecimalField
from backend.models import EditableRecord
from backend.vault.fields import EncryptedTextField
from backend.vault.normalise import Normaliser
from permissions.categories import Category, Mask, Sensitive


class Payment(EditableRecord):
    """回款: a line of a contract's payment plan, or a receipt against one.

    `customer` repeats the contract's customer, so the row scope of a payment is one step away, as for every noun.
    """

    kind = models.TextField(choices=PaymentKind)
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="payments", db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, related_name="payments", db_index=False)
    plan_line = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="receipts", db_index=False
    )
    position = models.PositiveSmallIntegerField(default=1)
    status = models.TextField(choices=PaymentStatus, default=PaymentStatus.PLANNED)
    due_on = DateField(null=True, blank=True)
    received_on = DateField(null=True, blank=True)
    currency = models.TextField(default="CNY")
    amount = DecimalField(max_digits=18, decimal_places=2, sensitive=Sensitive(Category.FINANCIAL, Mask.AMOUNT))
    method = models.TextField(choices=PaymentMethod, null=True, blank=True)  # noqa: DJ001  plan lines have none
    bank_account = EncryptedTextField(
        null=True,
        blank=True,
        sensitive=Sensitive(Category.FINANCIAL, Mask.BANK_ACCOUNT),
        index=Normaliser.BANK_ACCOUNT,
    )

    class Meta:
        indexes = [
            models.Index(fields=["contract", "created_at", "id"], name="payment_contract_newest"),
            models.Index(fields=["customer", "created_at", "id"], name="payment_customer_newest"),
            models.Index(fields=["plan_line"], name="payment_plan_line"),
            models.Index(fields=["created_at", "id"], name="payment_newest"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
