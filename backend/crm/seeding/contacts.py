"""The three people at each customer."""

from backend.crm.models import Contact
from backend.crm.models.choices import DecisionRole
from backend.crm.seeding.copy import Table, Writer
from backend.crm.seeding.dice import Dice
from backend.crm.seeding.identifiers import id_number, landline, mobile
from backend.crm.seeding.moments import DAY, HOUR, day, stamp
from backend.crm.seeding.names import PLACES, person
from backend.crm.seeding.story import Story

CONTACT_TABLE = Table(
    Contact,
    (
        *("id", "created_at", "updated_at", "version", "customer_id", "name", "title", "department", "decision_role"),
        *("phone", "mobile", "email", "wechat_id", "birthday", "id_number", "preferences", "is_primary"),
    ),
)
CONTACTS = 3
# Title, department and part in the decision, as they go together.
_POSTS = (
    ("总经理", "总经办", DecisionRole.DECISION_MAKER),
    ("采购经理", "采购部", DecisionRole.DECISION_MAKER),
    ("技术总监", "技术部", DecisionRole.INFLUENCER),
    ("财务经理", "财务部", DecisionRole.INFLUENCER),
    ("项目主管", "项目部", DecisionRole.USER),
    ("行政助理", "行政部", DecisionRole.GATEKEEPER),
    ("运营专员", "运营部", DecisionRole.USER),
    ("", "", DecisionRole.OTHER),
)
_PREFERENCES = ("喜欢微信沟通", "上午勿扰", "偏好面谈", "爱喝茶", "关注性价比", "周五不安排会议")
_YOUNGEST, _OLDEST = 22 * 365, 60 * 365


def write_contacts(writer: Writer, dice: Dice, story: Story) -> list[str]:
    """Write the customer's contacts, the first the primary one, and return their keys."""
    keys = []
    for position in range(CONTACTS):
        created = story.created + position * HOUR
        key = dice.key(created)
        keys.append(key)
        writer.add(CONTACT_TABLE, _contact(dice, story, key=key, created=created, is_primary=position == 0))
    return keys


def _contact(
    dice: Dice, story: Story, *, key: str, created: int, is_primary: bool
) -> tuple[str | int | bool | None, ...]:
    name, mailbox = person(dice)
    title, department, decision_role = dice.pick(_POSTS)
    number = mobile(dice)
    birthday = day(story.until - dice.between(_YOUNGEST, _OLDEST) * DAY)
    at = stamp(created)
    return (
        key,
        at,
        at,
        1,
        story.key,
        name,
        title,
        department,
        decision_role.value,
        landline(dice, story.place.area_code) if dice.chance(0.3) else None,
        number if is_primary or dice.chance(0.9) else None,
        f"{mailbox}@{story.domain}" if dice.chance(0.8) else None,
        _wechat_id(dice, mailbox, number) if dice.chance(0.75) else None,
        birthday if dice.chance(0.7) else None,
        id_number(dice, district=dice.pick(PLACES).district_code, birthday=birthday) if dice.chance(0.5) else None,
        dice.pick(_PREFERENCES) if dice.chance(0.3) else "",
        is_primary,
    )


def _wechat_id(dice: Dice, mailbox: str, number: str) -> str:
    """Return a WeChat id: 6 to 20 letters, digits, dashes and underscores, beginning with a letter."""
    return f"wx_{number[-8:]}" if dice.chance(0.4) else f"{mailbox.replace('.', '_')}{dice.digits(4)}"[:20]
