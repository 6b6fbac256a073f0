"""The two tasks and two follow-ups of each customer."""

from backend.crm.models import FollowUp, Task
from backend.crm.models.choices import FollowUpKind, TaskKind, TaskPriority, TaskStatus
from backend.crm.seeding.copy import Table, Writer
from backend.crm.seeding.dice import Dice
from backend.crm.seeding.moments import DAY, HOUR, stamp
from backend.crm.seeding.people import Organisation
from backend.crm.seeding.story import Story

TASK_TABLE = Table(
    Task,
    (
        *("id", "created_at", "updated_at", "version", "subject", "kind", "priority", "status", "due_at", "remind_at"),
        *("completed_at", "assignee_id", "creator_id", "team_id", "customer_id", "opportunity_id", "contract_id"),
    ),
)
FOLLOW_UP_TABLE = Table(
    FollowUp,
    (
        *("id", "created_at", "updated_at", "version", "customer_id", "opportunity_id", "contact_id", "kind"),
        *("content", "happened_at", "next_step", "next_follow_up_at", "author_id"),
    ),
)
_SUBJECTS = (
    (TaskKind.CALL, "电话回访,确认需求"),
    (TaskKind.VISIT, "上门拜访,演示产品"),
    (TaskKind.QUOTE, "准备报价单"),
    (TaskKind.PAYMENT_CHASE, "跟进回款进度"),
    (TaskKind.CARE, "节日问候"),
    (TaskKind.OTHER, "整理客户资料"),
)
_PRIORITIES = (TaskPriority.LOW, *(TaskPriority.NORMAL,) * 4, TaskPriority.HIGH, TaskPriority.URGENT)
_CONTENTS = (
    "客户对方案基本认可,等待内部立项。",
    "电话沟通,约定下周面谈。",
    "客户反馈价格偏高,希望再优惠。",
    "现场演示顺利,技术部门提出三点疑问。",
    "已发送报价,客户表示月底前答复。",
    "联系人出差,改约下月。",
    "确认采购流程与决策人。",
)
_NEXT_STEPS = ("发送修订方案", "安排技术交流", "跟进审批进度", "预约拜访", "")
_FOLLOW_UP_KINDS = tuple(FollowUpKind)


def write_tasks(
    writer: Writer, dice: Dice, story: Story, *, about: tuple[str, str], organisation: Organisation
) -> None:
    """Write a task about the customer, and one about the opportunity or contract whose keys are `about`."""
    opportunity, contract = about
    _write_task(writer, dice, story, (None, None), organisation)
    on_deal = dice.chance(0.6)
    _write_task(writer, dice, story, (opportunity, None) if on_deal else (None, contract), organisation)


def _write_task(
    writer: Writer, dice: Dice, story: Story, about: tuple[str | None, str | None], organisation: Organisation
) -> None:
    created = dice.between(story.created, story.until)
    due = created + dice.between(1, 60) * DAY if dice.chance(0.9) else None
    kind, subject = dice.pick(_SUBJECTS)
    owner = story.owner
    assignee = organisation.support if owner is None or dice.chance(0.1) else owner.key
    is_done = dice.chance(0.5)
    status = TaskStatus.DONE if is_done else dice.pick((TaskStatus.OPEN,) * 9 + (TaskStatus.CANCELLED,))
    completed = dice.between(created, story.until) if is_done else None
    writer.add(
        TASK_TABLE,
        (
            dice.key(created),
            stamp(created),
            stamp(completed or created),
            1,
            subject,
            kind.value,
            dice.pick(_PRIORITIES).value,
            status.value,
            stamp(due) if due else None,
            stamp(due - 2 * HOUR) if due and dice.chance(0.6) else None,
            stamp(completed) if completed else None,
            assignee,
            owner.approver if owner and dice.chance(0.3) else assignee,
            owner.team if owner else None,
            story.key,
            *about,
        ),
    )


def write_follow_ups(
    writer: Writer, dice: Dice, story: Story, *, contacts: list[str], opportunity: str, organisation: Organisation
) -> None:
    """Write the customer's two follow-ups, the second one about the deal in progress."""
    author = story.owner.key if story.owner else dice.pick(organisation.owners).key
    for moment, about in zip(story.followed, (None, opportunity), strict=True):
        at = stamp(moment)
        writer.add(
            FOLLOW_UP_TABLE,
            (
                dice.key(moment),
                at,
                at,
                1,
                story.key,
                about,
                dice.pick(contacts) if dice.chance(0.85) else None,
                dice.pick(_FOLLOW_UP_KINDS).value,
                dice.pick(_CONTENTS),
                at,
                dice.pick(_NEXT_STEPS),
                stamp(moment + dice.between(2, 30) * DAY) if dice.chance(0.7) else None,
                author,
            ),
        )
