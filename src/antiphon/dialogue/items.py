"""What a conversation is made of: the items a model is given, and the lines a person is shown. Values, nothing else."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class UserItem:
    """What a person said or typed. ``text`` is empty while its transcript is not known yet."""

    id: str
    text: str
    participant_id: str | None = None


@dataclass(frozen=True, slots=True)
class AgentItem:
    """What the agent said, as far as it was heard."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class ToolCallItem:
    """``arguments`` is JSON text."""

    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class ToolOutputItem:
    call_id: str
    output: str


@dataclass(frozen=True, slots=True)
class NoticeItem:
    """Something the model is told that nobody said: what became of a task. Models are given it as a system message."""

    id: str
    text: str


Item = UserItem | AgentItem | ToolCallItem | ToolOutputItem | NoticeItem


@dataclass(frozen=True, slots=True)
class Entry:
    """One line as people see it; partial and final versions share the id. ``at`` is in seconds, dialogue time.

    A final line without text withdraws what was shown under its id. ``text`` of an interrupted agent's line is what was
    heard; ``final`` is false while it may still change.
    """

    id: str
    role: Literal["user", "agent", "system"]
    text: str
    final: bool
    at: float
    participant_id: str | None = None
    heard_ms: int | None = None
    interrupted: bool = False
