"""Model fields that carry their classification, so whatever exposes the column inherits it.

`phone = TextField(sensitive=Sensitive(CONTACT_INFO, Mask.PHONE))`: the category and the mask are declared once, on the
data. `sensitive_of` is how every layer above reads them.
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


class _Classified:
    """Adds `sensitive` to a model field. It is no part of the column, so migrations do not record it."""

    def __init__(self, *args: Any, sensitive: Sensitive | None = None, **kwargs: Any) -> None:
        self.sensitive = sensitive
        super().__init__(*args, **kwargs)


class TextField(_Classified, _Text):
    """Text of any length (PostgreSQL stores short and long text alike)."""


class DecimalField(_Classified, _Decimal):
    """An exact decimal number."""


class DateField(_Classified, _Date):
    """A calendar date."""


def sensitive_of(field: "models.Field[Any, Any]") -> Sensitive | None:
    """Return the classification declared on `field`, or None when the field is plain."""
    return getattr(field, "sensitive", None)
