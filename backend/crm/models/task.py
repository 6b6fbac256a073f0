"""Work someone owes."""

from django.db import models

from backend.crm.models.choices import TaskKind, TaskPriority, TaskStatus
from backend.crm.models.contract import Contract
from backend.crm.models.customer import Customer
from backend.crm.models.opportunity import Opportunity
from backend.crm.search import search_index
from backend.fields import TextField
from backend.identity.models import Team, User
from backend.models import EditableRecord


class Task(EditableRecord):
    """任务: work someone owes, about at most one customer, opportunity or contract.

    `customer` is set whenever the task hangs on a customer, directly or through its opportunity or contract, so a
    customer's tasks are one look-up; what the task is *about* is the most specific of the three.
    """

    subject = TextField()
    kind = models.TextField(choices=TaskKind, default=TaskKind.OTHER)
    priority = models.TextField(choices=TaskPriority, default=TaskPriority.NORMAL)
    status = models.TextField(choices=TaskStatus, default=TaskStatus.OPEN)
    due_at = models.DateTimeField(null=True, blank=True)
    remind_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    assignee = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="assigned_tasks", db_index=False
    )
    creator = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="created_tasks", db_index=False
    )
    team = models.ForeignKey(Team, models.PROTECT, null=True, blank=True, related_name="tasks", db_index=False)
    customer = models.ForeignKey(Customer, models.PROTECT, null=True, blank=True, related_name="tasks", db_index=False)
    opportunity = models.ForeignKey(
        Opportunity, models.PROTECT, null=True, blank=True, related_name="tasks", db_index=False
    )
    contract = models.ForeignKey(Contract, models.PROTECT, null=True, blank=True, related_name="tasks", db_index=False)

    class Meta:
        indexes = [
            search_index("task_search", "subject"),
            models.Index(fields=["customer", "created_at", "id"], name="task_customer_newest"),
            models.Index(fields=["assignee", "created_at", "id"], name="task_assignee_newest"),
            models.Index(fields=["creator", "created_at", "id"], name="task_creator_newest"),
            models.Index(fields=["opportunity"], name="task_opportunity"),
            models.Index(fields=["contract"], name="task_contract"),
            models.Index(fields=["created_at", "id"], name="task_newest"),
            models.Index(fields=["team", "created_at", "id"], name="task_team_newest"),
        ]

    def __str__(self) -> str:
        return str(self.pk)
