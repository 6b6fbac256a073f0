"""Values as they are stored, and the model attribute that opens one when it is read."""

from base64 import b64encode
from typing import TYPE_CHECKING, Any

from django.db.models.query_utils import DeferredAttribute

if TYPE_CHECKING:
    from django.db import models


class Sealed:
    """A stored value: bytes that open only under their own row's key. Never shows what it holds."""

    __slots__ = ("stored",)

    def __init__(self, stored: bytes) -> None:
        self.stored = stored

    def __repr__(self) -> str:
        return "Sealed(…)"

    def __bytes__(self) -> bytes:
        return self.stored

    def __eq__(self, other: object) -> bool:
        return self.stored == other.stored if isinstance(other, Sealed) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.stored)

    def text(self) -> str:
        """Return the stored bytes as base64, for whoever can write text only."""
        return b64encode(self.stored).decode()


class OpeningAttribute(DeferredAttribute):
    """The attribute of an encrypted field: gives the plaintext, keeps what is stored.

    Invariant: an instance that came from the database holds no plaintext. Each access opens the value anew, so that
    what nobody reads is never opened, and what nobody changes is written back as it was.
    """

    field: "models.Field[Any, Any]"

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        """Return the plaintext. Raises: SealBroken, UnknownFormat, KeyMissing, KeyWrong."""
        value = super().__get__(instance, cls)
        if isinstance(value, Sealed):
            return self.field.open(instance._meta.pk.to_python(instance.pk), value)  # type: ignore[attr-defined]
        return value

    def __set__(self, instance: Any, value: Any) -> None:
        """Take a plaintext to be sealed when the instance is saved, or a stored value."""
        instance.__dict__[self.field.attname] = value
