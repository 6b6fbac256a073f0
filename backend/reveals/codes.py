"""What keeps a reveal from being given, as data."""

from dataclasses import dataclass
from enum import StrEnum


class RevealCode(StrEnum):
    """The stable codes of refusals. A row that is missing and one out of sight share NOT_FOUND."""

    REASON_REQUIRED = "REASON_REQUIRED"
    TOO_LONG = "TOO_LONG"
    INVALID_TEXT = "INVALID_TEXT"
    NOT_FOUND = "NOT_FOUND"
    FIELDS_REQUIRED = "FIELDS_REQUIRED"
    TOO_MANY_FIELDS = "TOO_MANY_FIELDS"
    UNKNOWN_FIELD = "UNKNOWN_FIELD"
    NOT_MASKED = "NOT_MASKED"
    NOT_REVEALABLE = "NOT_REVEALABLE"
    APPROVAL_REQUIRED = "APPROVAL_REQUIRED"
    APPROVAL_NOT_NEEDED = "APPROVAL_NOT_NEEDED"
    QUOTA_EXCEEDED = "QUOTA_EXCEEDED"
    KEY_REUSED = "KEY_REUSED"
    OWN_REQUEST = "OWN_REQUEST"
    EXPIRED = "EXPIRED"
    ALREADY_DECIDED = "ALREADY_DECIDED"


MEANINGS: dict[RevealCode, str] = {
    RevealCode.REASON_REQUIRED: "Say what the values are needed for.",
    RevealCode.TOO_LONG: "The text is too long.",
    RevealCode.INVALID_TEXT: "The text holds a character that cannot be stored.",
    RevealCode.NOT_FOUND: "There is no such object, or you may not see it.",
    RevealCode.FIELDS_REQUIRED: "Name at least one field.",
    RevealCode.TOO_MANY_FIELDS: "Name fewer fields at once.",
    RevealCode.UNKNOWN_FIELD: "There is no such field that holds a value.",
    RevealCode.NOT_MASKED: "The field is clear for you on this object.",
    RevealCode.NOT_REVEALABLE: "You may not have this field revealed on this object.",
    RevealCode.APPROVAL_REQUIRED: "A second person has to approve this: use `revealRequest`.",
    RevealCode.APPROVAL_NOT_NEEDED: "Nobody has to approve this: use `reveal`.",
    RevealCode.QUOTA_EXCEEDED: "The quota of objects a day is used up.",
    RevealCode.KEY_REUSED: "The idempotency key was used for another reveal.",
    RevealCode.OWN_REQUEST: "Somebody else has to decide your request.",
    RevealCode.EXPIRED: "The request has expired: make a new one.",
    RevealCode.ALREADY_DECIDED: "The request was decided before.",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that keeps a reveal from being given: a code, and where it is in the input."""

    code: RevealCode
    path: tuple[str, ...]

    @property
    def message(self) -> str:
        """The same as a sentence."""
        return MEANINGS[self.code]
