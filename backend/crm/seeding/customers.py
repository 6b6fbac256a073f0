"""Customers, and the tags, helpers and partners on them."""

from backend.crm.models import Collaboration, Customer, CustomerShare, Tag, Tagging
from backend.crm.models.choices import CustomerKind, CustomerLevel, CustomerSource, CustomerStatus, PoolStatus
from backend.crm.seeding.copy import Table, Writer
from backend.crm.seeding.dice import Dice
from backend.crm.seeding.identifiers import credit_code, landline, mobile
from backend.crm.seeding.moments import DAY, HOUR, stamp
from backend.crm.seeding.names import address
from backend.crm.seeding.people import Organisation
from backend.crm.seeding.story import Story

CUSTOMER_TABLE = Table(
    Customer,
    (
        *("id", "created_at", "updated_at", "version", "name", "kind", "industry", "region", "address", "level"),
        *("source", "status", "pool_status", "owner_id", "team_id", "parent_id", "credit_code", "phone", "email"),
        *("currency", "credit_limit", "annual_revenue", "risk_note", "last_followed_up_at", "next_follow_up_at"),
    ),
)
TAG_TABLE = Table(Tag, ("id", "created_at", "updated_at", "name", "color"))
TAGGING_TABLE = Table(Tagging, ("id", "created_at", "updated_at", "customer_id", "tag_id"))
COLLABORATION_TABLE = Table(Collaboration, ("id", "created_at", "updated_at", "customer_id", "user_id"))
SHARE_TABLE = Table(CustomerShare, ("id", "created_at", "updated_at", "customer_id", "partner_id"))

_TAGS = (
    *(
        ("重点客户", "#d4380d"),
        ("老客户", "#389e0d"),
        ("新签", "#1677ff"),
        ("价格敏感", "#faad14"),
        ("决策慢", "#8c8c8c"),
    ),
    *(
        ("可转介绍", "#722ed1"),
        ("展会认识", "#13c2c2"),
        ("国企", "#cf1322"),
        ("上市公司", "#eb2f96"),
        ("续约风险", "#fa541c"),
    ),
)
_LEVELS = (CustomerLevel.A, *(CustomerLevel.B,) * 3, *(CustomerLevel.C,) * 6)
_SOURCES = tuple(CustomerSource)
_OWNED_STATUSES = (CustomerStatus.PROSPECT, *(CustomerStatus.ACTIVE,) * 4, CustomerStatus.DORMANT)
_POOL_STATUSES = (CustomerStatus.PROSPECT, CustomerStatus.DORMANT, CustomerStatus.LOST)
_RISKS = ("回款偏慢,账期需控制", "关键联系人近期离职", "正在接触竞争对手", "预算被削减", "存在合同纠纷记录")
# Which customers the partner knows: a few, the first among them however small the seed.
_SHARED_EVERY = 50


def write_tags(writer: Writer, dice: Dice, moment: int) -> tuple[str, ...]:
    """Write the organisation's tags and return their keys."""
    keys = tuple(dice.key(moment) for _ in _TAGS)
    at = stamp(moment)
    writer.add(TAG_TABLE, *((key, at, at, name, color) for key, (name, color) in zip(keys, _TAGS, strict=True)))
    return keys


def is_shared(story: Story) -> bool:
    """Return whether the partner may see this customer."""
    return story.number % _SHARED_EVERY == 0


def write_customer(writer: Writer, dice: Dice, story: Story) -> None:
    """Write the customer's own row."""
    owner = story.owner
    followed = story.followed[1]
    revenue = dice.between(50, 90_000) * 10_000
    writer.add(
        CUSTOMER_TABLE,
        (
            story.key,
            stamp(story.created),
            stamp(followed),
            1,
            story.name,
            CustomerKind.COMPANY.value if story.is_company else CustomerKind.PERSON.value,
            story.industry,
            story.place.region,
            address(dice, story.place) if dice.chance(0.95) else "",
            dice.pick(_LEVELS).value,
            dice.pick(_SOURCES).value,
            dice.pick(_OWNED_STATUSES if owner else _POOL_STATUSES).value,
            PoolStatus.OWNED.value if owner else PoolStatus.IN_POOL.value,
            owner.key if owner else None,
            owner.team if owner else None,
            story.parent,
            credit_code(dice, district=story.place.district_code) if story.is_company else "",
            _phone(dice, story),
            f"{dice.pick(('contact', 'sales', 'info', 'office'))}@{story.domain}" if dice.chance(0.85) else None,
            "CNY",
            f"{revenue // 20}.00" if dice.chance(0.7) else None,
            f"{revenue}.00" if story.is_company and dice.chance(0.9) else None,
            dice.pick(_RISKS) if dice.chance(0.1) else "",
            stamp(followed),
            stamp(followed + dice.between(3, 45) * DAY) if owner and dice.chance(0.8) else None,
        ),
    )


def _phone(dice: Dice, story: Story) -> str | None:
    if dice.chance(0.05):
        return None
    if story.is_company and dice.chance(0.2):
        return landline(dice, story.place.area_code)
    return mobile(dice)


def write_surroundings(
    writer: Writer, dice: Dice, story: Story, *, tags: tuple[str, ...], organisation: Organisation
) -> None:
    """Write the customer's taggings, collaborations and share."""
    later = story.created + HOUR
    at = stamp(later)
    first = dice.between(0, len(tags) - 1)
    for step in range(dice.pick((0, 1, 1, 2, 3))):
        tag = tags[(first + step) % len(tags)]
        writer.add(TAGGING_TABLE, (dice.key(later), at, at, story.key, tag))
    helper = dice.pick(organisation.owners)
    if story.owner and helper is not story.owner and (dice.chance(0.08) or story.number == 1):
        writer.add(COLLABORATION_TABLE, (dice.key(later), at, at, story.key, helper.key))
    if is_shared(story):
        writer.add(SHARE_TABLE, (dice.key(later), at, at, story.key, organisation.partner))
