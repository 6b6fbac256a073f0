"""Task: the type and the order of its lists."""

import datetime as dt

from backend.crm import models
from backend.crm.models.choices import TaskKind, TaskPriority, TaskStatus
from permissions.resources import Resource
from schema.declare import column, noun, to_one, to_one_of
from schema.enums import graph_enum
from schema.relay import Node
from schema.subject import TaskSubject
from schema.types import CustomerRef, UserRef

for _choices in (TaskKind, TaskPriority, TaskStatus):
    graph_enum(_choices)


@noun(Resource.TASK, models.Task, "任务: work someone owes.", default_order=(("created_at", True),))
class Task(Node):
    """A task as the graph shows it."""

    subject: str = column("What is to be done.")
    kind: TaskKind = column("What sort of work it is.")
    priority: TaskPriority = column("How urgent it is.")
    status: TaskStatus = column("Whether it is still to be done.")
    due_at: dt.datetime | None = column("When it is due.")
    remind_at: dt.datetime | None = column("When the assignee is reminded.")
    completed_at: dt.datetime | None = column("When it was done.")
    created_at: dt.datetime = column("When the task was entered.")
    updated_at: dt.datetime = column("When the task was last changed.")
    version: int = column("Grows with each change; send it back with an update.", sortable=False)
    assignee: UserRef | None = to_one("Who is to do it.", "assignee", Resource.USER)
    creator: UserRef | None = to_one("Who asked for it.", "creator", Resource.USER)
    customer: CustomerRef | None = to_one(
        "The customer it concerns, directly or through what it is about.", "customer", Resource.CUSTOMER
    )
    about: TaskSubject | None = to_one_of(
        "What it is about: a contract, an opportunity or a customer. Null when nothing, or nothing you may see.",
        ("contract", Resource.CONTRACT),
        ("opportunity", Resource.OPPORTUNITY),
        ("customer", Resource.CUSTOMER),
    )
