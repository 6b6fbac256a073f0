"""Versions are drafted, edited, activated and rolled back; what is refused changes nothing."""

import uuid
from collections.abc import Callable
from functools import partial

import pytest
from django.db import DatabaseError, transaction

from backend.identity.models import User
from backend.policies import services
from backend.policies.active import load_active
from backend.policies.models import PolicyActivation, PolicyState, PolicyVersion
from backend.policies.problems import PolicyRefused, ProblemCode
from backend.policies.queries import active_version, find_version, newest_versions
from backend.policies.services import DraftChange, Replacement
from permissions.policy import default_document, default_policy
from schema.columns import gated_columns
from tests.backend.policies.people import OPERATOR, by, make_admin

pytestmark = pytest.mark.django_db

MASKED = default_document().replace('contact_info = "clear"', 'contact_info = "masked"')


@pytest.fixture
def admin() -> uuid.UUID:
    """Return the key of somebody who may do all of it."""
    return make_admin()


def draft(admin: uuid.UUID, document: str = MASKED) -> PolicyVersion:
    """Make a draft based on what is in force."""
    return services.create_draft(DraftChange("stricter", "", document), based_on=None, actor=by(admin))


def put_in_force(number: int, admin: uuid.UUID, *, revision: int = 1, replaces: int = 1) -> PolicyVersion:
    """Activate a draft."""
    how = Replacement(replaces, "asked for by the board", by(admin))
    return services.activate(number, how, revision=revision, columns=gated_columns)


def back_to(number: int, admin: uuid.UUID, *, replaces: int) -> PolicyVersion:
    """Roll back."""
    return services.roll_back(number, Replacement(replaces, "too strict", by(admin)), columns=gated_columns)


def everything() -> object:
    """Return all there is, to be compared."""
    return list(PolicyVersion.objects.order_by("number").values()), list(
        PolicyActivation.objects.order_by("id").values()
    )


def refused(change: Callable[[], object]) -> tuple[ProblemCode, tuple[str, ...]]:
    """Return the code and path a change is refused with, and fail if it changed anything."""
    before = everything()
    with pytest.raises(PolicyRefused) as caught, transaction.atomic():
        change()
    assert everything() == before
    (problem,) = caught.value.problems
    assert problem.message.endswith(".")
    return problem.code, problem.path


def test_before_anybody_changed_anything_the_shipped_policy_is_version_1() -> None:
    (only,) = newest_versions(before=None, limit=50)
    assert (only.number, only.state, only.document) == (1, PolicyState.ACTIVE, default_document())
    assert active_version().number == 1
    assert find_version(1) is not None
    assert find_version(2) is None
    assert not PolicyVersion.objects.exists()
    assert load_active().policy == default_policy()


def test_a_draft_is_a_copy_of_what_is_in_force_and_decides_nothing(admin: uuid.UUID) -> None:
    made = services.create_draft(DraftChange("next"), based_on=None, actor=by(admin))
    assert (made.number, made.state, made.revision) == (2, PolicyState.DRAFT, 1)
    assert made.document == default_document()
    assert made.author_id == admin
    assert [each.number for each in newest_versions(before=None, limit=50)] == [2, 1]
    assert [each.number for each in newest_versions(before=2, limit=50)] == [1]
    assert load_active().policy.roles == default_policy().roles


def test_a_draft_is_edited_revision_by_revision(admin: uuid.UUID) -> None:
    number = draft(admin).number
    edited = services.update_draft(number, DraftChange(document="version = 3 ="), revision=1, actor=OPERATOR)
    assert (edited.revision, edited.document, edited.name) == (2, "version = 3 =", "stricter")
    assert refused(lambda: services.update_draft(number, DraftChange("late"), revision=1, actor=OPERATOR)) == (
        ProblemCode.CONFLICT,
        ("revision",),
    )


def test_activation_replaces_the_version_in_force_and_is_recorded(admin: uuid.UUID) -> None:
    made = put_in_force(draft(admin).number, admin)
    assert (made.number, made.state) == (2, PolicyState.ACTIVE)
    assert made.activated_at is not None
    assert PolicyVersion.objects.get(number=1).state == PolicyState.RETIRED
    latest = PolicyActivation.objects.get(version=made)
    assert latest.replaced is not None
    assert (latest.replaced.number, latest.actor_id, latest.note) == (1, admin, "asked for by the board")
    assert not latest.is_rollback
    assert load_active().policy.roles != default_policy().roles


def test_rolling_back_activates_the_earlier_version(admin: uuid.UUID) -> None:
    put_in_force(draft(admin).number, admin)
    assert back_to(1, admin, replaces=2).state == PolicyState.ACTIVE
    assert load_active().policy.roles == default_policy().roles
    assert [each.is_rollback for each in PolicyActivation.objects.order_by("created_at", "id")] == [False, False, True]


def test_only_a_version_that_was_in_force_can_be_rolled_back_to(admin: uuid.UUID) -> None:
    number = draft(admin).number
    for other, code in ((number, ProblemCode.NEVER_ACTIVE), (1, ProblemCode.NEVER_ACTIVE), (9, ProblemCode.NOT_FOUND)):
        assert refused(partial(back_to, other, admin, replaces=1)) == (code, ("number",))


def test_a_version_that_was_in_force_keeps_its_text(admin: uuid.UUID) -> None:
    put_in_force(draft(admin).number, admin)
    for number in (1, 2):
        code, _ = refused(partial(services.update_draft, number, DraftChange("x"), revision=1, actor=OPERATOR))
        assert code is ProblemCode.NOT_A_DRAFT
        assert refused(partial(put_in_force, number, admin, replaces=2))[0] is ProblemCode.NOT_A_DRAFT


def test_activation_is_refused_when_another_version_came_into_force(admin: uuid.UUID) -> None:
    first, second = draft(admin).number, draft(admin).number
    put_in_force(first, admin)
    assert refused(lambda: put_in_force(second, admin)) == (ProblemCode.CONFLICT, ("replaces",))


def test_activation_is_refused_when_the_draft_changed(admin: uuid.UUID) -> None:
    number = draft(admin).number
    services.update_draft(number, DraftChange(note="more"), revision=1, actor=OPERATOR)
    assert refused(lambda: put_in_force(number, admin)) == (ProblemCode.CONFLICT, ("revision",))


@pytest.mark.parametrize("note", ["", "  \n", "x" * 5001, "nul\0"])
def test_a_change_in_force_needs_a_note(admin: uuid.UUID, note: str) -> None:
    number = draft(admin).number
    _, path = refused(
        lambda: services.activate(number, Replacement(1, note, by(admin)), revision=1, columns=gated_columns)
    )
    assert path == ("note",)


def test_nobody_locks_everybody_out(admin: uuid.UUID) -> None:
    renamed = MASKED.replace("[roles.admin]", "[roles.chief]").replace("roles.admin.grants", "roles.chief.grants")
    number = draft(admin, renamed).number
    chief = User.objects.get(id=make_admin("chief"))
    User.objects.filter(id=chief.id).update(is_active=False)
    assert refused(lambda: put_in_force(number, admin))[0] is ProblemCode.LOCKS_EVERYBODY_OUT
    User.objects.filter(id=chief.id).update(is_active=True)
    assert put_in_force(number, admin).state == PolicyState.ACTIVE


@pytest.mark.parametrize(
    "change",
    [DraftChange(""), DraftChange(" "), DraftChange("x" * 201), DraftChange("x", "y" * 5001), DraftChange("a\0")],
)
def test_texts_that_cannot_be_kept_are_refused(admin: uuid.UUID, change: DraftChange) -> None:
    assert refused(lambda: services.create_draft(change, based_on=None, actor=by(admin)))[1] in {("name",), ("note",)}


def test_a_draft_of_no_version_is_refused(admin: uuid.UUID) -> None:
    draft(admin)
    missing = refused(lambda: services.create_draft(DraftChange("x"), based_on=9, actor=by(admin)))
    assert missing == (ProblemCode.NOT_FOUND, ("basedOn",))


def test_the_history_is_never_changed(admin: uuid.UUID) -> None:
    put_in_force(draft(admin).number, admin)
    before = everything()
    for change in (lambda: PolicyActivation.objects.update(note="x"), lambda: PolicyActivation.objects.all().delete()):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            change()
    assert everything() == before
