"""Numbers between words and digits, both ways. Pure."""

from decimal import Decimal

_ONES = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
]  # fmt: skip
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SMALL = {word: value for value, word in enumerate(_ONES)} | {
    word: 10 * value for value, word in enumerate(_TENS, start=2)
}
_SCALES = {"thousand": 1_000, "million": 1_000_000}
OPEN_ENDED = frozenset({*_TENS, "hundred", "thousand", "million", "point"})
"""A number that ends in one of these is often not over."""


def with_digits(words: list[str]) -> list[str]:
    """The words with every spelled number written in digits: "twenty five point two" becomes "25.2"."""
    result: list[str] = []
    at = 0
    while at < len(words):
        value, after = _number(words, at)
        result.append(words[at] if value is None else value)
        at = after
    return result


def _number(words: list[str], at: int) -> tuple[str | None, int]:
    """The number that begins at ``at`` and the place after it; None and the next place when none begins there."""
    start, total, group = at, 0, 0
    while at < len(words):
        word = words[at]
        following = words[at + 1] if at + 1 < len(words) else ""
        if word in _SMALL and _fits(group, _SMALL[word], fresh=at == start or words[at - 1] in _SCALES):
            group += _SMALL[word]
        elif word == "a" and at == start and following in ("hundred", *_SCALES):
            group = 1
        elif word == "hundred" and 0 < group < 10:
            group *= 100
        elif word in _SCALES and group:
            total, group = total + group * _SCALES[word], 0
        elif not (word == "and" and at > start and words[at - 1] in ("hundred", *_SCALES) and following in _SMALL):
            break
        at += 1
    if at == start:
        return None, start + 1
    digits = str(total + group)
    if at + 1 < len(words) and words[at] == "point" and _decimal(words[at + 1]) is not None:
        digits, at = digits + ".", at + 1
        while at < len(words) and (digit := _decimal(words[at])) is not None:
            digits, at = digits + digit, at + 1
    return digits, at


def _fits(group: int, value: int, *, fresh: bool) -> bool:
    """Whether ``value`` goes on with what has been said: "twenty" takes "five", "twenty five" takes nothing."""
    if group == 0:
        return fresh or value > 0
    return (0 < value < 10 and group % 100 >= 20 and group % 10 == 0) or group % 100 == 0


def _decimal(word: str) -> str | None:
    value = 0 if word == "oh" else _SMALL.get(word, 10)
    return str(value) if value < 10 else None


def plain(value: Decimal, places: int = 4) -> str:
    """A number as a person writes it: no exponent, no trailing zeros, ``places`` decimals at most."""
    rounded = round(value, places) or round(value, 2 - value.adjusted())  # a tiny one keeps three figures
    text = f"{rounded + 0:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def counted(number: Decimal | int, unit: str) -> str:
    """ "1 minute", "5 minutes": ``unit`` is the singular."""
    text = plain(Decimal(number))
    return f"{text} {unit}" if text == "1" else f"{text} {unit}s"
