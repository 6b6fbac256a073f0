"""What Task lists can be filtered by."""

from typing import ClassVar

from backend.crm.filters.base import CHOICE, ORDERED, TEXT, NounFilters
from backend.crm.models import Task


class TaskFilters(NounFilters):
    """The filters of `Task`."""

    search_columns = ("subject",)

    class Meta:
        model = Task
        fields: ClassVar = {
            "subject": TEXT,
            "kind": CHOICE,
            "priority": CHOICE,
            "status": CHOICE,
            "due_at": ORDERED,
            "remind_at": ORDERED,
            "completed_at": ORDERED,
            "created_at": ORDERED,
            "updated_at": ORDERED,
        }
