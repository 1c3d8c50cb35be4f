"""What a tool may reach of the conversation it runs in: a narrow face, so that a tool holds no session or database."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Note:
    """Something a person asked to be kept. ``created_at`` is timezone-aware."""

    id: int
    text: str
    created_at: datetime


class Notes(Protocol):
    """The agent's notes, kept over all its conversations."""

    async def add(self, text: str) -> Note: ...
    async def all(self) -> Sequence[Note]:
        """Oldest first."""
        ...

    async def clear(self) -> int:
        """Delete all; returns how many there were."""
        ...


@dataclass(frozen=True, slots=True)
class Reminder:
    """Words to be spoken into the call at ``due_at`` (timezone-aware wall time)."""

    id: str
    due_at: datetime
    text: str


class Reminders(Protocol):
    """What is to be said later in this conversation; survives a restart of the server."""

    async def add(self, after_seconds: float, text: str) -> Reminder: ...
    async def cancel(self, reminder_id: str) -> bool:
        """False when there is none, or it has been spoken."""
        ...

    def pending(self) -> Sequence[Reminder]:
        """Soonest first."""
        ...


@dataclass(frozen=True, slots=True)
class Task:
    """A call that runs in the background. ``arguments`` is JSON text."""

    call_id: str
    name: str
    arguments: str


class Tasks(Protocol):
    """What runs in the background of this conversation."""

    def running(self) -> Sequence[Task]:
        """Oldest first."""
        ...

    def cancel(self, call_id: str) -> None:
        """Stop it. What is not running is left as it is."""
        ...


class NoTasks:
    """Where nothing runs in the background, as inside a nested team."""

    def running(self) -> Sequence[Task]:
        return ()

    def cancel(self, call_id: str) -> None:
        """There is none."""


def no_progress(text: str) -> None:
    """Where nobody watches."""


@dataclass(frozen=True, slots=True)
class ToolContext:
    """Given to every tool that has a parameter annotated ``ToolContext``; never part of the schema the model sees.

    ``now`` is the moment of the call in the server's local time zone, timezone-aware. ``progress(text)`` shows people
    what the call is doing; call it as often as there is news, from any thread: the newest is shown, twice a second.
    """

    conversation_id: str
    now: datetime
    notes: Notes
    reminders: Reminders
    progress: Callable[[str], None] = no_progress
    tasks: Tasks = field(default_factory=NoTasks)
