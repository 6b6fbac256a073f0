"""The policy in force survives a broken row."""

import logging

import pytest

from backend.policies import services
from backend.policies.active import load_active
from backend.policies.models import PolicyState, PolicyVersion
from backend.policies.services import DraftChange, Replacement
from permissions.errors import PolicyError
from permissions.policy import default_document
from schema.columns import gated_columns
from tests.backend.policies.people import OPERATOR, make_admin

pytestmark = pytest.mark.django_db

INTERN_ONLY = '[roles.intern]\nlabel = "x"\n'


@pytest.fixture
def second() -> PolicyVersion:
    """Put a second version in force."""
    make_admin()
    document = default_document().replace('label = "销售"', 'label = "Sales"')
    draft = services.create_draft(DraftChange("x", "", document), based_on=None, actor=OPERATOR)
    return services.activate(draft.number, Replacement(1, "x", OPERATOR), revision=1, columns=gated_columns)


def damage(number: int, document: str = "roles = ") -> None:
    """Change a row as somebody with a database console would."""
    PolicyVersion.objects.filter(number=number).update(document=document)


def test_nothing_is_read_again_while_nothing_changes(second: PolicyVersion) -> None:
    known = load_active()
    assert known.policy.version.startswith("2:")
    assert load_active(known) is known


def test_a_broken_row_leaves_the_last_good_policy_and_is_logged_once(
    second: PolicyVersion, caplog: pytest.LogCaptureFixture
) -> None:
    known = load_active()
    damage(2)
    with caplog.at_level(logging.ERROR, "prism.policy"):
        kept = load_active(known)
        assert load_active(kept) is kept
    assert kept.policy is known.policy
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "at line 1" in caplog.text


def test_a_mended_row_is_taken_up_again(second: PolicyVersion) -> None:
    known = load_active()
    damage(2)
    kept = load_active(known)
    damage(2, INTERN_ONLY)
    assert set(load_active(kept).policy.roles) == {"intern"}


def test_a_process_that_starts_on_a_broken_row_serves_what_was_in_force_before(second: PolicyVersion) -> None:
    damage(2)
    assert load_active().policy.version.startswith("1:")


def test_a_process_that_finds_no_good_version_serves_none(second: PolicyVersion) -> None:
    damage(1)
    damage(2)
    with pytest.raises(PolicyError, match="none of the stored"):
        load_active()


def test_without_a_version_in_force_the_last_one_stays(second: PolicyVersion) -> None:
    known = load_active()
    PolicyVersion.objects.update(state=PolicyState.RETIRED)
    assert load_active(known).policy is known.policy
    assert load_active().policy == known.policy
