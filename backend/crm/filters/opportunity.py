"""What Opportunity lists can be filtered by."""

from typing import ClassVar

from backend.crm.filters.base import CHOICE, ORDERED, TEXT, NounFilters
from backend.crm.models import Opportunity


class OpportunityFilters(NounFilters):
    """The filters of `Opportunity`."""

    search_columns = ("name", "product")

    class Meta:
        model = Opportunity
        fields: ClassVar = {
            "name": TEXT,
            "product": TEXT,
            "stage": CHOICE,
            "amount": ORDERED,
            "cost": ORDERED,
            "discount": ORDERED,
            "probability": ORDERED,
            "opened_on": ORDERED,
            "expected_close_on": ORDERED,
            "closed_on": ORDERED,
            "competitor": TEXT,
            "created_at": ORDERED,
            "updated_at": ORDERED,
        }
