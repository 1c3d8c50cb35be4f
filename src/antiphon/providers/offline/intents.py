"""From words, spoken or typed, to what is wanted. Pure; shared by the recogniser's judgement and the brain."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import Enum

from antiphon.providers.offline.numerals import OPEN_ENDED, with_digits
from antiphon.providers.offline.units import UNITS


@dataclass(frozen=True, slots=True)
class Ask:
    """A tool that would do it."""

    tool: str
    arguments: Mapping[str, str | float] = field(default_factory=dict)


class Remark(Enum):
    """What needs no tool, or more words first (``*_WANTED``)."""

    HELLO = "hello"
    GOODBYE = "goodbye"
    THANKS = "thanks"
    YES = "yes"
    NO = "no"
    STOP = "stop"
    REPEAT = "repeat"
    HELP = "help"
    NOTE_WANTED = "note"
    TIMER_WANTED = "timer"
    FORGET_WANTED = "forget"


Intent = Ask | Remark

_POLITE = re.compile(r"^(?:(?:please|hey(?! there)|okay|so|(?:can|could|would|will) you)\s+)+|\s+please$")
_WHAT = r"(?:what is|what's|whats|how much is|calculate|compute|work out)"
_NUMBER = r"-?\d+(?:\.\d+)?"
_UNIT = "(" + "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True)) + ")"

_HALF = Decimal("0.5")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_AMOUNT = (
    rf"(half an? |{_NUMBER} ?|\ban? )((?<=\d )and a half )?(seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h)(?![a-z])"
)
_SPAN = re.sub(r"\((?!\?)", "(?:", _AMOUNT)
_DURATION = rf"({_SPAN}(?:(?: and)? ?{_SPAN})*(?: and a half)?)"

_OPERATORS: list[tuple[str, str]] = [
    (r"\bnegative |\bminus (?=\d)(?<!\d minus )", "-"),
    (rf"({_NUMBER}) ?(?:percent|%) of ({_NUMBER})", r"\1 / 100 * \2"),
    (rf"(?:the )?square root of ({_NUMBER})", r"sqrt(\1)"),
    (r" (?:multiplied by|times) | ?[×·] ?|(?<=[\d)]) ?x ?(?=[\d(-])", " * "),
    (r" divided by | over | ?÷ ?", " / "),
    (r" plus ", " + "),
    (r" minus | ?− ?", " - "),
    (r" to the power of |\^", " ** "),
    (r" squared\b", " ** 2"),
]  # fmt: skip

_REMARKS: dict[Remark, str] = {
    Remark.HELLO: r"(?:hello|hi|hey)(?: there)?|good (?:morning|afternoon|evening)",
    Remark.GOODBYE: r"goodbye|good bye|bye(?: bye)?|see you(?: later)?",
    Remark.THANKS: r"(?:thank you|thanks)(?: very much| a lot| so much)?",
    Remark.YES: r"yes|yeah|yep|sure|yes do it",
    Remark.NO: r"no|nope|no (?:thanks|thank you)",
    Remark.STOP: r"stop|okay|ok|cancel(?: that)?|never ?mind|be quiet|quiet|shut up",
    Remark.REPEAT: r"repeat(?: that)?|say (?:that|it) again|what did you (?:just )?say|pardon(?: me)?",
    Remark.HELP: r"help(?: me)?|what can you do|what can i (?:say|ask)(?: you)?|what do you do|wh(?:o|at) are you",
    Remark.NOTE_WANTED: r"(?:take|make|write|add)(?: down)? a note|note this down|new note",
    Remark.TIMER_WANTED: r"(?:set|start) (?:a|the) timer",
    Remark.FORGET_WANTED: r"(?:delete|clear|erase|remove)(?: all)?(?: of)?(?: my| the)? notes",
}

_SIMPLE: dict[str, str] = {
    "get_time": rf"what time is it(?: now)?|{_WHAT} the time(?: now)?|tell me the time|what time it is|time",
    "get_date": rf"what (?:day|date) is (?:it(?: today)?|today)|{_WHAT} (?:the|today's) date(?: today)?"
    r"|tell me the date|date",
    "list_timers": r"how many timers(?: are there| are set| are running| do i have)?"
    r"|(?:what|which) timers (?:are set|are running|do i have)|(?:list|show)(?: me)?(?: my)? timers"
    r"|how (?:long|much time) is left(?: on (?:the|my) timer)?|check (?:the|my) timers?",
    "cancel_timers": r"(?:cancel|stop|delete|clear|remove)(?: all)?(?: of)?(?: the| my)? timers?",
    "read_notes": r"(?:read|tell|show|list)(?: me)?(?: all)?(?: my| the)? notes|(?:what are|what's in) my notes",
}

_NOTE = re.compile(
    r"^\W*(?:please )?(?:(?:take|make|write|add)(?: down)? a note(?: that| saying| to)?|note(?: down)?(?: that)?"
    r"|remember(?: that| to))\b[\s:,-]*(?P<note>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)


def tidied(text: str) -> str:
    """Lower case, one space, no punctuation that says nothing, numbers in digits, no courtesies."""
    text = text.lower().replace("’", "'").replace("°", " °").replace("%", " percent ")
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    text = re.sub(r"[?!,;:\"=]|\.(?!\d)", " ", text)
    text = " ".join(with_digits(text.replace("square route", "square root").split()))
    before = ""
    while before != text:
        before, text = text, _POLITE.sub("", text).strip() or text
    return text


def parse(text: str) -> Intent | None:
    """What the words want; None when they are no command."""
    words = tidied(text)
    if not words:
        return None
    for remark, pattern in _REMARKS.items():
        if re.fullmatch(pattern, words):
            return remark
    for tool, pattern in _SIMPLE.items():
        if re.fullmatch(pattern, words):
            return Ask(tool)
    for attempt in _ATTEMPTS:
        intent = attempt(words)
        if intent is not None:
            return intent
    note = _NOTE.match(text)
    return Ask("take_note", {"text": note["note"].strip()}) if note else None


def goes_on(text: str) -> bool:
    """Whether a command that is whole already is often only the beginning of a longer one."""
    return parse(text) is Remark.TIMER_WANTED or text.rsplit(maxsplit=1)[-1] in OPEN_ENDED | {"cancel", "stop"}


def is_bare(text: str) -> bool:
    """Whether it begins with a number: no word of command."""
    return re.match(rf"(?:for |minus )*(?:{_NUMBER}|an?|half an?)\b", tidied(text)) is not None


def _timer(words: str) -> Ask | None:
    start = r"(?:(?:set|start)(?: me)?(?: an?)? timer(?: for| of)? ?|(?:timer )?for |timer )?"
    found = re.fullmatch(start + _DURATION, words)
    if found:
        return _timer_for(found[1])
    found = re.fullmatch(r"(?:set|start)(?: me)? an? (\d+ (?:second|minute|hour)) timer", words)
    if found:
        return _timer_for(found[1])
    for pattern in (rf"remind me in {_DURATION} (?:to|that|about) (.+)", rf"remind me in {_DURATION}"):
        found = re.fullmatch(pattern, words)
        if found:
            return _timer_for(found[1], *found.groups()[1:])
    found = re.fullmatch(rf"remind me to (.+) in {_DURATION}", words)
    return _timer_for(found[2], found[1]) if found else None


def _timer_for(duration: str, label: str | None = None) -> Ask:
    arguments: dict[str, str | float] = {"seconds": seconds(duration)}
    return Ask("set_timer", arguments if label is None else {**arguments, "label": label})


def seconds(duration: str) -> float:
    """How long "an hour and a half" or "2 minutes 30 seconds" is."""
    total, last = Decimal(0), 0
    for amount, half, unit in re.findall(_AMOUNT, duration):
        last = _SECONDS[unit[0]]
        count = _HALF if amount.startswith("half") else Decimal(1) if amount in ("a ", "an ") else Decimal(amount)
        total += (count + (_HALF if half else 0)) * last
    if duration.endswith("and a half"):
        total += _HALF * last
    return float(total)


def _conversion(words: str) -> Ask | None:
    amount = rf"((?:minus |negative )?{_NUMBER}|an?) ?"
    if found := re.fullmatch(rf"(?:convert|{_WHAT}|turn)? ?{amount}{_UNIT} (?:to|into|in) {_UNIT}", words):
        return _convert(found[1], found[2], found[3])
    if found := re.fullmatch(rf"how many {_UNIT} (?:(?:are|is)(?: there)? in|are|is|in) {amount}{_UNIT}", words):
        return _convert(found[2], found[3], found[1])
    return None


def _convert(amount: str, source: str, target: str) -> Ask:
    value = 1.0 if amount in ("a", "an") else float(re.sub("minus |negative ", "-", amount))
    return Ask("convert_units", {"value": value, "from_unit": UNITS[source].plural, "to_unit": UNITS[target].plural})


def _sum(words: str) -> Ask | None:
    found = re.fullmatch(rf"(?:{_WHAT} )?(.+)", words)
    expression = found[1] if found else ""
    for pattern, sign in _OPERATORS:
        expression = re.sub(pattern, sign, expression)
    expression = " ".join(expression.split())
    bare = expression.replace("sqrt", "")
    is_sum = re.fullmatch(r"[\d.+\-*/() ]+", bare) and re.search(r"\d", bare)
    if not is_sum or not (re.search(r"[\d)] ?[-+*/]", bare) or "sqrt" in expression):
        return None
    return Ask("calculate", {"expression": expression})


_ATTEMPTS: list[Callable[[str], Ask | None]] = [_timer, _conversion, _sum]
