"""Model fields that carry their classification, so whatever exposes the column inherits it.

`phone = TextField(sensitive=Sensitive(CONTACT_INFO, Mask.PHONE))`: the category and the mask are declared once, on the
data. `sensitive_of` is how every layer above reads them. `sensitive=None` is a decision too, that the column is plain:
what the graph exposes of free text, amounts and dates must be declared here (prism.E010).
"""

from typing import TYPE_CHECKING, Any

from django.db import models

from permissions.categories import Sensitive

if TYPE_CHECKING:
    # Django's fields are generic for the type checker only.
    _Text = models.TextField[Any, Any]
    _Decimal = models.DecimalField[Any, Any]
    _Date = models.DateField[Any, Any]
else:
    _Text, _Decimal, _Date = models.TextField, models.DecimalField, models.DateField


class Classified:
    """Adds `sensitive` to a model field. It is no part of the column, so migrations record the plain field."""

    def __init__(self, *args: Any, sensitive: Sensitive | None = None, **kwargs: Any) -> None:
        self.sensitive = sensitive
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Return Django's own field to the migrations: to classify a column changes nothing in the database."""
        name, _, args, kwargs = super().deconstruct()  # type: ignore[misc]
        return name, f"django.db.models.{type(self).__name__}", args, kwargs


class TextField(Classified, _Text):
    """Text of any length (PostgreSQL stores short and long text alike)."""


class DecimalField(Classified, _Decimal):
    """An exact decimal number."""


class DateField(Classified, _Date):
    """A calendar date."""


def sensitive_of(field: "models.Field[Any, Any]") -> Sensitive | None:
    """Return the classification declared on `field`, or None when the field is plain."""
    return getattr(field, "sensitive", None)
