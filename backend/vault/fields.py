"""Model fields whose column holds sealed values.

`phone = EncryptedTextField(sensitive=Sensitive(CONTACT_INFO, Mask.PHONE), index=Normaliser.PHONE)`: an attribute of
plain text to Python, ciphertext to the database, and `phone_index` beside it to be found by.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from django.core import checks
from django.core.exceptions import FieldError, ValidationError
from django.db import models
from django.db.backends.utils import format_number

from backend.vault.companion import BlindIndexField
from backend.vault.saving import refuse_half_an_update, save_companions
from backend.vault.sealed import OpeningAttribute, Sealed
from backend.vault.sealing import Sealing

if TYPE_CHECKING:
    # Django's fields are generic for the type checker only.
    _Text = models.TextField[Any, Any]
    _Decimal = models.DecimalField[Any, Any]
    _Date = models.DateField[Any, Any]
else:
    _Text, _Decimal, _Date = models.TextField, models.DecimalField, models.DateField


class Encrypted(Sealing):
    """What the encrypted fields share.

    Invariant: only a Sealed value, or NULL, reaches the database. Plaintext becomes one in `pre_save`, where the row's
    key is known; every other way into a statement refuses it.
    """

    empty_strings_allowed = False
    descriptor_class = OpeningAttribute
    non_db_attrs = (*models.Field.non_db_attrs, "index")

    def contribute_to_class(self, cls: type[models.Model], name: str, *args: Any, **kwargs: Any) -> None:
        """Join a model, and bring the companion along."""
        super().contribute_to_class(cls, name, *args, **kwargs)
        self.__dict__.pop("place", None)
        if self.index is not None:
            # The models that migrations make up list the companion themselves.
            if cls.__module__ != "__fake__" and self.companion not in cls.__dict__:
                cls.add_to_class(self.companion, BlindIndexField())
            save_companions(cls)

    def deconstruct(self) -> Any:
        """Return what migrations record. A default is given to instances by Python: the column can have none."""
        name, _, args, kwargs = super().deconstruct()
        kwargs.pop("default", None)
        if self.index is not None:
            kwargs["index"] = self.index
        return name, f"{type(self).__module__}.{type(self).__qualname__}", args, kwargs

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        """Check what Django checks, and that a row has a key to seal for."""
        return [*super().check(**kwargs), *self._check_key(), *self._check_options()]

    def _check_key(self) -> list[checks.CheckMessage]:
        key = self.model._meta.pk
        while key is not None and key.remote_field is not None:
            key = key.remote_field.model._meta.pk
        if isinstance(key, models.UUIDField):
            return []
        hint = "Derive the model from backend.models.Record."
        return [checks.Error(f"{self} needs a row key that is a UUID.", hint=hint, obj=self, id="prism.E023")]

    def _check_options(self) -> list[checks.CheckMessage]:
        if not (self.unique or getattr(self, "db_index", False) or self.has_db_default()):
            return []
        message = f"{self} cannot be unique, indexed, or have a default in the database: no two seals are equal."
        hint = "Give it `index=`, and put the constraint on the companion column."
        return [checks.Error(message, hint=hint, obj=self, id="prism.E024")]

    def get_internal_type(self) -> str:
        """Return the field whose column this one has: bytea."""
        return "BinaryField"

    def from_db_value(self, value: bytes | None, _expression: Any, _connection: Any) -> Sealed | None:
        """Return what was read, unopened."""
        return None if value is None else Sealed(value)

    def pre_save(self, model_instance: Any, add: bool) -> Any:  # noqa: ARG002  Django names it
        """Return what is to be stored."""
        return self.sealed_of(model_instance)

    def get_prep_value(self, value: Any) -> Any:
        """Return `value`: it is prepared where the row's key is known."""
        return value

    def get_db_prep_value(self, value: Any, *_connection: Any, **_options: Any) -> Any:
        """Return the bytes of a Sealed value.

        Raises: FieldError for anything else.
        """
        if value is None or isinstance(value, Sealed):
            return value and value.stored
        raise FieldError(
            f"{self} is encrypted for each row apart: assign and save() each object. update(), bulk_update() and "
            "loaddata cannot."
        )

    def get_db_prep_save(self, value: Any, *_connection: Any, **_options: Any) -> Any:
        """Return the bytes of a Sealed value. Raises: FieldError, also for what the database would compute."""
        return self.get_db_prep_value(value)

    def get_placeholder(self, _value: Any, compiler: Any, _connection: Any) -> str:
        """Return the placeholder of a statement that writes the index, too. Raises: FieldError."""
        refuse_half_an_update(self, compiler.query)
        return "%s"

    def get_lookup(self, lookup_name: str) -> Any:
        """Return `isnull`, all that can be asked of a column whose equal values differ.

        Raises: FieldError.
        """
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        way = f"filter by {self.companion}" if self.index is not None else "it has no blind index"
        raise FieldError(f"{self} is encrypted and cannot be filtered by: {way}.")

    def get_transform(self, lookup_name: str) -> None:
        """Return nothing: there is nothing to be made of a sealed value in the database."""

    def value_from_object(self, obj: models.Model) -> Any:
        """Return the value as forms and serializers see it: sealed."""
        return self.sealed_of(obj)

    def value_to_string(self, obj: models.Model) -> str:
        """Return the stored bytes in base64: a dump holds nothing in clear, and is no way to move rows."""
        sealed = self.sealed_of(obj)
        return "" if sealed is None else sealed.text()

    def to_python(self, value: Any) -> Any:
        """Return `value` as Python has it. Raises: ValidationError, whose message does not repeat the value."""
        convert = cast("Callable[[Any], Any]", super().to_python)
        try:
            return convert(value)
        except ValidationError as error:
            raise ValidationError("Enter a valid value.", code=error.code) from None


class EncryptedTextField(Encrypted, _Text):
    """Text, sealed. Its length can be seen."""


class EncryptedDateField(Encrypted, _Date):
    """A calendar date, sealed as ISO 8601."""

    def _text(self, value: date) -> str:
        return value.isoformat()


class EncryptedDecimalField(Encrypted, _Decimal):
    """An exact decimal number, sealed as its digits: `max_digits` and `decimal_places` hold as for a plain one."""

    def _text(self, value: Decimal) -> str:
        return str(format_number(value, self.max_digits, self.decimal_places))
