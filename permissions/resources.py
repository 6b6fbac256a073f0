"""What can be granted: the resource types, the actions on them, and the levels a cell can have."""

from enum import IntEnum, StrEnum


class Resource(StrEnum):
    """A noun of the graph, or what is no rows of it: the policy's own versions (docs/adr/0010), and the audit.

    A part (see `scopes.PARTS`) is never granted: it follows the row it is a part of.
    """

    CUSTOMER = "customer"
    CONTACT = "contact"
    OPPORTUNITY = "opportunity"
    TASK = "task"
    CONTRACT = "contract"
    FOLLOW_UP = "follow_up"
    PAYMENT = "payment"
    USER = "user"
    TEAM = "team"
    TAG = "tag"
    STAGE_CHANGE = "stage_change"
    APPROVAL_STEP = "approval_step"
    POLICY = "policy"
    AUDIT = "audit"


class Action(StrEnum):
    """What a principal may do with a resource. `reveal` is asking for a masked value, with a reason; `inspect` is
    asking who else read a row.
    """

    READ = "read"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    ASSIGN = "assign"
    CLAIM = "claim"
    RELEASE = "release"
    APPROVE = "approve"
    CONFIRM = "confirm"
    EXPORT = "export"
    REVEAL = "reveal"
    INSPECT = "inspect"


class Level(IntEnum):
    """How much of a cell a principal sees. Levels combine by maximum; the default is ABSENT."""

    ABSENT = 0
    MASKED = 1
    CLEAR = 2
