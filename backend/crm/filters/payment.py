"""What Payment lists can be filtered by."""

from typing import ClassVar

from backend.crm.filters.base import CHOICE, ORDERED, SEALED, NounFilters
from backend.crm.models import Payment


class PaymentFilters(NounFilters):
    """The filters of `Payment`."""

    search_columns = ()

    class Meta:
        model = Payment
        fields: ClassVar = {
            "kind": CHOICE,
            "position": ORDERED,
            "status": CHOICE,
            "amount": ORDERED,
            "due_on": ORDERED,
            "received_on": ORDERED,
            "method": CHOICE,
            "bank_account_index": SEALED,
            "created_at": ORDERED,
            "updated_at": ORDERED,
        }
