"""What is kept of reveals: who may read which cells for how long, who asked whom, every attempt, and every alert.

Rows are named by resource and key, fields by column: no value ever stands here, and no foreign key leads to the rows.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from backend.identity.models import User
from backend.models import new_id


class Cells(models.Model):
    """Some columns of one row, and a person they are about to be shown to."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField()
    user = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    resource = models.TextField()
    row_id = models.UUIDField()
    columns = ArrayField(models.TextField())
    reason = models.TextField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.id)


class RequestState(models.TextChoices):
    """Where a request for a reveal stands."""

    PENDING = "pending", "Nobody decided yet."
    APPROVED = "approved", "A second person said yes."
    REJECTED = "rejected", "A second person said no."


class RevealRequest(Cells):
    """A reveal that waits for a second person. After `expires_at` it can be neither approved nor used."""

    expires_at = models.DateTimeField()
    state = models.TextField(choices=RequestState, default=RequestState.PENDING)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    decided_at = models.DateTimeField(null=True)
    note = models.TextField(default="")

    class Meta:
        indexes = [
            models.Index(fields=["user", "created_at"], name="revealrequest_person"),
            models.Index(
                fields=["created_at"], name="revealrequest_pending", condition=models.Q(state=RequestState.PENDING)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(decided_by=models.F("user")) | models.Q(decided_by=None),
                name="revealrequest_decided_by_another",
            )
        ]


class RevealGrant(Cells):
    """Leave for one person to read some columns of one row in clear until `expires_at`.

    It only ever adds to a view that allows the reveal at the time of the reading: see docs/adr/0016.
    """

    expires_at = models.DateTimeField()
    is_approved = models.BooleanField(default=False)
    request = models.ForeignKey(RevealRequest, models.PROTECT, null=True, related_name="grants", db_index=False)
    idempotency_key = models.TextField(default="")

    class Meta:
        indexes = [
            # What every statement that may show revealed cells asks.
            models.Index(fields=["user", "resource", "expires_at"], name="revealgrant_in_force"),
            models.Index(fields=["user", "created_at"], name="revealgrant_quota"),
        ]


class RevealAttempt(Cells):
    """One call of a reveal, a request or a decision, refused ones too. Rows are never changed or deleted."""

    step = models.TextField()
    code = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["user", "created_at"], name="revealattempt_person")]


class Alert(models.Model):
    """Something the recipients should look at. Rows are never changed or deleted; `details` hold no values."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.TextField()
    at = models.DateTimeField()
    about = models.ForeignKey(User, models.PROTECT, related_name="+", db_index=False)
    recipients = ArrayField(models.UUIDField())
    details = models.JSONField()

    class Meta:
        indexes = [
            models.Index(fields=["about", "kind", "at"], name="alert_about"),
            GinIndex(fields=["recipients"], name="alert_recipients"),
        ]

    def __str__(self) -> str:
        return str(self.id)
