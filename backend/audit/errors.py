"""What auditing raises.

Exception
├── AuditUnavailable      what was to be answered cannot be put on record: it must not be answered
└── UnreadableRecordError a line of a journal that is no record
"""


class AuditUnavailable(Exception):  # noqa: N818  the caller's case, named like AccessDenied
    """What was to be answered cannot be put on record, so it must not be answered."""


class UnreadableRecordError(Exception):
    """A line of a journal that is no record."""
