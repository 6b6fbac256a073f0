"""Changing the policy: draft, edit, activate, roll back. One transaction each, one at a time.

Invariant: what becomes active parses, names only what exists, and leaves somebody the right to activate another. A
version that ever was active keeps its text.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models.functions import Now

from backend.audit.actors import Actor
from backend.models import new_id
from backend.policies.models import PolicyActivation, PolicyState, PolicyVersion
from backend.policies.people import role_sets
from backend.policies.problems import PolicyRefused, Problem, ProblemCode
from backend.policies.queries import shipped_version
from backend.policies.reading import LONGEST_DOCUMENT, Columns, may_change_policies, problems_of, read_policy
from backend.policies.recording import described, record_version

LONGEST_NAME, LONGEST_NOTE = 200, 5000
# Whoever changes the policy holds this lock until the end of the transaction. Any number would do, no other uses it.
_CHANGES_LOCK = 7_044_202_601


@dataclass(frozen=True, slots=True)
class DraftChange:
    """What is to be changed of a draft; None leaves it as it is."""

    name: str | None = None
    note: str | None = None
    document: str | None = None

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong with the texts themselves."""
        yield from _text_problems("name", self.name, LONGEST_NAME, required=True)
        yield from _text_problems("note", self.note, LONGEST_NOTE)
        yield from _text_problems("document", self.document, LONGEST_DOCUMENT)


@dataclass(frozen=True, slots=True)
class Replacement:
    """One version in place of another: the number of the one meant to go, why, and who says so."""

    replaces: int
    note: str
    actor: Actor


def create_draft(change: DraftChange, *, based_on: int | None, actor: Actor) -> PolicyVersion:
    """Return a new draft with the text of another version: the active one unless told.

    Raises: PolicyRefused.
    """
    _refuse_any(change.problems())
    with _changing():
        base = _active() if based_on is None else _version(based_on, "basedOn")
        newest = PolicyVersion.objects.order_by("-number")[0].number
        draft = PolicyVersion.objects.create(
            number=newest + 1,
            name=change.name or "",
            note=change.note or "",
            document=base.document if change.document is None else change.document,
            based_on=base,
            author_id=actor.user_id,
        )
        record_version(actor, "create", draft, before={})
        return draft


def update_draft(number: int, change: DraftChange, *, revision: int, actor: Actor) -> PolicyVersion:
    """Return the draft, changed. It need not be valid yet.

    Raises: PolicyRefused; CONFLICT when the draft is no more at `revision`.
    """
    _refuse_any(change.problems())
    with _changing():
        draft = _draft(number, revision)
        before = described(draft)
        for name in ("name", "note", "document"):
            if (value := getattr(change, name)) is not None:
                setattr(draft, name, value)
        draft.revision += 1
        draft.updated_at = Now()
        draft.save()
        record_version(actor, "update", draft, before=before)
    return _version(number)


def activate(number: int, replacement: Replacement, *, revision: int, columns: Columns) -> PolicyVersion:
    """Put a draft in force, and return it.

    Raises: PolicyRefused; CONFLICT when the draft is no more at `revision`, or another version is in force by now.
    """
    _refuse_any(_text_problems("note", replacement.note, LONGEST_NOTE, required=True))
    with _changing():
        return _put_in_force(_draft(number, revision), replacement, columns)


def roll_back(number: int, replacement: Replacement, *, columns: Columns) -> PolicyVersion:
    """Put a version that was in force before back in force, and return it.

    Raises: PolicyRefused; CONFLICT when another version is in force by now.
    """
    _refuse_any(_text_problems("note", replacement.note, LONGEST_NOTE, required=True))
    with _changing():
        version = _version(number)
        if version.state != PolicyState.RETIRED:
            raise _refused(ProblemCode.NEVER_ACTIVE, "number", f"Version {number} is not one that was in force before.")
        return _put_in_force(version, replacement, columns)


@contextmanager
def _changing() -> Iterator[None]:
    """Hold the lock on policy changes in one transaction, in which version 1 exists."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CHANGES_LOCK])
        if not PolicyVersion.objects.exists():
            shipped = shipped_version()
            shipped.activated_at = Now()
            shipped.save()
            # No change of anybody's, so none is recorded: it was in force before there was a row that says so.
            PolicyActivation.objects.create(version=shipped, note="In force from the start.")
        yield


def _put_in_force(version: PolicyVersion, replacement: Replacement, columns: Columns) -> PolicyVersion:
    active = _active()
    if active.number != replacement.replaces:
        message = f"Version {active.number} is in force, not {replacement.replaces}: compare with that one first."
        raise _refused(ProblemCode.CONFLICT, "replaces", message)
    _refuse_any(problems_of(version.document, columns))
    policy = read_policy(version.number, version.document)
    if not any(may_change_policies(policy, roles) for roles in role_sets()):
        message = "Under this policy nobody could activate another version: no active user would have the right."
        raise _refused(ProblemCode.LOCKS_EVERYBODY_OUT, "document", message)
    return _replaced(active, version, replacement)


def _replaced(active: PolicyVersion, version: PolicyVersion, replacement: Replacement) -> PolicyVersion:
    is_rollback = version.state == PolicyState.RETIRED
    before = {each.id: described(each) for each in (active, version)}
    # The constraint allows one active version at any moment: the old one goes first.
    PolicyVersion.objects.filter(id=active.id).update(state=PolicyState.RETIRED, updated_at=Now())
    PolicyVersion.objects.filter(id=version.id).update(state=PolicyState.ACTIVE, activated_at=Now(), updated_at=Now())
    PolicyActivation.objects.create(
        version=version,
        replaced=active,
        actor_id=replacement.actor.user_id,
        note=replacement.note,
        is_rollback=is_rollback,
    )
    came, went = _version(version.number), _version(active.number)
    together = new_id()
    for action, each in (("rollback" if is_rollback else "activate", came), ("retire", went)):
        record_version(
            replacement.actor, action, each, before=before[each.id], note=replacement.note, correlation_id=together
        )
    return came


def _active() -> PolicyVersion:
    active = PolicyVersion.objects.filter(state=PolicyState.ACTIVE).first()
    if active is None:
        raise _refused(
            ProblemCode.CONFLICT, "replaces", "No version is in force: the stored versions were tampered with."
        )
    return active


def _version(number: int, path: str = "number") -> PolicyVersion:
    version = PolicyVersion.objects.filter(number=number).first()
    if version is None:
        raise _refused(ProblemCode.NOT_FOUND, path, f"There is no version {number}.")
    return version


def _draft(number: int, revision: int) -> PolicyVersion:
    version = _version(number)
    if version.state != PolicyState.DRAFT:
        raise _refused(ProblemCode.NOT_A_DRAFT, "number", f"Version {number} is no draft: make a new one based on it.")
    if version.revision != revision:
        message = f"The draft was changed by somebody: it is at revision {version.revision}, not {revision}."
        raise _refused(ProblemCode.CONFLICT, "revision", message)
    return version


def _text_problems(path: str, text: str | None, longest: int, *, required: bool = False) -> Iterator[Problem]:
    if text is None:
        return
    if required and not text.strip():
        yield Problem(ProblemCode.REQUIRED, (path,), f"Say something in `{path}`.")
    if len(text) > longest:
        yield Problem(ProblemCode.TOO_LONG, (path,), f"`{path}` has at most {longest:,} characters.")
    if "\0" in text:
        yield Problem(ProblemCode.INVALID_TEXT, (path,), f"`{path}` holds a character that cannot be stored.")


def _refuse_any(problems: Iterator[Problem] | tuple[Problem, ...]) -> None:
    if found := tuple(problems):
        raise PolicyRefused(*found)


def _refused(code: ProblemCode, path: str, message: str) -> PolicyRefused:
    return PolicyRefused(Problem(code, (path,), message))
