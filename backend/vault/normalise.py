"""What a value is reduced to before its blind index is made: two ways to write one thing give one index."""

import unicodedata
from collections.abc import Callable
from enum import StrEnum
from re import compile as pattern

from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, parse

HOME_REGION = "CN"
# Already what it would become: most numbers here are Chinese mobiles, and reading one takes as long as ten digests.
_CHINESE_MOBILE = pattern(r"\+861[3-9][0-9]{9}")
_BETWEEN_PARTS = pattern(r"[\s\-‐-―−_.·]+")
# Three are the most that were ever seen to be needed; the bound is for what was not.
_MOST_STEPS = 10


class Normaliser(StrEnum):
    """How values of an indexed column are compared. Called with a text, it returns what all its spellings share."""

    PHONE = "phone"
    EMAIL = "email"
    ID_NUMBER = "id_number"
    CREDIT_CODE = "credit_code"
    BANK_ACCOUNT = "bank_account"
    TEXT = "text"

    def __call__(self, text: str) -> str:
        """Return the normal form of `text`, which is its own normal form. Never raises."""
        step = _STEPS[self]
        # Until nothing changes: lower case can undo NFKC, digits alone can be a number, a prefix can hide another.
        for _ in range(_MOST_STEPS):
            if (normal := step(text)) == text:
                break
            text = normal
        return text


def _phone(text: str) -> str:
    """Return E.164, with the extension if there is one; the digits alone of what is no phone number."""
    if _CHINESE_MOBILE.fullmatch(text):
        return text
    text = unicodedata.normalize("NFKC", text)
    try:
        number = parse(text, HOME_REGION)
    except NumberParseException:
        return "".join(str(unicodedata.digit(each)) for each in text if each.isdecimal())
    e164 = format_number(number, PhoneNumberFormat.E164)
    return f"{e164};ext={number.extension}" if number.extension else e164


def _email(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().lower()


def _code(text: str) -> str:
    """Return an ID number or a credit code: upper case, without what people put between groups."""
    return _BETWEEN_PARTS.sub("", unicodedata.normalize("NFKC", text)).upper()


def _bank_account(text: str) -> str:
    """Return the letters and digits alone; a Chinese account has digits only, an IBAN begins with letters."""
    return "".join(each for each in unicodedata.normalize("NFKC", text).upper() if each.isalnum())


def _text(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


_STEPS: dict[Normaliser, Callable[[str], str]] = {
    Normaliser.PHONE: _phone,
    Normaliser.EMAIL: _email,
    Normaliser.ID_NUMBER: _code,
    Normaliser.CREDIT_CODE: _code,
    Normaliser.BANK_ACCOUNT: _bank_account,
    Normaliser.TEXT: _text,
}
