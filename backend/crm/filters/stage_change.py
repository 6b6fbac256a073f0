"""What StageChange lists can be filtered by."""

from typing import ClassVar

from backend.crm.filters.base import CHOICE, ORDERED, NounFilters
from backend.crm.models import StageChange


class StageChangeFilters(NounFilters):
    """The filters of `StageChange`."""

    search_columns = ()

    class Meta:
        model = StageChange
        fields: ClassVar = {
            "from_stage": CHOICE,
            "to_stage": CHOICE,
            "changed_at": ORDERED,
        }
