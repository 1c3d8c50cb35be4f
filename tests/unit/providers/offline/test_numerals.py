from decimal import Decimal

import pytest

from antiphon.providers.offline.numerals import counted, plain, with_digits


@pytest.mark.parametrize(
    ("words", "digits"),
    [
        ("zero", "0"),
        ("seventeen", "17"),
        ("twenty five", "25"),
        ("twenty five six", "25 6"),
        ("ten ten", "10 10"),
        ("one hundred and forty four", "144"),
        ("a hundred", "100"),
        ("a hundred and one miles", "101 miles"),
        ("nine hundred ninety nine", "999"),
        ("two thousand and five", "2005"),
        ("three million two hundred thousand", "3200000"),
        ("two point five", "2.5"),
        ("two point oh five", "2.05"),
        ("zero point two five liters", "0.25 liters"),
        ("ten minutes and thirty seconds", "10 minutes and 30 seconds"),
        ("five and six", "5 and 6"),
        ("the point is", "the point is"),
        ("a man and a hundred", "a man and 100"),
        ("what is twelve plus nine", "what is 12 plus 9"),
        ("", ""),
    ],
)
def test_spelled_numbers_become_digits(words: str, digits: str) -> None:
    assert " ".join(with_digits(words.split())) == digits


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("42", "42"),
        ("42.50", "42.5"),
        ("1E+3", "1000"),
        ("0.33333333", "0.3333"),
        ("-0", "0"),
        ("0.00000123456", "0.00000123"),
        ("-2.10", "-2.1"),
    ],
)
def test_numbers_are_written_plainly(value: str, text: str) -> None:
    assert plain(Decimal(value)) == text


def test_one_thing_is_singular() -> None:
    assert (counted(1, "note"), counted(0, "note"), counted(Decimal("1.5"), "minute")) == (
        "1 note",
        "0 notes",
        "1.5 minutes",
    )
