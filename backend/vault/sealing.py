"""From a field's values to the bytes of its column and back."""

import uuid
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldError, ValidationError
from django.db import models

from backend.fields import Classified
from backend.vault.blind_index import blind_index
from backend.vault.companion import SUFFIX
from backend.vault.envelope import DataKey, open_sealed, place, seal
from backend.vault.errors import NotStorable, SealBroken
from backend.vault.keyring import Keyring, keyring
from backend.vault.normalise import Normaliser
from backend.vault.sealed import Sealed
from permissions.categories import Sensitive

if TYPE_CHECKING:
    # Django's fields are generic for the type checker only.
    _Field = models.Field[Any, Any]
else:
    _Field = models.Field

Stored = bytes | memoryview | Sealed


class Sealing(Classified, _Field):
    """Seals, indexes and opens the values of one column; pure functions, apart from the keyring."""

    def __init__(
        self, *args: Any, sensitive: Sensitive | None = None, index: Normaliser | None = None, **kwargs: Any
    ) -> None:
        self.index = index
        super().__init__(*args, sensitive=sensitive, **kwargs)

    @property
    def companion(self) -> str:
        """The name of the column that indexes this one."""
        return f"{self.name}{SUFFIX}"

    @property
    def column_name(self) -> str:
        """The name of the column in the database: `table.column`."""
        return f"{self.model._meta.db_table}.{self.column}"

    @cached_property
    def place(self) -> bytes:
        """What binds a stored value to this column, before its row's key."""
        return place(self.model._meta.db_table, str(self.column))

    def seal_for(self, primary_key: uuid.UUID, value: Any, *, keys: Keyring | None = None) -> bytes | None:
        """Return what the row `primary_key` stores for a plaintext; None stays None.

        `keys`: another keyring than the process's own.

        Raises: NotStorable; KeyUnusable, KeyWrong, ProviderFailed.
        """
        if value is None:
            return None
        return self.seal_text(primary_key, self.text_of(value), data_key=(keys or keyring()).current)

    def seal_text(self, primary_key: uuid.UUID, text: str, *, data_key: DataKey) -> bytes:
        """Return what the row `primary_key` stores for a text that `text_of` or `open_text` gave.

        Raises: NotStorable.
        """
        try:
            return seal(text.encode(), data_key=data_key, associated_data=self.place + primary_key.bytes)
        except UnicodeEncodeError:
            # Without its cause: that holds the text.
            raise self._not_storable() from None

    def index_for(self, value: Any, *, keys: Keyring | None = None) -> bytes | None:
        """Return what the companion column stores for a plaintext; None where there is nothing to find.

        `keys`: another keyring than the process's own.

        Raises: NotStorable; KeyUnusable, KeyWrong, ProviderFailed.
        """
        if value is None or self.index is None:
            return None
        return blind_index(self.index(self.text_of(value)), key=(keys or keyring()).index_key(self.column_name))

    def open_text(self, primary_key: uuid.UUID, sealed: Stored, *, keys: Keyring | None = None) -> str:
        """Return a stored value as text: itself, an ISO date, a decimal number.

        `keys`: another keyring than the process's own.

        Raises: SealBroken, UnknownFormat, KeyMissing, KeyWrong.
        """
        try:
            place_of_row = self.place + primary_key.bytes
            return open_sealed(bytes(sealed), keyring=keys or keyring(), associated_data=place_of_row).decode()
        except SealBroken:
            raise SealBroken(f"A value of {self.column_name}") from None

    def open(self, primary_key: uuid.UUID, sealed: Stored) -> Any:
        """Return a stored value as Python has it. Raises: as `open_text`."""
        return self.of_text(self.open_text(primary_key, sealed))

    def text_of(self, value: Any) -> str:
        """Return the text that is sealed for a value.

        Raises: NotStorable.
        """
        if isinstance(value, Sealed) or hasattr(value, "resolve_expression"):
            raise FieldError(f"{self} seals values: not what is sealed already, nor what the database would compute.")
        try:
            return self._text(self.to_python(value))
        except (ValidationError, ArithmeticError):
            # Without its cause: Django's message repeats the value.
            raise self._not_storable() from None

    def _text(self, value: Any) -> str:
        return str(value)

    def of_text(self, text: str) -> Any:
        """Return the value that `text_of` made a text of."""
        return self.to_python(text)

    def _not_storable(self) -> NotStorable:
        return NotStorable(f"{self.column_name} cannot hold the value it was given.")

    def sealed_of(self, instance: Any) -> Sealed | None:
        """Return what the instance stores; a plaintext it was given is sealed now, once.

        Raises: SealBroken when it holds what was sealed for another row, besides what `seal_for` raises.
        """
        if self.attname not in instance.__dict__:
            instance.refresh_from_db(fields=[self.attname])
        value = instance.__dict__[self.attname]
        primary_key = instance._meta.pk.to_python(instance.pk)
        if isinstance(value, Sealed):
            # An instance that was given a new key would be stored and never open again.
            self.open_text(primary_key, value)
            return value
        stored = self.seal_for(primary_key, value)
        sealed = None if stored is None else Sealed(stored)
        instance.__dict__[self.attname] = sealed
        return sealed
