"""What a tool may reach of the conversation it runs in: a narrow face, so that a tool never holds a session or a database."""

from collections.abc import Sequence
from dataclasses import dataclass
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
class ToolContext:
    """Given to every tool that has a parameter annotated ``ToolContext``; never part of the schema the model sees.

    ``now`` is the moment of the call in the server's local time zone, timezone-aware.
    """

    conversation_id: str
    now: datetime
    notes: Notes
    reminders: Reminders
