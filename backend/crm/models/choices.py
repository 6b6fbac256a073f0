"""The closed vocabularies of the domain. Stored as the lower-case value; shown in GraphQL as the upper-case name."""

from django.db import models


class CustomerKind(models.TextChoices):
    """Whether a customer is an organisation or a person."""

    COMPANY = "company"
    PERSON = "person"


class CustomerLevel(models.TextChoices):
    """How important a customer is; decides how often they are revisited."""

    A = "a"
    B = "b"
    C = "c"


class CustomerStatus(models.TextChoices):
    """Where a customer stands in the relationship."""

    PROSPECT = "prospect"
    ACTIVE = "active"
    DORMANT = "dormant"
    LOST = "lost"


class CustomerSource(models.TextChoices):
    """How a customer first came to us."""

    REFERRAL = "referral"
    EXHIBITION = "exhibition"
    ADVERTISING = "advertising"
    COLD_CALL = "cold_call"
    WEBSITE = "website"
    PARTNER = "partner"
    OTHER = "other"


class PoolStatus(models.TextChoices):
    """Whether somebody owns the customer or it waits in the pool (公海) to be claimed."""

    OWNED = "owned"
    IN_POOL = "in_pool"


class DecisionRole(models.TextChoices):
    """The part a contact plays in a buying decision."""

    DECISION_MAKER = "decision_maker"
    INFLUENCER = "influencer"
    USER = "user"
    GATEKEEPER = "gatekeeper"
    OTHER = "other"


class OpportunityStage(models.TextChoices):
    """The stages of a deal, in order; the last two are ends."""

    INITIAL_CONTACT = "initial_contact"
    NEEDS_ANALYSIS = "needs_analysis"
    PROPOSAL = "proposal"
    NEGOTIATION = "negotiation"
    CONTRACT_SIGNING = "contract_signing"
    WON = "won"
    LOST = "lost"


class TaskKind(models.TextChoices):
    """What sort of work a task is."""

    CALL = "call"
    VISIT = "visit"
    QUOTE = "quote"
    PAYMENT_CHASE = "payment_chase"
    CARE = "care"
    OTHER = "other"


class TaskPriority(models.TextChoices):
    """How urgent a task is."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class TaskStatus(models.TextChoices):
    """Whether a task still has to be done."""

    OPEN = "open"
    DONE = "done"
    CANCELLED = "cancelled"


class ContractState(models.TextChoices):
    """The life of a contract."""

    DRAFT = "draft"
    IN_APPROVAL = "in_approval"
    SIGNED = "signed"
    PERFORMING = "performing"
    CLOSED = "closed"
    REJECTED = "rejected"
    TERMINATED = "terminated"


class ApprovalDecision(models.TextChoices):
    """What an approver said."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


class FollowUpKind(models.TextChoices):
    """How a follow-up happened."""

    CALL = "call"
    VISIT = "visit"
    WECHAT = "wechat"
    EMAIL = "email"
    MEETING = "meeting"
    OTHER = "other"


class PaymentKind(models.TextChoices):
    """A line of the payment plan, or money that came in."""

    PLAN_LINE = "plan_line"
    RECEIPT = "receipt"


class PaymentStatus(models.TextChoices):
    """Where a plan line or receipt stands. Plan lines: planned, paid or overdue; receipts: recorded or confirmed."""

    PLANNED = "planned"
    OVERDUE = "overdue"
    PAID = "paid"
    RECORDED = "recorded"
    CONFIRMED = "confirmed"


class PaymentMethod(models.TextChoices):
    """How money came in."""

    BANK_TRANSFER = "bank_transfer"
    ALIPAY = "alipay"
    WECHAT_PAY = "wechat_pay"
    ACCEPTANCE_BILL = "acceptance_bill"
    CASH = "cash"
    OTHER = "other"
