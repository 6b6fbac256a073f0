"""Everything the permission engine raises, and the codes callers meet.

PrismError
├── PolicyError      our mistake, found at start-up: a policy that names what does not exist
└── AccessDenied     the caller's case: carries a stable code, never a secret
"""

from enum import StrEnum


class ErrorCode(StrEnum):
    """The stable codes clients see in `extensions.code`. A missing row and a forbidden one share NOT_FOUND."""

    UNAUTHENTICATED = "UNAUTHENTICATED"
    TOKEN_EXPIRED = "TOKEN_EXPIRED"  # noqa: S105  a code, not a token
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    INVALID_ID = "INVALID_ID"
    INVALID_CURSOR = "INVALID_CURSOR"
    CURSOR_EXPIRED = "CURSOR_EXPIRED"
    INVALID_PAGE = "INVALID_PAGE"
    PAGE_TOO_LARGE = "PAGE_TOO_LARGE"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    BAD_REQUEST = "BAD_REQUEST"
    REQUEST_TOO_LARGE = "REQUEST_TOO_LARGE"
    PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    OPERATION_TOO_COMPLEX = "OPERATION_TOO_COMPLEX"
    OPERATION_NOT_FOUND = "OPERATION_NOT_FOUND"
    UNREADABLE = "UNREADABLE"
    TIMEOUT = "TIMEOUT"
    UNAVAILABLE = "UNAVAILABLE"
    INTERNAL = "INTERNAL"


class PrismError(Exception):
    """The root of our own exceptions."""


class PolicyError(PrismError):
    """A policy that cannot be compiled: it names an unknown type, field, category, scope, action or level."""


class AccessDenied(PrismError):  # noqa: N818  the glossary's word for it
    """A request the caller's view does not allow."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.code = code
