"""What the offline agent can do, as tools any model could use. Each answers in one short sentence fit to be spoken."""

import re
from datetime import datetime
from decimal import Decimal

from antiphon.errors import ToolError
from antiphon.providers.offline import units
from antiphon.providers.offline.calculator import evaluate
from antiphon.providers.offline.numerals import counted, plain
from antiphon.tools.context import ToolContext
from antiphon.tools.tool import tool

LONGEST_TIMER_S = 24 * 3600
MAX_TIMERS = 20
MAX_NOTE_CHARS = 1000
READ_NOTES = 5
"""Notes read aloud; of more, the newest."""


def clock(moment: datetime) -> str:
    """ "3:05 PM"."""
    return f"{moment.hour % 12 or 12}:{moment.minute:02d} {'AM' if moment.hour < 12 else 'PM'}"


def duration(seconds: float) -> str:
    """ "1 hour and 30 minutes"."""
    left = Decimal(str(round(seconds, 1)))
    parts = []
    for unit, length in (("hour", 3600), ("minute", 60)):
        if left >= length:
            parts.append(counted(int(left // length), unit))
            left %= length
    if left or not parts:
        parts.append(counted(left, "second"))
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


@tool
async def get_time(context: ToolContext) -> str:
    """Tell the time of day where the server is."""
    return f"It is {clock(context.now)}."


@tool
async def get_date(context: ToolContext) -> str:
    """Tell today's date and day of the week."""
    now = context.now
    return f"It is {now:%A}, {now:%B} {now.day}, {now.year}."


@tool
async def set_timer(seconds: float, context: ToolContext, label: str | None = None) -> str:
    """Set a timer that is spoken into the call when it is over.

    Args:
        seconds: how long from now, at most a day.
        label: what to remind the person of, if they said it.
    """
    if not 1 <= seconds <= LONGEST_TIMER_S:
        raise ToolError("I can set timers from one second to 24 hours.")
    if len(context.reminders.pending()) >= MAX_TIMERS:
        raise ToolError(f"You have {MAX_TIMERS} timers running already.")
    length = duration(seconds)
    await context.reminders.add(seconds, f"Reminder: {label}." if label else f"Your timer for {length} is done.")
    return f"I will remind you in {length}." if label else f"Timer set for {length}."


@tool
async def list_timers(context: ToolContext) -> str:
    """Say which timers are running and how long each has left."""
    pending = context.reminders.pending()
    if not pending:
        return "No timers are running."
    left = [duration(max(0, round((reminder.due_at - context.now).total_seconds()))) for reminder in pending]
    if len(left) == 1:
        return f"You have 1 timer, with {left[0]} left."
    return f"You have {len(left)} timers. They have {'; '.join(left[:-1])}; and {left[-1]} left."


@tool
async def cancel_timers(context: ToolContext) -> str:
    """Cancel all running timers."""
    cancelled = [await context.reminders.cancel(reminder.id) for reminder in context.reminders.pending()]
    done = sum(cancelled)
    return f"Cancelled {counted(done, 'timer')}." if done else "No timers are running."


@tool
async def calculate(expression: str) -> str:
    """Work out a sum.

    Args:
        expression: numbers, + - * / % **, brackets and sqrt(), for example "7 * 6".
    """
    return f"{_read_sum(expression)} is {plain(evaluate(expression))}."


def _read_sum(expression: str) -> str:
    """A sum as it is said."""
    said = re.sub(r"([\d.]+) / 100 \* ", r"\1 percent of ", expression)
    said = re.sub(r"sqrt\(([^()]*)\)", r"the square root of \1", said)
    said = re.sub(r" ?\*\* ?2\b", " squared", said)
    said = re.sub(r"(?<=[\d)])\s*-", " minus ", said)
    said = re.sub(r"-(?=\s*[\d(])", "minus ", said)
    for sign, word in (("**", "to the power of"), ("*", "times"), ("/", "divided by"), ("+", "plus"), ("%", "modulo")):
        said = said.replace(sign, f" {word} ")
    said = " ".join(said.split())
    return said[:1].upper() + said[1:]


@tool
async def convert_units(value: float, from_unit: str, to_unit: str) -> str:
    """Convert a length, weight, volume or temperature into another unit.

    Args:
        value: the amount to convert.
        from_unit: its unit, such as miles, kg or fahrenheit.
        to_unit: the unit wanted.
    """
    source, target = units.named(from_unit), units.named(to_unit)
    given = Decimal(str(value))
    result = units.convert(given, source, target)
    return f"{_measure(given, source)} is {_measure(result, target)}."


def _measure(value: Decimal, unit: units.Unit) -> str:
    amount = plain(value, places=2)
    return f"{amount} {unit.singular if amount == '1' else unit.plural}"


@tool
async def take_note(text: str, context: ToolContext) -> str:
    """Keep a note for later.

    Args:
        text: what to note, in the person's own words.
    """
    text = " ".join(text.split())
    if not text:
        raise ToolError("There was nothing to note.")
    if len(text) > MAX_NOTE_CHARS:
        raise ToolError(f"That note is too long; {MAX_NOTE_CHARS} characters fit.")
    note = await context.notes.add(text)
    return f"Noted: {note.text.rstrip('.')}."


@tool
async def read_notes(context: ToolContext) -> str:
    """Read the notes that were kept."""
    notes = await context.notes.all()
    if not notes:
        return "You have no notes."
    newest = [note.text.rstrip(".") for note in notes[-READ_NOTES:]]
    head = f"You have {counted(len(notes), 'note')}"
    return f"{head}{'' if len(newest) == len(notes) else f'; the newest {READ_NOTES} are'}: {'; '.join(newest)}."


@tool
async def delete_notes(context: ToolContext) -> str:
    """Delete all notes for good."""
    deleted = await context.notes.clear()
    return f"Deleted {counted(deleted, 'note')}." if deleted else "You have no notes."


TOOLS = (
    get_time, get_date, set_timer, list_timers, cancel_timers, calculate, convert_units, take_note, read_notes,
    delete_notes,
)  # fmt: skip
