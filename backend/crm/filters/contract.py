"""What Contract lists can be filtered by."""

from typing import ClassVar

from backend.crm.filters.base import CHOICE, ORDERED, TEXT, NounFilters
from backend.crm.models import Contract


class ContractFilters(NounFilters):
    """The filters of `Contract`."""

    search_columns = ("number",)

    class Meta:
        model = Contract
        fields: ClassVar = {
            "number": TEXT,
            "state": CHOICE,
            "amount": ORDERED,
            "signed_on": ORDERED,
            "starts_on": ORDERED,
            "ends_on": ORDERED,
            "warranty_until": ORDERED,
            "created_at": ORDERED,
            "updated_at": ORDERED,
        }
