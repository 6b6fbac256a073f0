"""The two deals of each customer and how they came to their stage. The first of the two has a contract."""

from dataclasses import dataclass

from backend.crm.models import Opportunity, StageChange
from backend.crm.models.choices import ContractState, OpportunityStage
from backend.crm.seeding.copy import Table, Writer
from backend.crm.seeding.customers import is_shared
from backend.crm.seeding.dice import Dice
from backend.crm.seeding.moments import DAY, day, stamp
from backend.crm.seeding.people import Colleague, Organisation
from backend.crm.seeding.story import Story

OPPORTUNITY_TABLE = Table(
    Opportunity,
    (
        *("id", "created_at", "updated_at", "version", "customer_id", "name", "product", "stage", "currency"),
        *("amount", "cost", "discount", "probability", "opened_on", "expected_close_on", "closed_on"),
        *("lost_reason", "competitor", "owner_id", "team_id", "partner_id"),
    ),
)
STAGE_TABLE = Table(
    StageChange,
    ("id", "created_at", "updated_at", "opportunity_id", "from_stage", "to_stage", "changed_at", "changed_by_id"),
)

_PATH = (
    OpportunityStage.INITIAL_CONTACT,
    OpportunityStage.NEEDS_ANALYSIS,
    OpportunityStage.PROPOSAL,
    OpportunityStage.NEGOTIATION,
    OpportunityStage.CONTRACT_SIGNING,
    OpportunityStage.WON,
)
_PROBABILITY = dict(zip(_PATH, (10, 25, 50, 70, 90, 100), strict=True)) | {OpportunityStage.LOST: 0}
# A deal is won when the first line of its contract's plan is paid, so the contract's state decides the stage.
_STAGE_OF_CONTRACT = {
    ContractState.DRAFT: OpportunityStage.CONTRACT_SIGNING,
    ContractState.IN_APPROVAL: OpportunityStage.CONTRACT_SIGNING,
    ContractState.SIGNED: OpportunityStage.CONTRACT_SIGNING,
    ContractState.PERFORMING: OpportunityStage.WON,
    ContractState.CLOSED: OpportunityStage.WON,
    ContractState.TERMINATED: OpportunityStage.WON,
    ContractState.REJECTED: OpportunityStage.LOST,
}
_OPEN_STAGES = (*_PATH[:4], *_PATH[:2], OpportunityStage.LOST)
_PRODUCTS = ("客户管理系统", "数据分析平台", "智能硬件", "云服务器", "企业网盘", "安全网关", "实施服务", "年度运维")
_LOST_REASONS = ("价格过高", "预算取消", "选择竞品", "需求变更", "交付周期不符")
_COMPETITORS = ("甲方云", "拓客通", "恒数科技", "星链软件")
_DISCOUNTS = ("5.00", "8.50", "10.00", "12.00", "15.00", "20.00")
# One customer in this many has a deal shared with the partner although the customer itself is not.
_DEAL_ONLY_EVERY = 100


@dataclass(frozen=True, slots=True)
class Deal:
    """What a contract takes over from its opportunity. `amount` is in whole yuan."""

    key: str
    product: str
    amount: int
    created: int
    closed: int
    stage: OpportunityStage
    owner: Colleague | None


def write_opportunities(
    writer: Writer, dice: Dice, story: Story, *, state: ContractState, organisation: Organisation
) -> tuple[Deal, Deal]:
    """Write the customer's two deals and return them; the first belongs to a contract in `state`."""
    first, second = _two_products(dice)
    contracted = _deal(dice, story, product=first, stage=_STAGE_OF_CONTRACT[state], organisation=organisation)
    other = _deal(dice, story, product=second, stage=dice.pick(_OPEN_STAGES), organisation=organisation)
    for position, deal in enumerate((contracted, other)):
        shared = position == 0 and (is_shared(story) or story.number % _DEAL_ONLY_EVERY == 1)
        _write_deal(writer, dice, story, deal, partner=organisation.partner if shared else None)
        _write_history(writer, dice, deal)
    return contracted, other


def _two_products(dice: Dice) -> tuple[str, str]:
    first = dice.between(0, len(_PRODUCTS) - 1)
    second = (first + dice.between(1, len(_PRODUCTS) - 1)) % len(_PRODUCTS)
    return _PRODUCTS[first], _PRODUCTS[second]


def _deal(dice: Dice, story: Story, *, product: str, stage: OpportunityStage, organisation: Organisation) -> Deal:
    created = dice.between(story.created, story.until)
    # Now and then a colleague works a deal at somebody else's customer.
    owner = dice.pick(organisation.owners) if story.owner and dice.chance(0.04) else story.owner
    return Deal(
        key=dice.key(created),
        product=product,
        amount=dice.between(8, 6_000) * 500,
        created=created,
        closed=dice.between(created, story.until),
        stage=stage,
        owner=owner,
    )


def _write_deal(writer: Writer, dice: Dice, story: Story, deal: Deal, *, partner: str | None) -> None:
    owner = deal.owner
    lost = deal.stage is OpportunityStage.LOST
    is_closed = lost or deal.stage is OpportunityStage.WON
    writer.add(
        OPPORTUNITY_TABLE,
        (
            deal.key,
            stamp(deal.created),
            stamp(deal.closed),
            1,
            story.key,
            f"{story.short}{deal.product}采购",
            deal.product if dice.chance(0.9) else "",
            deal.stage.value,
            "CNY",
            f"{deal.amount}.00" if deal.stage is not OpportunityStage.INITIAL_CONTACT or dice.chance(0.5) else None,
            f"{deal.amount * dice.between(50, 85) // 100}.00" if dice.chance(0.7) else None,
            dice.pick(_DISCOUNTS) if dice.chance(0.4) else None,
            _PROBABILITY[deal.stage],
            day(deal.created),
            day(deal.created + dice.between(20, 180) * DAY) if dice.chance(0.9) else None,
            day(deal.closed) if is_closed else None,
            dice.pick(_LOST_REASONS) if lost else "",
            dice.pick(_COMPETITORS) if dice.chance(0.3) else "",
            owner.key if owner else None,
            owner.team if owner else None,
            partner,
        ),
    )


def _write_history(writer: Writer, dice: Dice, deal: Deal) -> None:
    """Write the steps to the deal's stage, spread evenly from its first day to its last change."""
    if deal.stage is OpportunityStage.LOST:
        stages = (*_PATH[: dice.between(1, 4)], OpportunityStage.LOST)
    else:
        stages = _PATH[: _PATH.index(deal.stage) + 1]
    before: str | None = None
    stride = (deal.closed - deal.created) // len(stages)
    for step, stage in enumerate(stages):
        moment = deal.created + step * stride
        at = stamp(moment)
        by = deal.owner.key if deal.owner else None
        writer.add(STAGE_TABLE, (dice.key(moment), at, at, deal.key, before, stage.value, at, by))
        before = stage.value
