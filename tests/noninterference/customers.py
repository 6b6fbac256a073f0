"""The rows of the proof's small world: customers in every relation to a salesperson, with all that hangs on them."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from backend.crm import models as crm
from tests.noninterference.people import BOSS, EAST_ONE, FAR, LEAD, MATE, MORNING, OURS, REP, TEAM_OF, THEIRS, key
from tests.noninterference.people import moment as at


@dataclass(frozen=True)
class _Spec:
    owner: uuid.UUID | None
    helpers: tuple[uuid.UUID, ...] = ()
    shared: tuple[uuid.UUID, ...] = ()
    parent: int | None = None
    contract: bool = False
    deleted: bool = False


# The number of a customer is its place here.
_SPECS = (
    _Spec(REP, contract=True),
    _Spec(REP, shared=(OURS,), parent=0),
    _Spec(MATE, parent=5, contract=True),
    _Spec(MATE, helpers=(REP,), parent=0),
    _Spec(LEAD, helpers=(FAR,)),
    _Spec(FAR, parent=0, contract=True),
    _Spec(FAR, helpers=(REP, LEAD), shared=(OURS, THEIRS), contract=True),
    _Spec(FAR, shared=(THEIRS,), parent=6),
    _Spec(None, contract=True),
    _Spec(None, helpers=(MATE,), shared=(OURS,)),
    _Spec(REP, contract=True, deleted=True),
    _Spec(BOSS, parent=1),
)
_NAMES = ("华为技术", "华为", "东方科技", "东方 Tech", "a%_b\\c", "王小明")
_PHONES = ("+8613812341234", "+8613899991234", "+14155550100", None, "110")
_EMAILS = ("li.wei@example.cn", "lin@example.cn", None, "no-at")
_AMOUNTS = ("1200.50", "1200.00", "0.00", "98000.00", "1999.99", None)
_NUMBERS = ("11010119900101123X", "11010119850505123X", None)
_ACCOUNTS = ("6222020200112233445", "6222999900112233445", None)
_DAYS = (date(2026, 3, 1), date(2026, 3, 31), date(2025, 12, 31), None)
_STAGES = ("initial_contact", "proposal", "won", "lost")
_OWNERS = (REP, MATE, FAR, None, LEAD)


def customers() -> Iterator[Any]:
    """Give every row below the people."""
    tags = [
        crm.Tag(id=key(9, number), name=name, **_times(number)) for number, name in enumerate(("重点", "VIP", "冻结"))
    ]
    yield from tags
    for number, spec in enumerate(_SPECS):
        yield from _customer(number, spec)
        yield from _links(number, spec, tags)
        yield from _contacts(number)
        for offset in range(2):
            yield from _deal(number * 2 + offset, number)
        if spec.contract or number == 1:
            yield from _contract(number, spec, deleted=number == 1)
        yield from _activities(number)


def _times(number: int, *, deleted: bool = False) -> dict[str, Any]:
    return {"created_at": at(number), "updated_at": at(number + 2)} | ({"deleted_at": MORNING} if deleted else {})


def _pick(options: tuple[Any, ...], number: int) -> Any:
    return options[number % len(options)]


def _amount(number: int) -> Decimal | None:
    text = _pick(_AMOUNTS, number)
    return None if text is None else Decimal(text)


def _team(owner: uuid.UUID | None) -> uuid.UUID | None:
    return None if owner is None else TEAM_OF[owner]


def _customer(number: int, spec: _Spec) -> Iterator[Any]:
    yield crm.Customer(
        id=key(10, number),
        name=_pick(_NAMES, number),
        industry=_pick(("制造", "", "软件"), number),
        region=_pick(("华东", "华西"), number),
        address=_pick(("上海市南京路1号", "", "上海市北京路2号"), number),
        level=_pick(("a", "b", "c"), number),
        status=_pick(("active", "prospect"), number),
        pool_status="owned" if spec.owner else "in_pool",
        owner_id=spec.owner,
        team_id=_team(spec.owner),
        parent_id=None if spec.parent is None else key(10, spec.parent),
        credit_code=_pick(("91310000MA1K", "", "91310000MA2K"), number),
        phone=_pick(_PHONES, number),
        email=_pick(_EMAILS, number),
        credit_limit=_amount(number),
        annual_revenue=_amount(number + 1),
        currency=_pick(("CNY", "CNY", "USD"), number),
        risk_note=_pick(("", "欠款", "诉讼"), number),
        next_follow_up_at=_pick((None, MORNING), number),
        **_times(number, deleted=spec.deleted),
    )


def _links(number: int, spec: _Spec, tags: list[crm.Tag]) -> Iterator[Any]:
    customer, place = key(10, number), number * 4
    for offset, user in enumerate(spec.helpers):
        yield crm.Collaboration(id=key(11, place + offset), customer_id=customer, user_id=user, **_times(number))
    for offset, partner in enumerate(spec.shared):
        yield crm.CustomerShare(id=key(12, place + offset), customer_id=customer, partner_id=partner, **_times(number))
    for offset, tag in enumerate(tags):
        if (number + offset) % 3:
            yield crm.Tagging(id=key(13, place + offset), customer_id=customer, tag_id=tag.id, **_times(number))


def _contacts(number: int) -> Iterator[Any]:
    for offset in range(2):
        seed = number * 2 + offset
        yield crm.Contact(
            id=key(14, seed),
            customer_id=key(10, number),
            name=_pick(_NAMES, seed + 1),
            title=_pick(("经理", ""), seed),
            phone=_pick(_PHONES, seed),
            mobile=_pick(_PHONES, seed + 2),
            email=_pick(_EMAILS, seed),
            wechat_id=_pick(("wx_one", None, "wx_two"), seed),
            birthday=_pick((date(1990, 1, 1), date(1985, 5, 5), None), seed),
            id_number=_pick(_NUMBERS, seed),
            is_primary=offset == 0,
            **_times(seed, deleted=seed % 9 == 4),
        )


def _deal(seed: int, number: int) -> Iterator[Any]:
    owner = _pick(_OWNERS, seed)
    deal = crm.Opportunity(
        id=key(15, seed),
        customer_id=None if seed % 11 == 7 else key(10, number),
        name=_pick(_NAMES, seed),
        product=_pick(("云平台", ""), seed),
        stage=_pick(_STAGES, seed),
        amount=_amount(seed),
        cost=_amount(seed + 3),
        discount=_pick((None, Decimal("5.00"), Decimal("12.50")), seed),
        probability=_pick((10, 50, 90), seed),
        expected_close_on=_pick(_DAYS, seed),
        owner_id=owner,
        team_id=_team(owner),
        partner_id=_pick((None, OURS, None, THEIRS), seed),
        **_times(seed, deleted=seed % 8 == 6),
    )
    yield deal
    for offset in range(2):
        yield crm.StageChange(
            id=key(16, seed * 2 + offset),
            opportunity_id=deal.id,
            from_stage=None if offset == 0 else "initial_contact",
            to_stage=_pick(_STAGES, seed),
            changed_at=at(seed + offset),
            changed_by_id=owner,
            **_times(seed),
        )


def _contract(number: int, spec: _Spec, *, deleted: bool) -> Iterator[Any]:
    contract, customer = key(17, number), key(10, number)
    yield crm.Contract(
        id=contract,
        number=f"HT-{number}",
        customer_id=customer,
        opportunity_id=key(15, number * 2) if number % 2 == 0 else None,
        state=_pick(("signed", "draft"), number),
        amount=_amount(number + 1) or Decimal(7),
        signed_on=_pick(_DAYS, number),
        owner_id=spec.owner,
        team_id=_team(spec.owner) or EAST_ONE,
        **_times(number, deleted=deleted),
    )
    for position in (1, 2):
        yield crm.ApprovalStep(
            id=key(18, number * 2 + position),
            contract_id=contract,
            position=position,
            approver_id=_pick((LEAD, BOSS), position),
            decision=_pick(("approved", "pending"), number + position),
            comment=_pick(("同意", "", "折扣过高"), number + position),
            **_times(number),
        )
    line = key(19, number * 4)
    for offset in range(3):
        yield crm.Payment(
            id=key(19, number * 4 + offset),
            kind="receipt" if offset else "plan_line",
            contract_id=contract,
            customer_id=customer,
            plan_line_id=line if offset else None,
            amount=_amount(number + offset) or Decimal("0.01"),
            due_on=_pick(_DAYS, number + offset),
            method="cash" if offset else None,
            bank_account=_pick(_ACCOUNTS, number + offset),
            **_times(number + offset, deleted=offset == 2 and number % 2 == 0),
        )


def _activities(number: int) -> Iterator[Any]:
    customer = key(10, number)
    for offset in range(2):
        seed = number * 2 + offset
        owner = _pick(_OWNERS, seed + 1)
        yield crm.Task(
            id=key(20, seed),
            subject=_pick(("回访 客户", "催款", "报价"), seed),
            assignee_id=owner,
            creator_id=_pick(_OWNERS, seed + 3),
            team_id=_team(owner),
            customer_id=customer if seed % 5 else None,
            opportunity_id=key(15, seed) if seed % 3 == 0 else None,
            contract_id=key(17, number) if seed % 4 == 1 and (_SPECS[number].contract or number == 1) else None,
            due_at=_pick((None, MORNING), seed),
            **_times(seed, deleted=seed % 10 == 9),
        )
        yield crm.FollowUp(
            id=key(21, seed),
            customer_id=customer,
            opportunity_id=key(15, seed) if seed % 2 else None,
            contact_id=key(14, seed) if seed % 3 else None,
            content=_pick(("谈了价格", "约了会议"), seed),
            happened_at=at(seed),
            author_id=_pick(_OWNERS, seed + 2),
            **_times(seed, deleted=seed % 12 == 5),
        )
