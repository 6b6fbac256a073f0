"""The masks, as functions of the clear value. The engine's SQL masks must agree with these; a test holds them to it."""

from collections.abc import Callable
from decimal import Decimal

from permissions.categories import Mask

_HOME_PREFIX = "+86"


def mask_phone(value: str) -> str:
    """Keep three leading and four trailing digits: +8613812341234 gives 138****1234."""
    national = value.removeprefix(_HOME_PREFIX)
    return f"{national[:3]}****{national[-4:]}" if len(national) >= 8 else "****"


def mask_email(value: str) -> str:
    """Keep the first character and the domain: li.wei@example.cn gives l***@example.cn."""
    at = value.find("@")
    return f"{value[0]}***{value[at:]}" if at > 0 else "***"


def mask_name(value: str) -> str:
    """Keep the first character: 张小明 gives 张**."""
    return f"{value[:1]}**"


def mask_id_number(value: str) -> str:
    """Keep the first and the last character of an identity number."""
    return f"{value[0]}{'*' * (len(value) - 2)}{value[-1]}" if len(value) >= 8 else "****"


def mask_bank_account(value: str) -> str:
    """Keep the last four digits."""
    return f"****{value[-4:]}" if len(value) >= 8 else "****"


def mask_text(value: str) -> str:
    """Keep the first character of free text; empty stays empty."""
    return f"{value[0]}***" if value else ""


def mask_amount(value: Decimal) -> Decimal:
    """Give the range bucket an amount lies in, as its bound nearer zero: 1,234,567.89 gives 1000000."""
    digits = len(str(int(abs(value))))
    unit = Decimal(10) ** (digits - 1)
    return int(value / unit) * unit


def mask_null(_value: object) -> None:
    """Give nothing."""


MASKS: dict[Mask, Callable[..., object]] = {
    Mask.PHONE: mask_phone,
    Mask.EMAIL: mask_email,
    Mask.NAME: mask_name,
    Mask.ID_NUMBER: mask_id_number,
    Mask.BANK_ACCOUNT: mask_bank_account,
    Mask.AMOUNT: mask_amount,
    Mask.TEXT: mask_text,
    Mask.NULL: mask_null,
}


def apply_mask(mask: Mask, value: object) -> object:
    """Return the redacted form of `value`; a missing value stays missing."""
    return None if value is None else MASKS[mask](value)
