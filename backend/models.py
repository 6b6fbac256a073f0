"""The bases every stored noun shares: time-ordered keys, time stamps, versions, soft deletion."""

import uuid

from django.db import models
from django.db.models.functions import Now
from uuid_utils import compat


def new_id() -> uuid.UUID:
    """Return a new UUIDv7: unique and ordered by time of creation, known before the row is inserted."""
    return compat.uuid7()


class Record(models.Model):
    """A stored row: a UUIDv7 key and the times of its creation and last change."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(db_default=Now())
    updated_at = models.DateTimeField(db_default=Now())

    class Meta:
        abstract = True


class EditableRecord(Record):
    """A record people edit: `version` grows with each change, `deleted_at` is set when it is soft-deleted."""

    version = models.PositiveIntegerField(default=1)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True
