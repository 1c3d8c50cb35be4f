"""The offline tools as a model calls them: JSON in, one sentence out."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from antiphon.errors import ToolError
from antiphon.providers.offline.tools import MAX_TIMERS, TOOLS, duration
from antiphon.tools.context import Note, Reminder, ToolContext

NOW = datetime(2026, 11, 20, 15, 5, tzinfo=UTC)


@dataclass
class ListNotes:
    kept: list[Note] = field(default_factory=list)

    async def add(self, text: str) -> Note:
        self.kept.append(Note(len(self.kept) + 1, text, NOW))
        return self.kept[-1]

    async def all(self) -> Sequence[Note]:
        return list(self.kept)

    async def clear(self) -> int:
        cleared, self.kept = len(self.kept), []
        return cleared


@dataclass
class ListReminders:
    waiting: list[Reminder] = field(default_factory=list)
    ids: count = field(default_factory=count)

    async def add(self, after_seconds: float, text: str) -> Reminder:
        self.waiting.append(Reminder(f"r{next(self.ids)}", NOW + timedelta(seconds=after_seconds), text))
        return self.waiting[-1]

    async def cancel(self, reminder_id: str) -> bool:
        before = len(self.waiting)
        self.waiting = [reminder for reminder in self.waiting if reminder.id != reminder_id]
        return len(self.waiting) < before

    def pending(self) -> Sequence[Reminder]:
        return sorted(self.waiting, key=lambda reminder: reminder.due_at)


@pytest.fixture
def context() -> ToolContext:
    return ToolContext("conv", NOW, ListNotes(), ListReminders())


async def call(context: ToolContext, name: str, **arguments: object) -> str:
    (found,) = [tool for tool in TOOLS if tool.name == name]
    return await found.call(json.dumps(arguments), context)


async def test_time_and_date(context: ToolContext) -> None:
    assert await call(context, "get_time") == "It is 3:05 PM."
    assert await call(context, "get_date") == "It is Friday, November 20, 2026."


@pytest.mark.parametrize(("hour", "said"), [(0, "12:05 AM"), (11, "11:05 AM"), (12, "12:05 PM"), (23, "11:05 PM")])
async def test_the_clock_has_twelve_hours(hour: int, said: str) -> None:
    moment = ToolContext("conv", NOW.replace(hour=hour), ListNotes(), ListReminders())
    assert said in await call(moment, "get_time")


async def test_a_timer_is_a_reminder_that_will_be_spoken(context: ToolContext) -> None:
    assert await call(context, "set_timer", seconds=300) == "Timer set for 5 minutes."
    assert await call(context, "set_timer", seconds=60, label="stretch") == "I will remind you in 1 minute."
    first, second = context.reminders.pending()
    assert (first.text, first.due_at) == ("Reminder: stretch.", NOW + timedelta(seconds=60))
    assert second.text == "Your timer for 5 minutes is done."
    assert await call(context, "list_timers") == "You have 2 timers. They have 1 minute; and 5 minutes left."
    assert await call(context, "cancel_timers") == "Cancelled 2 timers."
    assert await call(context, "list_timers") == "No timers are running."
    assert await call(context, "cancel_timers") == "No timers are running."


@pytest.mark.parametrize("seconds", [0, -5, 0.5, 90_000])
async def test_timers_have_bounds(context: ToolContext, seconds: float) -> None:
    with pytest.raises(ToolError, match="24 hours"):
        await call(context, "set_timer", seconds=seconds)


async def test_timers_do_not_pile_up(context: ToolContext) -> None:
    for _ in range(MAX_TIMERS):
        await call(context, "set_timer", seconds=60)
    with pytest.raises(ToolError, match="already"):
        await call(context, "set_timer", seconds=60)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (1, "1 second"),
        (90, "1 minute and 30 seconds"),
        (3600, "1 hour"),
        (5430, "1 hour, 30 minutes and 30 seconds"),
        (2.5, "2.5 seconds"),
        (0, "0 seconds"),
    ],
)
def test_durations_are_said(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("7 * 6", "7 times 6 is 42."),
        ("12.5 / 100 * 80", "12.5 percent of 80 is 10."),
        ("sqrt(144)", "The square root of 144 is 12."),
        ("9 ** 2", "9 squared is 81."),
        ("10 - -5", "10 minus minus 5 is 15."),
        ("10 / 3", "10 divided by 3 is 3.3333."),
        ("-5 + 2", "Minus 5 plus 2 is -3."),
    ],
)
async def test_sums_are_said(context: ToolContext, expression: str, said: str) -> None:
    assert await call(context, "calculate", expression=expression) == said


async def test_conversions_are_said(context: ToolContext) -> None:
    arguments = {"value": 10, "from_unit": "miles", "to_unit": "kilometers"}
    assert await call(context, "convert_units", **arguments) == "10 miles is 16.09 kilometers."
    arguments = {"value": 12, "from_unit": "in", "to_unit": "ft"}
    assert await call(context, "convert_units", **arguments) == "12 inches is 1 foot."


async def test_notes_are_kept_read_and_deleted(context: ToolContext) -> None:
    assert await call(context, "read_notes") == "You have no notes."
    assert await call(context, "take_note", text=" buy  milk. ") == "Noted: buy milk."
    assert await call(context, "read_notes") == "You have 1 note: buy milk."
    for number in range(6):
        await call(context, "take_note", text=f"note {number}")
    read = await call(context, "read_notes")
    assert read == "You have 7 notes; the newest 5 are: note 1; note 2; note 3; note 4; note 5."
    assert await call(context, "delete_notes") == "Deleted 7 notes."
    assert await call(context, "delete_notes") == "You have no notes."


async def test_an_empty_or_endless_note_is_refused(context: ToolContext) -> None:
    for text in ("  ", "x" * 2000):
        with pytest.raises(ToolError):
            await call(context, "take_note", text=text)


def test_every_tool_tells_a_model_what_it_is() -> None:
    for tool in TOOLS:
        assert tool.description
        assert all("description" in schema for schema in tool.parameters["properties"].values())
