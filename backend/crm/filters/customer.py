"""What Customer lists can be filtered by."""

from typing import ClassVar

from backend.crm.filters.base import CHOICE, ORDERED, SEALED, TEXT, NounFilters
from backend.crm.models import Customer


class CustomerFilters(NounFilters):
    """The filters of `Customer`."""

    search_columns = ("name", "credit_code")

    class Meta:
        model = Customer
        fields: ClassVar = {
            "name": TEXT,
            "kind": CHOICE,
            "industry": TEXT,
            "region": TEXT,
            "level": CHOICE,
            "source": CHOICE,
            "status": CHOICE,
            "pool_status": CHOICE,
            "credit_code": CHOICE,
            "phone_index": SEALED,
            "email_index": SEALED,
            "credit_limit": ORDERED,
            "annual_revenue": ORDERED,
            "last_followed_up_at": ORDERED,
            "next_follow_up_at": ORDERED,
            "created_at": ORDERED,
            "updated_at": ORDERED,
        }
