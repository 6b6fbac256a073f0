"""What an operator sets is used, or refused in one sentence."""

import pytest

from backend.environment import one_of, whole_number
from backend.errors import SetupError


def read() -> int:
    """Read the variable of these tests."""
    return whole_number("PRISM_TEST_NUMBER", 8, least=1, most=100)


@pytest.mark.parametrize(("text", "number"), [("", 8), (" ", 8), ("1", 1), (" 100 ", 100)])
def test_a_number_in_range_or_the_default(text: str, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRISM_TEST_NUMBER", text)
    assert read() == number


@pytest.mark.parametrize("text", ["0", "101", "-1", "1.5", "eight", "²", "९", "9" * 5000])
def test_anything_else_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRISM_TEST_NUMBER", text)
    with pytest.raises(SetupError, match=r"^PRISM_TEST_NUMBER must be a whole number from 1 to 100\.$"):
        read()


@pytest.mark.parametrize(("text", "word"), [("", "red"), (" ", "red"), ("red", "red"), (" blue ", "blue")])
def test_one_of_the_words_or_the_default(text: str, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRISM_TEST_WORD", text)
    assert one_of("PRISM_TEST_WORD", "red", ("red", "blue")) == word


@pytest.mark.parametrize("text", ["green", "RED", "red, blue"])
def test_another_word_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRISM_TEST_WORD", text)
    with pytest.raises(SetupError, match=r"^PRISM_TEST_WORD must be one of: red, blue\.$"):
        one_of("PRISM_TEST_WORD", "red", ("red", "blue"))
