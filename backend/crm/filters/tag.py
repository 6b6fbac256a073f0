"""What Tag lists can be filtered by."""

from typing import ClassVar

from backend.crm.filters.base import ORDERED, TEXT, NounFilters
from backend.crm.models import Tag


class TagFilters(NounFilters):
    """The filters of `Tag`."""

    search_columns = ("name",)

    class Meta:
        model = Tag
        fields: ClassVar = {
            "name": TEXT,
            "created_at": ORDERED,
        }
