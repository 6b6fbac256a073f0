"""What is kept of reads and changes. Rows are added, never changed or removed: triggers refuse it, and the chain tells.

No foreign key leads out of here: a record outlives the account and the row it names.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from backend.models import new_id


class ChainName(models.TextChoices):
    """The chains there are."""

    READS = "reads", "Every answer that held values in clear."
    CHANGES = "changes", "Every write."


class AuditChain(models.Model):
    """The head of a chain: what the next record is chained to. Whoever extends the chain holds this row's lock."""

    name = models.TextField(primary_key=True, choices=ChainName.choices)
    sequence = models.BigIntegerField()
    hash = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.name}:{self.sequence}"


class AuditRecord(models.Model):
    """Who did it, when and from where."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    at = models.DateTimeField()
    principal_kind = models.TextField()
    principal_id = models.UUIDField(null=True)
    roles = ArrayField(models.TextField())
    client = models.TextField()
    ip = models.TextField()
    request_id = models.TextField()
    operation = models.TextField()

    class Meta:
        abstract = True
        indexes = [
            models.Index(fields=["at", "id"], name="%(class)s_at"),
            models.Index(fields=["principal_id", "at", "id"], name="%(class)s_principal"),
            models.Index(fields=["request_id", "at", "id"], name="%(class)s_request"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class AuditRead(AuditRecord):
    """One answer that held values in clear. Chained as it is inserted."""

    document_hash = models.TextField()
    purpose = models.TextField()
    policy_version = models.TextField()
    sequence = models.BigIntegerField(unique=True)
    previous_hash = models.BinaryField()
    hash = models.BinaryField()


class AuditReadEntry(models.Model):
    """Rows of one type on which the same fields were answered in clear. The chain covers it as part of its read."""

    read = models.ForeignKey(AuditRead, models.PROTECT, related_name="entries", db_index=False)
    position = models.PositiveIntegerField()
    type = models.TextField()
    fields = ArrayField(models.TextField())
    categories = ArrayField(models.TextField())
    row_ids = ArrayField(models.UUIDField())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["read", "position"], name="auditreadentry_position")]
        # "Who looked at this customer" is `row_ids @> {key}`.
        indexes = [
            GinIndex(fields=["row_ids"], name="auditreadentry_rows"),
            GinIndex(fields=["fields", "categories"], name="auditreadentry_fields"),
            models.Index(fields=["type", "read"], name="auditreadentry_type"),
        ]

    def __str__(self) -> str:
        return f"{self.read_id}/{self.position}"


class AuditChange(AuditRecord):
    """One write: `changes` maps a field to its value before and after, a gated one to mask and fingerprint.

    Inserted by the writer's transaction, chained (`sequence` and the hashes set) a moment after its commit: ADR 15.
    """

    action = models.TextField()
    resource = models.TextField()
    row_id = models.UUIDField()
    changes = models.JSONField()
    correlation_id = models.UUIDField(null=True)
    sequence = models.BigIntegerField(null=True, unique=True)
    previous_hash = models.BinaryField(null=True)
    hash = models.BinaryField(null=True)

    class Meta(AuditRecord.Meta):
        indexes = [
            *AuditRecord.Meta.indexes,
            models.Index(fields=["row_id", "at", "id"], name="auditchange_row"),
            models.Index(fields=["resource", "at", "id"], name="auditchange_resource"),
            models.Index(fields=["action", "at", "id"], name="auditchange_action"),
            GinIndex(fields=["changes"], name="auditchange_fields"),
            models.Index(fields=["id"], name="auditchange_unchained", condition=models.Q(sequence=None)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(sequence=None, previous_hash=None, hash=None)
                | models.Q(sequence__isnull=False, previous_hash__isnull=False, hash__isnull=False),
                name="auditchange_chained_whole",
            )
        ]
