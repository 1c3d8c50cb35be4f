"""Small matters of text: quoting what was heard, and writing so that a simple voice reads it well. Pure."""

import json
import re
from collections.abc import Mapping

_SPOKEN: list[tuple[str, str]] = [
    (r"\b(\d{1,2}):00 ?([AP])\.?M\b\.?", r"\1 \2 M"),
    (r"\b(\d{1,2}):0(\d) ?([AP])\.?M\b\.?", r"\1 oh \2 \3 M"),
    (r"\b(\d{1,2}):(\d\d) ?([AP])\.?M\b\.?", r"\1 \2 \3 M"),
    (r"°\s?C\b", " degrees Celsius"),
    (r"°\s?F\b", " degrees Fahrenheit"),
    (r"(?<=\d) ?%", " percent"),
    (r"(?<=\d) ?km\b", " kilometers"),
    (r"(?<=\d) ?kg\b", " kilograms"),
    (r"(?<=\d) ?(?:×|\*) ?(?=\d)", " times "),
    (r"(?<=\d) ?÷ ?(?=\d)", " divided by "),
    (r"(?<=\d),(?=\d{3}\b)", ""),
    (r"(?<![\w.])[-−](?=\d)", "minus "),
    (r"https?://\S+", "a link"),
    (r"[*_`#<>\[\]{}|~^\\]+", " "),
]


def spoken(text: str) -> str:
    """Text as it should be read aloud: times, units, signs and mark-up turned into words or left out."""
    ends = "." if re.search(r"[AP]\.?M\.$", text.strip()) else ""
    for pattern, words in _SPOKEN:
        text = re.sub(pattern, words, text)
    text = " ".join(text.split())
    return text + ends if ends and not text.endswith(".") else text


def quoted(text: str, words: int) -> str:
    """The first ``words`` words, in quotation marks."""
    said = text.split()
    return f'"{" ".join(said[:words])}{" ..." if len(said) > words else ""}"'


def arguments_json(arguments: Mapping[str, str | float]) -> str:
    """A tool's arguments as JSON text; whole numbers without a decimal point."""
    whole = {
        name: int(value) if isinstance(value, float) and value.is_integer() else value
        for name, value in arguments.items()
    }
    return json.dumps(whole, ensure_ascii=False)
