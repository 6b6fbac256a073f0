"""Every change of the policy is on record in the transaction that makes it, without the text of a document."""

import hashlib
import json
import uuid

import pytest
from django.db import transaction

from backend.audit.actors import Actor, Origin
from backend.audit.models import AuditChange
from backend.policies import services
from backend.policies.models import PolicyVersion
from backend.policies.problems import PolicyRefused
from backend.policies.services import DraftChange, Replacement
from permissions.policy import default_document
from schema.columns import gated_columns
from tests.backend.policies.people import make_admin

pytestmark = pytest.mark.django_db

STRICT = default_document().replace('contact_info = "clear"', 'contact_info = "masked"')


@pytest.fixture
def admin() -> Actor:
    """Return somebody who may do all of it, at a desk that can be told."""
    return Actor("user", make_admin(), ("admin",), Origin("a browser", "192.0.2.7", "r-9", "Change"))


def recorded() -> list[AuditChange]:
    """Return what is on record, in order."""
    return list(AuditChange.objects.order_by("id"))


def drafted(admin: Actor) -> PolicyVersion:
    """Make a draft."""
    return services.create_draft(DraftChange("stricter", "", STRICT), based_on=None, actor=admin)


def test_a_draft_is_on_record_with_who_made_it_from_where(admin: Actor) -> None:
    draft = drafted(admin)
    (change,) = recorded()
    assert (change.action, change.resource, change.row_id) == ("create", "policy", draft.id)
    assert (change.principal_kind, change.principal_id, change.roles) == ("user", admin.id, ["admin"])
    assert (change.client, change.ip, change.request_id, change.operation) == (
        "a browser", "192.0.2.7", "r-9", "Change",
    )  # fmt: skip
    assert change.changes["state"] == {"before": None, "after": "draft"}
    digest = {"sha256": hashlib.sha256(STRICT.encode()).hexdigest(), "size": len(STRICT)}
    assert change.changes["document"] == {"before": None, "after": digest}


def test_an_edit_tells_what_differs_and_nothing_else(admin: Actor) -> None:
    number = drafted(admin).number
    services.update_draft(number, DraftChange(note="more"), revision=1, actor=admin)
    assert recorded()[-1].action == "update"
    assert recorded()[-1].changes == {
        "note": {"before": "", "after": "more"},
        "revision": {"before": 1, "after": 2},
    }


def test_an_activation_and_a_rollback_tell_what_came_and_what_went(admin: Actor) -> None:
    number = drafted(admin).number
    services.activate(number, Replacement(1, "the board", admin), revision=1, columns=gated_columns)
    services.roll_back(1, Replacement(number, "too strict", admin), columns=gated_columns)
    _, came, went, back, gone = recorded()
    first = PolicyVersion.objects.get(number=1).id
    assert [each.action for each in (came, went, back, gone)] == ["activate", "retire", "rollback", "retire"]
    assert came.changes["state"] == {"before": "draft", "after": "active"}
    assert came.changes["reason"] == {"before": None, "after": "the board"}
    assert went.row_id == back.row_id == first
    assert went.changes["state"] == {"before": "active", "after": "retired"}
    assert came.correlation_id == went.correlation_id != back.correlation_id == gone.correlation_id


def test_no_record_holds_the_text_of_a_document(admin: Actor) -> None:
    services.activate(drafted(admin).number, Replacement(1, "x", admin), revision=1, columns=gated_columns)
    assert "roles.sales" in STRICT
    assert "roles.sales" not in json.dumps([each.changes for each in recorded()])


def test_what_is_refused_or_undone_leaves_no_record(admin: Actor) -> None:
    number = drafted(admin).number
    with pytest.raises(PolicyRefused):
        services.activate(number, Replacement(9, "x", admin), revision=1, columns=gated_columns)
    with transaction.atomic():
        services.update_draft(number, DraftChange("other"), revision=1, actor=admin)
        transaction.set_rollback(True)
    assert [each.action for each in recorded()] == ["create"]


def test_a_command_has_no_key_and_says_which_it_is() -> None:
    from_shell = services.create_draft(DraftChange("x"), based_on=None, actor=Actor("command"))
    (change,) = recorded()
    assert (change.principal_kind, change.principal_id, change.row_id) == ("command", None, from_shell.id)
    assert from_shell.author_id is None
    assert isinstance(from_shell.id, uuid.UUID)
