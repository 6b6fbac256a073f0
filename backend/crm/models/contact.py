"""People at a customer."""

from django.db import models

from backend.crm.models.choices import DecisionRole
from backend.crm.models.customer import Customer
from backend.crm.search import search_index
from backend.fields import DateField, TextField
from backend.models import EditableRecord
from permissions.categories import Category, Mask, Sensitive

_PHONE = Sensitive(Category.CONTACT_INFO, Mask.PHONE)


class Contact(EditableRecord):
    """联系人: a person at a customer."""

    customer = models.ForeignKey(Customer, models.PROTECT, related_name="contacts", db_index=False)
    name = TextField()
    title = TextField(blank=True, default="")
    department = TextField(blank=True, default="")
    decision_role = models.TextField(choices=DecisionRole, default=DecisionRole.OTHER)
    phone = TextField(null=True, blank=True, sensitive=_PHONE)
    mobile = TextField(null=True, blank=True, sensitive=_PHONE)
    email = TextField(null=True, blank=True, sensitive=Sensitive(Category.CONTACT_INFO, Mask.EMAIL))
    wechat_id = TextField(null=True, blank=True, sensitive=Sensitive(Category.CONTACT_INFO, Mask.TEXT))
    birthday = DateField(null=True, blank=True, sensitive=Sensitive(Category.IDENTITY))
    id_number = TextField(null=True, blank=True, sensitive=Sensitive(Category.IDENTITY, Mask.ID_NUMBER))
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
