"""Made-up numbers in the forms China uses: mobiles, ID numbers, credit codes, bank accounts; check digits hold."""

from backend.crm.seeding.dice import Dice

# The three digits that mobile numbers begin with, by carrier.
_MOBILE_PREFIXES = (
    *(
        "134",
        "135",
        "136",
        "137",
        "138",
        "139",
        "150",
        "151",
        "152",
        "157",
        "158",
        "159",
        "178",
        "182",
        "183",
        "187",
        "188",
    ),
    *("130", "131", "132", "155", "156", "166", "176", "185", "186"),
    *("133", "153", "177", "180", "181", "189", "191", "199"),
)
_ID_WEIGHTS = tuple(2 ** (17 - place) % 11 for place in range(17))
_ID_CHECKS = "10X98765432"
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = tuple(3**place % 31 for place in range(17))
_BANKS = ("622202", "621700", "622848", "621661", "622588", "622700")


def mobile(dice: Dice) -> str:
    """Return a Chinese mobile number in E.164."""
    return f"+86{dice.pick(_MOBILE_PREFIXES)}{dice.digits(8)}"


def landline(dice: Dice, area_code: str) -> str:
    """Return a Chinese office number in E.164: eight digits, as in all the larger cities."""
    return f"+86{area_code}{dice.pick('5678')}{dice.digits(7)}"


def id_number(dice: Dice, *, district: str, birthday: str) -> str:
    """Return an 18-digit resident ID number whose check digit is right (GB 11643: ISO 7064 MOD 11-2)."""
    body = f"{district}{birthday.replace('-', '')}{dice.digits(3)}"
    return body + id_check_digit(body)


def id_check_digit(body: str) -> str:
    """Return the check digit of an ID number's first 17 digits."""
    return _ID_CHECKS[sum(weight * int(digit) for weight, digit in zip(_ID_WEIGHTS, body, strict=True)) % 11]


def credit_code(dice: Dice, *, district: str) -> str:
    """Return a unified social credit code of a company whose check character is right (GB 32100)."""
    body = f"91{district}" + "".join(dice.pick(_CREDIT_ALPHABET) for _ in range(9))
    return body + credit_check_character(body)


def credit_check_character(body: str) -> str:
    """Return the check character of a credit code's first 17 characters."""
    places = map(_CREDIT_ALPHABET.index, body)
    return _CREDIT_ALPHABET[-sum(weight * place for weight, place in zip(_CREDIT_WEIGHTS, places, strict=True)) % 31]


def bank_account(dice: Dice) -> str:
    """Return a 19-digit bank card number whose last digit is right (Luhn)."""
    body = dice.pick(_BANKS) + dice.digits(12)
    return body + luhn_digit(body)


def luhn_digit(body: str) -> str:
    """Return the digit that completes `body` under Luhn's rule."""
    doubled = sum(divmod(2 * int(digit), 10)[0] + 2 * int(digit) % 10 for digit in body[::-2])
    return str(-(doubled + sum(map(int, body[-2::-2]))) % 10)
