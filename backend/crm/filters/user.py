"""What User lists can be filtered by."""

from typing import ClassVar

from backend.crm.filters.base import FLAG, ORDERED, TEXT, NounFilters
from backend.identity.models import User


class UserFilters(NounFilters):
    """The filters of `User`."""

    search_columns = ("name", "username")

    class Meta:
        model = User
        fields: ClassVar = {
            "name": TEXT,
            "username": TEXT,
            "title": TEXT,
            "is_active": FLAG,
            "created_at": ORDERED,
        }
