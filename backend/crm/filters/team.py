"""What Team lists can be filtered by."""

from typing import ClassVar

from backend.crm.filters.base import ORDERED, TEXT, NounFilters
from backend.identity.models import Team


class TeamFilters(NounFilters):
    """The filters of `Team`."""

    search_columns = ("name",)

    class Meta:
        model = Team
        fields: ClassVar = {
            "name": TEXT,
            "created_at": ORDERED,
        }
