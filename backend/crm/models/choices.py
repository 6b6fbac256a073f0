"""The closed vocabularies of the domain.

Stored as the lower-case value; shown in GraphQL as the upper-case name, with the label as its description.
"""

from django.db import models


class CustomerKind(models.TextChoices):
    """Whether a customer is an organisation or a person."""

    COMPANY = "company", "An organisation."
    PERSON = "person", "A person."


class CustomerLevel(models.TextChoices):
    """How important a customer is; decides how often they are revisited."""

    A = "a", "Most important: revisited every 7 days."
    B = "b", "Important: revisited every 15 days."
    C = "c", "Ordinary: revisited every 30 days."


class CustomerStatus(models.TextChoices):
    """Where a customer stands in the relationship."""

    PROSPECT = "prospect", "Not yet a customer."
    ACTIVE = "active", "Buying, or in talks."
    DORMANT = "dormant", "Silent for long."
    LOST = "lost", "Gone."


class CustomerSource(models.TextChoices):
    """How a customer first came to us."""

    REFERRAL = "referral", "Recommended by somebody."
    EXHIBITION = "exhibition", "Met at an exhibition."
    ADVERTISING = "advertising", "Answered an advertisement."
    COLD_CALL = "cold_call", "Called by us."
    WEBSITE = "website", "Came through the website."
    PARTNER = "partner", "Brought by a partner."
    OTHER = "other", "Anything else."


class PoolStatus(models.TextChoices):
    """Whether somebody owns the customer or it waits in the pool (公海) to be claimed."""

    OWNED = "owned", "Somebody looks after the customer."
    IN_POOL = "in_pool", "Waiting in the pool to be claimed."


class DecisionRole(models.TextChoices):
    """The part a contact plays in a buying decision."""

    DECISION_MAKER = "decision_maker", "Decides."
    INFLUENCER = "influencer", "Is listened to."
    USER = "user", "Will use what is bought."
    GATEKEEPER = "gatekeeper", "Decides who gets through."
    OTHER = "other", "Anything else, or unknown."


class OpportunityStage(models.TextChoices):
    """The stages of a deal, in order; the last two are ends."""

    INITIAL_CONTACT = "initial_contact", "初步接触: first talks."
    NEEDS_ANALYSIS = "needs_analysis", "需求分析: finding out what is needed."
    PROPOSAL = "proposal", "方案报价: proposal and quote."
    NEGOTIATION = "negotiation", "商务谈判: negotiating terms."
    CONTRACT_SIGNING = "contract_signing", "合同签订: signing."
    WON = "won", "Won: the money has begun to come in."
    LOST = "lost", "Lost."


class TaskKind(models.TextChoices):
    """What sort of work a task is."""

    CALL = "call", "A call to make."
    VISIT = "visit", "A visit to pay."
    QUOTE = "quote", "A quote to write."
    PAYMENT_CHASE = "payment_chase", "A payment to ask for."
    CARE = "care", "A courtesy."
    OTHER = "other", "Anything else."


class TaskPriority(models.TextChoices):
    """How urgent a task is."""

    LOW = "low", "Can wait."
    NORMAL = "normal", "In its turn."
    HIGH = "high", "Before the others."
    URGENT = "urgent", "Now."


class TaskStatus(models.TextChoices):
    """Whether a task still has to be done."""

    OPEN = "open", "Still to do."
    DONE = "done", "Done."
    CANCELLED = "cancelled", "No longer needed."


class ContractState(models.TextChoices):
    """The life of a contract."""

    DRAFT = "draft", "Being written."
    IN_APPROVAL = "in_approval", "Waiting for approvers."
    SIGNED = "signed", "Signed, not begun."
    PERFORMING = "performing", "Being performed."
    CLOSED = "closed", "Performed in full."
    REJECTED = "rejected", "Refused by an approver."
    TERMINATED = "terminated", "Ended early."


class ApprovalDecision(models.TextChoices):
    """What an approver said."""

    PENDING = "pending", "Not decided yet."
    APPROVED = "approved", "Agreed."
    REJECTED = "rejected", "Refused."


class FollowUpKind(models.TextChoices):
    """How a follow-up happened."""

    CALL = "call", "By telephone."
    VISIT = "visit", "At their place or ours."
    WECHAT = "wechat", "By WeChat."
    EMAIL = "email", "By e-mail."
    MEETING = "meeting", "In a meeting."
    OTHER = "other", "Another way."


class PaymentKind(models.TextChoices):
    """A line of the payment plan, or money that came in."""

    PLAN_LINE = "plan_line", "A line of the payment plan: money that is due."
    RECEIPT = "receipt", "Money that came in."


class PaymentStatus(models.TextChoices):
    """Where a plan line or receipt stands. Plan lines: planned, paid or overdue; receipts: recorded or confirmed."""

    PLANNED = "planned", "Plan line: not due yet, or due and open."
    OVERDUE = "overdue", "Plan line: due and not paid."
    PAID = "paid", "Plan line: paid."
    RECORDED = "recorded", "Receipt: noted by sales."
    CONFIRMED = "confirmed", "Receipt: confirmed by finance."


class PaymentMethod(models.TextChoices):
    """How money came in."""

    BANK_TRANSFER = "bank_transfer", "Bank transfer."
    ALIPAY = "alipay", "Alipay."
    WECHAT_PAY = "wechat_pay", "WeChat Pay."
    ACCEPTANCE_BILL = "acceptance_bill", "Acceptance bill."
    CASH = "cash", "Cash."
    OTHER = "other", "Anything else."
