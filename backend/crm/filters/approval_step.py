"""What ApprovalStep lists can be filtered by."""

from typing import ClassVar

from backend.crm.filters.base import CHOICE, ORDERED, NounFilters
from backend.crm.models import ApprovalStep


class ApprovalStepFilters(NounFilters):
    """The filters of `ApprovalStep`."""

    search_columns = ()

    class Meta:
        model = ApprovalStep
        fields: ClassVar = {
            "position": ORDERED,
            "decision": CHOICE,
            "decided_at": ORDERED,
        }
