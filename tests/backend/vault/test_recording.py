"""What commands do to keys and sealed values is on record, in the transaction that does it, without a key."""

import os
from datetime import timedelta

import pytest
from django.core.management.base import CommandError
from django.db.models.functions import Now

from backend.audit.models import AuditChange
from backend.vault.keyring import keyring
from backend.vault.models import DataKey
from backend.vault.providers.local import new_key_text
from backend.vault.recording import row_of
from tests.backend.vault.commands import said
from tests.backend.vault.people.models import Person
from tests.backend.vault.people.rows import active_key, make_people

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("keys")]


def recorded() -> list[AuditChange]:
    """Return what is on record, in order."""
    return list(AuditChange.objects.order_by("id"))


def test_a_rotation_tells_which_key_came_and_which_went() -> None:
    make_people(1)
    first = active_key()
    said("keys", "rotate")
    went, came = recorded()
    assert {each.action for each in (went, came)} == {"rotate"}
    assert (went.row_id, went.changes) == (row_of(first), {"state": {"before": "active", "after": "decrypting"}})
    assert (came.row_id, came.changes) == (row_of(active_key()), {"state": {"before": None, "after": "active"}})
    assert (went.principal_kind, went.principal_id, went.resource) == ("command", None, "vault")
    assert went.client.startswith("the command keys rotate, by ")


def test_a_key_that_is_made_because_it_is_needed_is_nobodys_doing() -> None:
    make_people(1)
    assert DataKey.objects.exists()
    assert recorded() == []


def test_a_retirement_is_on_record_once_and_a_refused_one_is_not() -> None:
    make_people(1)
    first = active_key()
    said("keys", "rotate")
    before = len(recorded())
    with pytest.raises(CommandError):
        said("keys", "retire", str(first), "--now")
    assert len(recorded()) == before
    said("reencrypt")
    DataKey.objects.filter(key_id=first).update(replaced_at=Now() - timedelta(hours=2))
    said("keys", "retire", str(first))
    said("keys", "retire", str(first))
    retired = [each for each in recorded() if each.action == "retire"]
    assert [(each.row_id, each.changes) for each in retired] == [
        (row_of(first), {"state": {"before": "decrypting", "after": "retired"}})
    ]


def test_reencryption_tells_how_many_values_of_which_table() -> None:
    make_people(3)
    said("keys", "rotate")
    before = len(recorded())
    said("reencrypt")
    made = recorded()[before:]
    assert {each.action for each in made} == {"reencrypt"}
    assert {each.row_id for each in made} == {row_of(active_key())}
    table = Person._meta.db_table
    counts = [each.changes["values"]["after"] for each in made if each.changes["table"]["after"] == table]
    assert sum(counts) >= 3
    said("reencrypt")
    assert recorded()[before:] == made


def test_rewrapping_names_the_key_encryption_keys_and_none_of_their_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    make_people(1)
    before = {row_of(key_id): provider for key_id, provider in DataKey.objects.values_list("key_id", "provider")}
    old, new = _configured(monkeypatch)
    keyring().forget()
    said("keys", "rewrap")
    after = {row_of(key_id): provider for key_id, provider in DataKey.objects.values_list("key_id", "provider")}
    assert {each.row_id: each.changes for each in recorded()} == {
        row: {"provider": {"before": before[row], "after": after[row]}} for row in before
    }
    assert all(key not in str([each.__dict__ for each in recorded()]) for key in (old, new))


def _configured(monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Make another key-encryption key the configured one; the one before still unwraps."""
    old, new = os.environ["PRISM_KEY"], new_key_text()
    monkeypatch.setenv("PRISM_KEY", new)
    monkeypatch.setenv("PRISM_KEY_OLD", old)
    return old, new
