"""What Contact lists can be filtered by."""

from typing import ClassVar

from backend.crm.filters.base import CHOICE, FLAG, ORDERED, SEALED, TEXT, NounFilters
from backend.crm.models import Contact


class ContactFilters(NounFilters):
    """The filters of `Contact`."""

    search_columns = ("name", "title", "department")

    class Meta:
        model = Contact
        fields: ClassVar = {
            "name": TEXT,
            "title": TEXT,
            "department": TEXT,
            "decision_role": CHOICE,
            "phone_index": SEALED,
            "mobile_index": SEALED,
            "email_index": SEALED,
            "wechat_id_index": SEALED,
            "id_number_index": SEALED,
            "is_primary": FLAG,
            "created_at": ORDERED,
            "updated_at": ORDERED,
        }
