"""Words to intents: a table of what people say and type."""

import pytest

from antiphon.providers.offline.intents import Ask, Intent, Remark, goes_on, is_bare, parse


def timer(seconds: float, label: str | None = None) -> Ask:
    return Ask("set_timer", {"seconds": seconds} if label is None else {"seconds": seconds, "label": label})


def total(expression: str) -> Ask:
    return Ask("calculate", {"expression": expression})


def units(value: float, source: str, target: str) -> Ask:
    return Ask("convert_units", {"value": value, "from_unit": source, "to_unit": target})


def note(text: str) -> Ask:
    return Ask("take_note", {"text": text})


TABLE: list[tuple[str, Intent | None]] = [
    ("what time is it", Ask("get_time")),
    ("What time is it, please?", Ask("get_time")),
    ("Can you tell me the time", Ask("get_time")),
    ("what day is it", Ask("get_date")),
    ("What’s today's date?", Ask("get_date")),
    ("set a timer for five minutes", timer(300)),
    ("Set a timer for 5 min.", timer(300)),
    ("set timer 90 seconds", timer(90)),
    ("set a ten minute timer", timer(600)),
    ("set a timer for an hour and a half", timer(5400)),
    ("start a timer for half an hour", timer(1800)),
    ("two and a half minutes", timer(150)),
    ("a minute and a half", timer(90)),
    ("set a timer for ten minutes and thirty seconds", timer(630)),
    ("set a timer for 1h30m", timer(5400)),
    ("twenty five minutes", timer(1500)),
    ("remind me in 5 minutes to stretch", timer(300, "stretch")),
    ("remind me to call home in two hours", timer(7200, "call home")),
    ("set a timer", Remark.TIMER_WANTED),
    ("how many timers are there", Ask("list_timers")),
    ("how long is left on my timer", Ask("list_timers")),
    ("cancel the timer", Ask("cancel_timers")),
    ("stop all my timers", Ask("cancel_timers")),
    ("what is seven times six", total("7 * 6")),
    ("what's 7 x 6", total("7 * 6")),
    ("7×6=", total("7 * 6")),
    ("(3+4)*2", total("(3+4)*2")),
    ("what is one hundred minus thirty five", total("100 - 35")),
    ("ten minus minus five", total("10 - -5")),
    ("eighty four divided by seven", total("84 / 7")),
    ("12.5 percent of 80", total("12.5 / 100 * 80")),
    ("12.5% of 80", total("12.5 / 100 * 80")),
    ("how much is three hundred and twenty one plus forty five", total("321 + 45")),
    ("what is 1,200 plus 3", total("1200 + 3")),
    ("what is two point five times four", total("2.5 * 4")),
    ("the square root of one hundred and forty four", total("sqrt(144)")),
    ("nine squared", total("9 ** 2")),
    ("2^10", total("2 ** 10")),
    ("convert ten miles to kilometers", units(10, "miles", "kilometers")),
    ("convert 10 mi to km", units(10, "miles", "kilometers")),
    ("20°C in °F", units(20, "degrees celsius", "degrees fahrenheit")),
    ("convert minus five degrees celsius to fahrenheit", units(-5, "degrees celsius", "degrees fahrenheit")),
    ("what is fifty kilograms in pounds", units(50, "kilograms", "pounds")),
    ("how many inches are in a foot", units(1, "feet", "inches")),
    ("how many ounces in five pounds", units(5, "pounds", "ounces")),
    ("take a note", Remark.NOTE_WANTED),
    ("Take a note: Buy Milk!", note("Buy Milk!")),
    ("take a note buy milk", note("buy milk")),
    ("remember to call Bob", note("call Bob")),
    ("read me my notes", Ask("read_notes")),
    ("delete all my notes", Remark.FORGET_WANTED),
    ("can you repeat that please", Remark.REPEAT),
    ("say that again", Remark.REPEAT),
    ("Help!", Remark.HELP),
    ("what can you do", Remark.HELP),
    ("hello there", Remark.HELLO),
    ("bye bye", Remark.GOODBYE),
    ("thanks a lot", Remark.THANKS),
    ("yes please", Remark.YES),
    ("no thanks", Remark.NO),
    ("stop please", Remark.STOP),
    ("the quick brown fox jumps over the lazy dog", None),
    ("convert love to hate", None),
    ("what is the meaning of life", None),
    ("42", None),
    ("1-800-555-0199 is the number", None),
    ("please", None),
    ("ah", None),
    ("a man", None),
    ("am", None),
    ("as a matter of fact", None),
    ("", None),
    ("?!", None),
]


@pytest.mark.parametrize(("words", "intent"), TABLE)
def test_words_mean(words: str, intent: Intent | None) -> None:
    assert parse(words) == intent


@pytest.mark.parametrize("words", ["set a timer", "what is five plus twenty", "five plus one hundred", "cancel"])
def test_a_command_that_may_go_on(words: str) -> None:
    assert goes_on(words)


@pytest.mark.parametrize("words", ["what time is it", "what is five plus twenty five", "cancel the timer", "help"])
def test_a_command_that_is_over(words: str) -> None:
    assert not goes_on(words)


def test_a_bare_number_has_no_word_of_command() -> None:
    assert is_bare("five plus two")
    assert is_bare("for five minutes")
    assert not is_bare("what is five plus two")
    assert not is_bare("help")


def test_hostile_text_is_answered_quickly() -> None:
    for words in ("1 minute " * 3000, "(" * 5000, "a and a half " * 2000, "please " * 5000, "minus " * 5000):
        parse(words)
