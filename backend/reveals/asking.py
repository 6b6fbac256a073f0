"""Who asks for which cells, why, and what their view says of it. The view is asked before, by whoever knows it."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from backend.audit.actors import Actor
from backend.reveals.codes import Problem, RevealCode
from permissions.principal import PrincipalKind

LONGEST_REASON, LONGEST_KEY = 500, 200
# Of whom nothing more is known than that it is a person.
_NOWHERE = Actor(PrincipalKind.USER.value)


@dataclass(frozen=True, slots=True)
class Asker:
    """The person who calls, and as whom they go on record."""

    user_id: uuid.UUID
    actor: Actor = _NOWHERE


@dataclass(frozen=True, slots=True)
class Ask:
    """Some columns of one row, and why somebody wants to read them.

    `problems` are what the caller's own view has against it, `needs_approval` whether it asks for a second person.
    """

    resource: str
    row_id: uuid.UUID
    columns: tuple[str, ...]
    reason: str
    problems: tuple[Problem, ...] = ()
    needs_approval: bool = False
    idempotency_key: str = ""

    def all_problems(self) -> tuple[Problem, ...]:
        """Return what is wrong with the texts, and what the view has against it."""
        texts = (*text_problems("reason", self.reason), *_key_problems(self.idempotency_key))
        return (*texts, *self.problems)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a reveal. Without problems there is a grant until `expires_at`.

    `remaining` is how many more rows may be revealed to the person today.
    """

    problems: tuple[Problem, ...] = ()
    expires_at: datetime | None = None
    remaining: int = 0


def text_problems(path: str, text: str) -> Iterator[Problem]:
    """Yield what is wrong with a reason; it is not optional."""
    if not text.strip():
        yield Problem(RevealCode.REASON_REQUIRED, (path,))
    yield from note_problems(path, text)


def note_problems(path: str, text: str) -> Iterator[Problem]:
    """Yield what is wrong with a text that may be empty."""
    yield from _storable(path, text, LONGEST_REASON)


def _key_problems(key: str) -> Iterator[Problem]:
    yield from _storable("idempotencyKey", key, LONGEST_KEY)


def _storable(path: str, text: str, longest: int) -> Iterator[Problem]:
    if len(text) > longest:
        yield Problem(RevealCode.TOO_LONG, (path,))
    if "\0" in text:
        yield Problem(RevealCode.INVALID_TEXT, (path,))
