import json

import pytest

from antiphon.providers.offline.wording import arguments_json, quoted, spoken


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("It is 3:05 PM.", "It is 3 oh 5 P M."),
        ("It is 12:00 AM.", "It is 12 A M."),
        ("It is 11:45 AM. Anything else?", "It is 11 45 A M Anything else?"),
        ("20°C is 68 °F", "20 degrees Celsius is 68 degrees Fahrenheit"),
        ("12.5% of 1,200", "12.5 percent of 1200"),
        ("10 km or 5kg", "10 kilometers or 5 kilograms"),
        ("7 × 6", "7 times 6"),
        ("-5 is below zero", "minus 5 is below zero"),
        ("well-known 2-3", "well-known 2-3"),
        ("**bold** `code`", "bold code"),
        ("see https://example.com/x?y=1 now", "see a link now"),
    ],
)
def test_text_is_written_for_reading_aloud(written: str, read: str) -> None:
    assert spoken(written) == read


def test_quotes_are_cut() -> None:
    assert quoted("one two three", 2) == '"one two ..."'
    assert quoted("one two", 2) == '"one two"'


def test_arguments_are_json_with_whole_numbers() -> None:
    assert json.loads(arguments_json({"seconds": 300.0, "label": "café"})) == {"seconds": 300, "label": "café"}
    assert arguments_json({"seconds": 300.0}) == '{"seconds": 300}'
