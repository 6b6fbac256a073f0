"""What FollowUp lists can be filtered by."""

from typing import ClassVar

from backend.crm.filters.base import CHOICE, ORDERED, TEXT, NounFilters
from backend.crm.models import FollowUp


class FollowUpFilters(NounFilters):
    """The filters of `FollowUp`."""

    search_columns = ("content",)

    class Meta:
        model = FollowUp
        fields: ClassVar = {
            "kind": CHOICE,
            "content": TEXT,
            "happened_at": ORDERED,
            "next_follow_up_at": ORDERED,
            "created_at": ORDERED,
            "updated_at": ORDERED,
        }
