"""Tags people put on customers."""

from django.db import models

from backend.fields import TextField
from backend.models import Record


class Tag(Record):
    """A label the organisation puts on customers."""

    name = TextField(unique=True)
    color = TextField(default="#888888")

    def __str__(self) -> str:
        return str(self.name)


class Tagging(Record):
    """A tag on a customer."""

    customer = models.ForeignKey("crm.Customer", models.CASCADE, related_name="taggings", db_index=False)
    tag = models.ForeignKey(Tag, models.CASCADE, related_name="taggings")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "tag"], name="tag_once_per_customer")]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.tag_id}"
