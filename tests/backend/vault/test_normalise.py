"""Two ways to write one thing are one thing to a blind index."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, format_number, parse

from backend.vault.blind_index import blind_index, index_of
from backend.vault.errors import KeyLengthError
from backend.vault.keyring import Keyring
from backend.vault.normalise import Normaliser

# Printable text, digits in any script, and what people put between them.
WRITTEN = st.text(
    st.sampled_from("0123456789+-() .,;ext=转０１２３４５６７８９＋ー٠١٢٣²½abcXK") | st.characters(), max_size=40
)


def test_known_answer_of_the_index() -> None:
    # RFC 4231, test case 2's message and a key of 32 bytes; HMAC-SHA256 as `openssl dgst -mac HMAC` computes it.
    key = b"\x0b" * 32
    assert blind_index("Hi There", key=key).hex() == "198a607eb44bfbc69903a0f1cf2bbdc5"


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_an_index_key_has_32_bytes(length: int) -> None:
    with pytest.raises(KeyLengthError):
        blind_index("x", key=bytes(length))


@pytest.mark.parametrize(
    "written",
    [
        "13812341234",
        "138 1234 1234",
        "138-1234-1234",
        " 138\u00a01234\u30001234 ",
        "(138) 12341234",
        "+8613812341234",
        "+86 138 1234 1234",
        "+86-138-1234-1234",
        "＋86 138-1234-1234",
        "008613812341234",
        "0086 138 1234 1234",
        "86 13812341234",
        "１３８１２３４１２３４",
        "１３８－１２３４－１２３４",
        "013812341234",
        "tel:+86-138-1234-1234",
        "٠١٣٨١٢٣٤١٢٣٤",
    ],
)
def test_a_mobile_is_one_number_however_it_is_written(written: str) -> None:
    assert Normaliser.PHONE(written) == "+8613812341234"


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("010-6512 3456", "+861065123456"),
        ("(021) 5888-1234", "+862158881234"),
        ("021-58881234 ext. 12", "+862158881234;ext=12"),
        ("+44 20 7946 0018", "+442079460018"),
        ("+1 (415) 555-2671", "+14155552671"),
        ("unknown", ""),
        ("", ""),
        ("7", "7"),
        ("no. 7", "7"),
    ],
)
def test_other_numbers_and_no_numbers(written: str, normal: str) -> None:
    assert Normaliser.PHONE(written) == normal


@given(st.from_regex(r"\+861[3-9][0-9]{9}", fullmatch=True))
def test_the_short_way_for_chinese_mobiles_is_the_librarys(number: str) -> None:
    assert Normaliser.PHONE(number) == format_number(parse(number, "CN"), PhoneNumberFormat.E164) == number


@pytest.mark.parametrize("normaliser", Normaliser)
@given(text=WRITTEN)
@example(text="+999 1234567")
@example(text="+8600013812341234")
@example(text="1" * 260)
@example(text="ſ İ ǰ ẞ ﬃ \u0345")
@example(text="\ud800")
def test_a_normal_form_is_its_own(normaliser: Normaliser, text: str) -> None:
    normal = normaliser(text)
    assert normaliser(normal) == normal


@pytest.mark.parametrize(
    ("normaliser", "spellings"),
    [
        (Normaliser.EMAIL, ["li.wei@example.cn", " Li.Wei@Example.CN ", "ｌｉ．ｗｅｉ＠ｅｘａｍｐｌｅ．ｃｎ"]),
        (Normaliser.ID_NUMBER, ["11010519491231002X", "110105 19491231 002x", "１１０１０５１９４９１２３１００２Ｘ"]),
        (Normaliser.CREDIT_CODE, ["91350100M000100Y43", "91350100 m000100y43", "９１３５０１００Ｍ０００１００Ｙ４３"]),
        (
            Normaliser.BANK_ACCOUNT,
            ["6222021234567890123", "6222 0212-3456 7890 123", "６２２２０２１２３４５６７８９０１２３"],
        ),
        (Normaliser.TEXT, ["straße", " STRASSE ", "ＳＴＲＡＳＳＥ"]),
    ],
)
def test_spellings_of_one_thing(normaliser: Normaliser, spellings: list[str]) -> None:
    assert len({normaliser(each) for each in spellings}) == 1
    assert normaliser(f"{spellings[0]}7") != normaliser(spellings[0])


@pytest.mark.django_db
def test_an_index_is_made_of_the_normal_form_under_the_columns_own_key(keys: Keyring) -> None:
    name = "vault_people_person.email"
    expected = blind_index("li@x.cn", key=keys.index_key(name))
    assert index_of(name, " Li@X.cn") == expected
    assert index_of("vault_people_person.phone", "li@x.cn") != expected


@pytest.mark.parametrize("name", ["vault_people_person.note", "vault_people_person.name", "nothing.at_all", ""])
def test_a_column_without_an_index_has_none(name: str) -> None:
    with pytest.raises(LookupError, match="has a blind index"):
        index_of(name, "x")
