"""Field categories: the one label each field that is not plain carries where it is declared."""

from dataclasses import dataclass
from enum import StrEnum


class Category(StrEnum):
    """What kind of secret a field holds. A policy decides by category, never by lists of fields."""

    CONTACT_INFO = "contact_info"
    IDENTITY = "identity"
    FINANCIAL = "financial"
    COMMERCIAL = "commercial"
    INTERNAL = "internal"


class Mask(StrEnum):
    """How a value is redacted. Same type in, same type out; a mask that cannot keep the type gives null."""

    PHONE = "phone"
    EMAIL = "email"
    NAME = "name"
    ID_NUMBER = "id_number"
    BANK_ACCOUNT = "bank_account"
    AMOUNT = "amount"
    TEXT = "text"
    NULL = "null"


@dataclass(frozen=True, slots=True)
class Sensitive:
    """The classification of one field: its category, and the mask a principal sees who may not see it clear."""

    category: Category
    mask: Mask = Mask.NULL
