"""What becomes of versions, on record: never the text of a document, but what tells it from every other."""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import replace

from backend.audit.actors import Actor
from backend.audit.canonical import Value
from backend.audit.changes import record_change
from backend.policies.models import PolicyVersion
from permissions.resources import Resource


def described(version: PolicyVersion) -> Mapping[str, Value]:
    """Return a version as records of changes hold it."""
    return {
        "number": version.number,
        "state": str(version.state),
        "name": version.name,
        "note": version.note,
        "revision": version.revision,
        "document": _digest(version.document),
    }


def record_version(
    actor: Actor,
    action: str,
    version: PolicyVersion,
    *,
    before: Mapping[str, Value],
    note: str | None = None,
    correlation_id: uuid.UUID | None = None,
) -> None:
    """Put one change of a version on record, in the transaction that makes it. `note` is why it came into force."""
    after = described(version)
    changes: dict[str, Value] = {
        name: {"before": before.get(name), "after": value} for name, value in after.items() if before.get(name) != value
    }
    if note is not None:
        changes["reason"] = {"before": None, "after": note}
    change = actor.change(action, Resource.POLICY.value, version.id, changes)
    record_change(replace(change, correlation_id=correlation_id))


def _digest(document: str) -> Value:
    # Documents are no secrets: whoever has a text can tell by SHA-256 whether it was this one.
    return {"sha256": hashlib.sha256(document.encode()).hexdigest(), "size": len(document)}
