"""Placeholders of a plan: what a statement leaves open until a request binds it.

A slot stands in the statement's parameter list. The compiled SQL is shared by everybody with the same view; only bound
values differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from backend.vault.errors import NotStorable
from backend.vault.fields import Encrypted
from backend.vault.keyring import Keyring
from permissions.errors import ErrorCode
from permissions.principal import Principal, PrincipalValue
from schema.engine.cursors import CursorCodec, CursorKey
from schema.errors import ClientError


@dataclass(slots=True)
class Binding:
    """One request's values: who asks, the operation's coerced variables, and the keys a resolver named."""

    principal: Principal
    variables: Mapping[str, Any]
    codec: CursorCodec
    keyring: Keyring
    keys: Any = None
    _cursors: dict[tuple[str, CursorKey], tuple[str | None, ...]] = field(default_factory=dict)

    def cursor(self, text: str, key: CursorKey) -> tuple[str | None, ...]:
        """Return the values in a cursor, verified once per request."""
        known = self._cursors.get((text, key))
        if known is None:
            known = self._cursors[text, key] = self.codec.read(text, key)
        return known


class Slot(Protocol):
    """A value that is known once a request is."""

    def bind(self, binding: Binding) -> object:
        """Return the value for this request."""
        ...


@dataclass(frozen=True, slots=True)
class PrincipalSlot:
    """Something of the principal's: their key, their teams."""

    name: PrincipalValue

    def bind(self, binding: Binding) -> object:
        """Return the principal's value; a missing identity is NULL, which equals no row."""
        return binding.principal.value(self.name)


@dataclass(frozen=True, slots=True)
class KeySlot:
    """The primary key, or list of keys, that the resolver named."""

    def bind(self, binding: Binding) -> object:
        """Return the key or keys."""
        return binding.keys


@dataclass(frozen=True, slots=True)
class CursorSlot:
    """One value of a cursor, written in the document or passed as a variable."""

    literal: str | None
    variable: str | None
    key: CursorKey
    position: int

    def bind(self, binding: Binding) -> object:
        """Return the value, after the cursor's signature was checked."""
        text = self.literal if self.variable is None else binding.variables[self.variable]
        return binding.cursor(str(text), self.key)[self.position]


@dataclass(frozen=True, slots=True)
class IndexSlot:
    """The blind index of a value, or of each value of a list, as the column beside an encrypted one holds it."""

    value: Slot
    column: Encrypted

    def bind(self, binding: Binding) -> object:
        """Return the index or indexes.

        Raises: ClientError BAD_USER_INPUT for a value the column cannot hold.
        """
        given: Any = self.value.bind(binding)
        try:
            if isinstance(given, list):
                return [self.column.index_for(each, keys=binding.keyring) for each in given]
            return self.column.index_for(given, keys=binding.keyring)
        except NotStorable:
            message = "A value of the request cannot be compared here."
            raise ClientError(ErrorCode.BAD_USER_INPUT, message) from None
