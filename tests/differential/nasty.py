"""Rows made to find mistakes: nothing set, everything tied, deleted wholes, texts and amounts at their edges."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from backend.crm import models as crm
from backend.identity.models import PartnerClient, Team, User

TIE = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
_MOMENTS = (TIE, TIE + timedelta(microseconds=120_000), TIE + timedelta(microseconds=1))

TEXTS = (
    "",
    "张",
    'a "quoted" word',
    "back\\slash \\u0041 \\",
    "100% %s %(x)s %%",
    "line\nfeed\ttab\r\x01\x1f\x7f",
    "emoji 🦊👩‍👩‍👧 e\u0301",
    "</script><!-- ' ; --",
    "cursor-0123456789abcdef0123456789abcdef0:[1]",
    '"cursor-0:\\"x\\""',
    "null",
    "\u2028\u2029\ufeff",
)
PHONES = ("", "1", "+86", "+861", "+8613812345678", "13812345678", "1234567", "12345678", "+8612345678", "+14155550100")
EMAILS = ("", "a", "@", "@x.cn", "a@", "li.wei@example.cn", "no-at", "张@例.cn", "a@b@c", '"q\\"@x.cn')
AMOUNTS = ("0", "0.00", "0.01", "0.99", "1", "9.99", "10", "-0.01", "-1", "-1234.56", "999999999999999.99", "99.90")


def make_nasty_rows() -> None:
    """Write them, for people of the seed: the salesperson, a colleague of another team, the partner."""
    sales, other = User.objects.get(username="sales"), User.objects.get(username="xie.chao")
    owners: tuple[User | None, ...] = (sales, None, other)
    customers = [_customer(number, owners[number % 3]) for number in range(len(TEXTS) * 2)]
    for number, customer in enumerate(customers):
        _contacts(number, customer)
        _deal(number, customer, owners[(number + 1) % 3])
    _links(customers, sales)
    _orphans(sales, other)
    _people(sales)


def _pick(options: Any, number: int) -> Any:
    """Return one of the options or, after the last, nothing."""
    index = number % (len(options) + 1)
    return options[index] if index < len(options) else None


def _amount(number: int) -> Decimal | None:
    text = _pick(AMOUNTS, number)
    return None if text is None else Decimal(text)


def _deleted(number: int) -> datetime | None:
    return TIE if number % 7 == 3 else None


def _customer(number: int, owner: User | None) -> crm.Customer:
    text = TEXTS[number % len(TEXTS)]
    return crm.Customer.objects.create(
        created_at=_MOMENTS[number % 3],
        name=text,
        industry=text,
        address=text,
        risk_note=text,
        region="华东" if number % 2 else "",
        pool_status="owned" if owner else "in_pool",
        owner=owner,
        team=owner.team if owner else None,
        phone=_pick(PHONES, number),
        email=_pick(EMAILS, number),
        credit_limit=_amount(number),
        annual_revenue=_amount(number + 5),
        currency=("CNY", "USD")[number % 2],
        next_follow_up_at=_pick(_MOMENTS, number),
        deleted_at=_deleted(number),
    )


def _contacts(number: int, customer: crm.Customer) -> None:
    for offset in range(3):
        seed = number * 3 + offset
        crm.Contact.objects.create(
            created_at=TIE,
            customer=customer,
            name=TEXTS[seed % len(TEXTS)],
            phone=_pick(PHONES, seed),
            mobile=_pick(PHONES, seed + 3),
            email=_pick(EMAILS, seed),
            wechat_id=_pick(TEXTS, seed),
            id_number=_pick(("", "1", "12345678", "11010119900101123X"), seed),
            birthday=_pick((date(1970, 1, 1), date(2000, 2, 29)), seed),
            deleted_at=TIE if seed % 11 == 5 else None,
        )


def _deal(number: int, customer: crm.Customer, owner: User | None) -> None:
    partner = PartnerClient.objects.first() if number % 4 == 1 else None
    deal = crm.Opportunity.objects.create(
        created_at=TIE,
        customer=customer if number % 5 else None,
        name=TEXTS[number % len(TEXTS)],
        amount=_amount(number),
        cost=_amount(number * 5 + 2),
        discount=_pick((Decimal(0), Decimal("12.50"), Decimal(-1)), number),
        owner=owner,
        team=owner.team if owner else None,
        partner=partner,
        expected_close_on=_pick((date(2026, 1, 1), date(2026, 1, 2)), number),
        deleted_at=TIE if number % 6 == 2 else None,
    )
    for step in range(2):
        crm.StageChange.objects.create(
            opportunity=deal,
            from_stage=None if step == 0 else "proposal",
            to_stage="proposal" if step == 0 else "won",
            changed_at=TIE,
            changed_by=owner,
        )
    if number % 3:
        _contract(number, customer, deal, owner)
    _activities(number, customer, deal, owner)


def _contract(number: int, customer: crm.Customer, deal: crm.Opportunity, owner: User | None) -> None:
    contract = crm.Contract.objects.create(
        created_at=TIE,
        number=f"N-{number}{TEXTS[number % len(TEXTS)]}",
        customer=customer,
        opportunity=deal if number % 2 else None,
        amount=_amount(number) or Decimal(0),
        signed_on=_pick((date(2026, 1, 1),), number),
        owner=owner,
        deleted_at=TIE if number % 8 == 4 else None,
    )
    approver = User.objects.get(username="director")
    for position in (2, 1):
        text = TEXTS[(number + position) % len(TEXTS)]
        crm.ApprovalStep.objects.create(contract=contract, position=position, approver=approver, comment=text)
    plan = {"contract": contract, "customer": customer, "created_at": TIE}
    line = crm.Payment.objects.create(kind="plan_line", amount=_amount(number + 1) or Decimal("0.01"), **plan)
    for offset in range(2):
        crm.Payment.objects.create(
            kind="receipt",
            plan_line=line,
            amount=Decimal("-0.50") * offset,
            bank_account=_pick(("", "1234567", "12345678", "6222020200112233445"), number + offset),
            method="cash" if offset else None,
            deleted_at=TIE if (number + offset) % 9 == 0 else None,
            **plan,
        )
    crm.Task.objects.create(created_at=TIE, subject="about a contract", contract=contract, assignee=owner)


def _activities(number: int, customer: crm.Customer, deal: crm.Opportunity, owner: User | None) -> None:
    text = TEXTS[number % len(TEXTS)]
    on_customer, on_deal = {"customer": customer}, {"opportunity": deal}
    subject: dict[str, Any] = (on_customer, on_customer | on_deal, on_deal, {})[number % 4]
    crm.Task.objects.create(
        created_at=TIE,
        subject=text,
        assignee=owner,
        creator=User.objects.get(username="sales") if number % 3 == 0 else None,
        team=owner.team if owner and number % 2 else None,
        due_at=_pick(_MOMENTS, number),
        deleted_at=TIE if number % 10 == 9 else None,
        **subject,
    )
    crm.FollowUp.objects.create(
        created_at=TIE,
        customer=customer,
        opportunity=deal if number % 2 else None,
        contact=customer.contacts.first() if number % 3 else None,
        content=text,
        happened_at=TIE,
        author=owner,
    )


def _links(customers: list[crm.Customer], sales: User) -> None:
    partner = PartnerClient.objects.get()
    tags = [crm.Tag.objects.create(name=f"{number} {text}") for number, text in enumerate(TEXTS[:4])]
    for number, customer in enumerate(customers):
        if number % 4 == 2:
            crm.Collaboration.objects.create(customer=customer, user=sales)
        if number % 5 == 1:
            crm.CustomerShare.objects.create(customer=customer, partner=partner)
        if number % 3:
            crm.Tagging.objects.create(customer=customer, tag=tags[number % 4])
        if number:
            crm.Customer.objects.filter(pk=customer.pk).update(parent=customers[number // 2])


def _orphans(sales: User, other: User) -> None:
    for owner in (sales, other, None):
        crm.Opportunity.objects.create(name="no customer", owner=owner, created_at=TIE, amount=Decimal("1.10"))
        crm.Task.objects.create(subject="about nothing", assignee=owner, created_at=TIE)
    hidden = crm.Customer.objects.filter(owner=other).first()
    crm.Task.objects.create(subject="about what the assignee may not see", assignee=sales, customer=hidden)


def _people(sales: User) -> None:
    empty = Team.objects.create(name="空 team", parent=sales.team)
    Team.objects.filter(pk=empty.pk).update(path=[*(sales.team.path if sales.team else []), empty.pk])
    User.objects.create(username="nobody", name=TEXTS[4], is_active=True)
    User.objects.create(username="gone", name=TEXTS[5], is_active=False, team=sales.team)
