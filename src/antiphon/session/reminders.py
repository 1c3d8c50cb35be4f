"""A session's reminders as its tools see them. The dialogue owns them; this is its face in wall-clock time."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import uuid4

from antiphon.dialogue.dialogue import Dialogue
from antiphon.dialogue.events import ReminderCancelled, ReminderSet
from antiphon.tools.context import Reminder


class SessionReminders:
    """Fits ``tools.context.Reminders``. The dialogue's time is Unix seconds."""

    def __init__(
        self, dialogue: Dialogue, now: Callable[[], float], post: Callable[[ReminderSet | ReminderCancelled], None]
    ) -> None:
        self._dialogue, self._now, self._post = dialogue, now, post

    async def add(self, after_seconds: float, text: str) -> Reminder:
        due = self._now() + max(0.0, after_seconds)
        reminder = Reminder(f"rem_{uuid4().hex[:12]}", _wall(due), text)
        self._post(ReminderSet(reminder.id, due, text))
        return reminder

    async def cancel(self, reminder_id: str) -> bool:
        known = reminder_id in self._dialogue.reminders
        if known:
            self._post(ReminderCancelled(reminder_id))
        return known

    def pending(self) -> Sequence[Reminder]:
        waiting = sorted(self._dialogue.reminders.items(), key=lambda pair: pair[1][0])
        return [Reminder(key, _wall(due), text) for key, (due, text) in waiting]


def _wall(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds).astimezone()
