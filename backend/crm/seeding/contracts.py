"""Contracts, who approved them, their three-line payment plans and the money that came in."""

from dataclasses import dataclass

from backend.crm.models import ApprovalStep, Contract, Payment
from backend.crm.models.choices import ApprovalDecision, ContractState, PaymentKind, PaymentMethod, PaymentStatus
from backend.crm.seeding.copy import Table, Writer
from backend.crm.seeding.dice import Dice
from backend.crm.seeding.identifiers import bank_account
from backend.crm.seeding.moments import DAY, HOUR, day, stamp
from backend.crm.seeding.opportunities import Deal
from backend.crm.seeding.people import Organisation
from backend.crm.seeding.story import Story

CONTRACT_TABLE = Table(
    Contract,
    (
        *("id", "created_at", "updated_at", "version", "number", "customer_id", "opportunity_id", "state", "currency"),
        *("amount", "signed_on", "starts_on", "ends_on", "warranty_until", "owner_id", "team_id"),
    ),
)
APPROVAL_TABLE = Table(
    ApprovalStep,
    ("id", "created_at", "updated_at", "contract_id", "position", "approver_id", "decision", "decided_at", "comment"),
)
PAYMENT_TABLE = Table(
    Payment,
    (
        *(
            "id",
            "created_at",
            "updated_at",
            "version",
            "kind",
            "contract_id",
            "customer_id",
            "plan_line_id",
            "position",
        ),
        *("status", "due_on", "received_on", "currency", "amount", "method", "bank_account"),
    ),
)

_STATES = (
    *(ContractState.DRAFT, ContractState.IN_APPROVAL, ContractState.SIGNED, ContractState.SIGNED),
    *(ContractState.PERFORMING,) * 5,
    *(ContractState.CLOSED, ContractState.CLOSED, ContractState.REJECTED, ContractState.TERMINATED),
)
# A customer with a running contract never falls into the pool.
_POOL_STATES = (ContractState.CLOSED, ContractState.TERMINATED, ContractState.REJECTED)
_PAID_LINES = {ContractState.PERFORMING: 1, ContractState.TERMINATED: 1, ContractState.CLOSED: 3}
_UNSIGNED = frozenset({ContractState.DRAFT, ContractState.IN_APPROVAL, ContractState.REJECTED})
_DECISIONS = {
    ContractState.DRAFT: (),
    ContractState.IN_APPROVAL: (ApprovalDecision.APPROVED, ApprovalDecision.PENDING),
    ContractState.REJECTED: (ApprovalDecision.APPROVED, ApprovalDecision.REJECTED),
}
_SIGNED_DECISIONS = (ApprovalDecision.APPROVED, ApprovalDecision.APPROVED)
_COMMENTS = {
    ApprovalDecision.PENDING: "",
    ApprovalDecision.APPROVED: "同意",
    ApprovalDecision.REJECTED: "折扣过高,请重新报价",
}
# Per cent of the contract, and days after signing it is due.
_PLAN = ((30, 15), (40, 120), (30, 300))
_METHODS = (
    *(PaymentMethod.BANK_TRANSFER,) * 6,
    PaymentMethod.ALIPAY,
    PaymentMethod.WECHAT_PAY,
    PaymentMethod.ACCEPTANCE_BILL,
)


@dataclass(frozen=True, slots=True)
class Signed:
    """A contract as its payments need it."""

    key: str
    story: Story
    state: ContractState
    amount: int
    created: int
    signed: int


def pick_state(dice: Dice, story: Story) -> ContractState:
    """Return the state of the customer's contract."""
    return dice.pick(_STATES if story.owner else _POOL_STATES)


def write_contract(
    writer: Writer, dice: Dice, story: Story, deal: Deal, *, state: ContractState, organisation: Organisation
) -> str:
    """Write the deal's contract with approvals, plan and receipts, and return its key."""
    created = deal.closed
    contract = Signed(
        key=dice.key(created),
        story=story,
        state=state,
        amount=deal.amount,
        created=created,
        signed=min(created + dice.between(0, 10) * DAY, story.until),
    )
    is_signed = state not in _UNSIGNED
    owner = deal.owner
    writer.add(
        CONTRACT_TABLE,
        (
            contract.key,
            stamp(created),
            stamp(contract.signed),
            1,
            f"HT{day(created)[:4]}-{story.number + 1:07}",
            story.key,
            deal.key,
            state.value,
            "CNY",
            f"{deal.amount}.00",
            day(contract.signed) if is_signed else None,
            day(contract.signed + DAY) if is_signed else None,
            day(contract.signed + 366 * DAY) if is_signed else None,
            day(contract.signed + 731 * DAY) if is_signed and dice.chance(0.7) else None,
            owner.key if owner else None,
            owner.team if owner else None,
        ),
    )
    approver = owner.approver if owner else organisation.director
    _write_approvals(writer, dice, contract, approvers=(approver, organisation.director))
    _write_plan(writer, dice, contract)
    return contract.key


def _write_approvals(writer: Writer, dice: Dice, contract: Signed, *, approvers: tuple[str, str]) -> None:
    decisions = _DECISIONS.get(contract.state, _SIGNED_DECISIONS)
    for position, decision in enumerate(decisions, start=1):
        decided = min(contract.created + position * HOUR, contract.story.until)
        made, at = stamp(contract.created), stamp(decided)
        decided_at = None if decision is ApprovalDecision.PENDING else at
        writer.add(
            APPROVAL_TABLE,
            (
                *(dice.key(contract.created), made, at, contract.key, position, approvers[position - 1]),
                *(decision.value, decided_at, _COMMENTS[decision]),
            ),
        )


def _write_plan(writer: Writer, dice: Dice, contract: Signed) -> None:
    paid = _PAID_LINES.get(contract.state, 0)
    at = stamp(contract.created)
    for position, (percent, days) in enumerate(_PLAN, start=1):
        due = contract.signed + days * DAY
        key = dice.key(contract.created)
        amount = f"{contract.amount * percent // 100}.00"
        status = PaymentStatus.PAID if position <= paid else _unpaid(contract, due)
        writer.add(
            PAYMENT_TABLE,
            (
                *(key, at, at, 1, PaymentKind.PLAN_LINE.value, contract.key, contract.story.key, None, position),
                *(status.value, day(due), None, "CNY", amount, None, None),
            ),
        )
        if position <= paid:
            _write_receipt(writer, dice, contract, line=key, amount=amount, status=PaymentStatus.CONFIRMED)
        elif position == 1 and contract.state is ContractState.SIGNED and dice.chance(0.3):
            # Money that came in and waits for finance to confirm it.
            _write_receipt(writer, dice, contract, line=key, amount=amount, status=PaymentStatus.RECORDED)


def _unpaid(contract: Signed, due: int) -> PaymentStatus:
    is_late = due < contract.story.until and contract.state not in _UNSIGNED
    return PaymentStatus.OVERDUE if is_late else PaymentStatus.PLANNED


def _write_receipt(
    writer: Writer, dice: Dice, contract: Signed, *, line: str, amount: str, status: PaymentStatus
) -> None:
    received = dice.between(contract.signed, contract.story.until)
    at = stamp(received)
    method = dice.pick(_METHODS)
    account = bank_account(dice) if method is PaymentMethod.BANK_TRANSFER else None
    writer.add(
        PAYMENT_TABLE,
        (
            *(dice.key(received), at, at, 1, PaymentKind.RECEIPT.value, contract.key, contract.story.key, line, 1),
            *(status.value, None, day(received), "CNY", amount, method.value, account),
        ),
    )
