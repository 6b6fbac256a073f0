"""People at a customer."""

from django.db import models

from backend.crm.models.choices import DecisionRole
from backend.crm.models.customer import Customer
from backend.crm.search import search_index
from backend.fields import TextField
from backend.models import EditableRecord
from backend.vault.fields import EncryptedDateField, EncryptedTextField
from backend.vault.normalise import Normaliser
from permissions.categories import Category, Mask, Sensitive

_PHONE = Sensitive(Category.CONTACT_INFO, Mask.PHONE)
_EMAIL = Sensitive(Category.CONTACT_INFO, Mask.EMAIL)


class Contact(EditableRecord):
    """联系人: a person at a customer."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="contacts", db_index=False)
    name = TextField()
    title = TextField(blank=True, default="")
    department = TextField(blank=True, default="")
    decision_role = models.TextField(choices=DecisionRole, default=DecisionRole.OTHER)
    phone = EncryptedTextField(null=True, blank=True, sensitive=_PHONE, index=Normaliser.PHONE)
    mobile = EncryptedTextField(null=True, blank=True, sensitive=_PHONE, index=Normaliser.PHONE)
    email = EncryptedTextField(null=True, blank=True, sensitive=_EMAIL, index=Normaliser.EMAIL)
    wechat_id = EncryptedTextField(
        null=True, blank=True, sensitive=Sensitive(Category.CONTACT_INFO, Mask.TEXT), index=Normaliser.TEXT
    )
    birthday = EncryptedDateField(null=True, blank=True, sensitive=Sensitive(Category.IDENTITY))
    id_number = EncryptedTextField(
        null=True, blank=True, sensitive=Sensitive(Category.IDENTITY, Mask.ID_NUMBER), index=Normaliser.ID_NUMBER
    )
    preferences = TextField(blank=True, default="")
    is_primary = models.BooleanField(default=False)

    class Meta:
        indexes = [
            search_index("contact_search", "name", "title", "department"),
            models.Index(fields=["customer", "created_at", "id"], name="contact_customer_newest"),
            models.Index(fields=["created_at", "id"], name="contact_newest"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
