"""The keys, wrapped: useless without the key-encryption key that wrapped them."""

from django.db import models
from django.db.models.functions import Now

from backend.vault.states import KeyState, Purpose


class DataKey(models.Model):
    """A wrapped key: one that seals values, or that of one column's blind index.

    Rows are never deleted, so that no id is given twice: a retired one keeps its row and loses its material.
    """

    key_id = models.PositiveIntegerField(primary_key=True)
    purpose = models.TextField(choices=Purpose.choices)
    column_name = models.TextField(default="", blank=True)
    state = models.TextField(choices=KeyState.choices)
    provider = models.TextField()
    wrapped = models.BinaryField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    replaced_at = models.DateTimeField(null=True)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["purpose", "column_name"], condition=models.Q(state=KeyState.ACTIVE), name="one_active_key"
            ),
            models.CheckConstraint(
                condition=models.Q(state=KeyState.RETIRED, wrapped=None)
                | (~models.Q(state=KeyState.RETIRED) & models.Q(wrapped__isnull=False)),
                name="only_retired_keys_are_gone",
            ),
            models.CheckConstraint(
                condition=models.Q(purpose=Purpose.DATA, column_name="")
                | (models.Q(purpose=Purpose.INDEX) & ~models.Q(column_name="")),
                name="index_keys_have_a_column",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key_id}: {self.purpose}, {self.state}"
