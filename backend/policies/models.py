"""Versions of the policy, and the record of which was in force when. Without any row the shipped policy applies."""

from django.db import models
from django.db.models.functions import Now

from backend.identity.models import User
from backend.models import Record, new_id


class PolicyState(models.TextChoices):
    """Where a version of the policy stands."""

    DRAFT = "draft", "Being written: it decides nothing yet."
    ACTIVE = "active", "In force: it decides for everybody."
    RETIRED = "retired", "Was in force once, and can be again."


class PolicyVersion(Record):
    """One version of the policy, as TOML. Only a draft's text changes; `revision` grows with each change of it."""

    number = models.PositiveIntegerField(unique=True)
    name = models.TextField()
    note = models.TextField(blank=True, default="")
    document = models.TextField()
    state = models.TextField(choices=PolicyState.choices, default=PolicyState.DRAFT)
    revision = models.PositiveIntegerField(default=1)
    author = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    based_on = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    activated_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=models.Q(state=PolicyState.ACTIVE), name="one_active_policy"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.name}"


class PolicyActivation(models.Model):
    """One change of the policy in force: what came, what went, who did it and why. Rows are never changed or deleted:
    a trigger refuses it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    created_at = models.DateTimeField(db_default=Now())
    version = models.ForeignKey(PolicyVersion, models.PROTECT, related_name="activations")
    replaced = models.ForeignKey(PolicyVersion, models.PROTECT, null=True, blank=True, related_name="+")
    actor = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.TextField()
    is_rollback = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.version_id} at {self.created_at}"
