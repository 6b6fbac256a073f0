"""What can be wrong with a change of the policy, as data.

Exception
└── PolicyRefused    a change that was not made, with its problems; nothing was written
"""

from dataclasses import dataclass
from enum import StrEnum


class ProblemCode(StrEnum):
    """The stable codes of problems."""

    NOT_FOUND = "NOT_FOUND"
    INVALID_POLICY = "INVALID_POLICY"
    INVALID_TEXT = "INVALID_TEXT"
    TOO_LONG = "TOO_LONG"
    REQUIRED = "REQUIRED"
    NOT_A_DRAFT = "NOT_A_DRAFT"
    NEVER_ACTIVE = "NEVER_ACTIVE"
    CONFLICT = "CONFLICT"
    LOCKS_EVERYBODY_OUT = "LOCKS_EVERYBODY_OUT"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: a code for programs, the path in the input, a sentence for people."""

    code: ProblemCode
    path: tuple[str, ...]
    message: str


class PolicyRefused(Exception):  # noqa: N818  the glossary's word for it
    """A change that was not made. `problems` says why; nothing was written."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems
