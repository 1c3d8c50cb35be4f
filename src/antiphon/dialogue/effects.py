"""Everything that can follow from what happens: one closed union of things to be done, in order, by the live session.

Owns that vocabulary alone.
"""

from dataclasses import dataclass
from typing import Literal

from antiphon.dialogue.items import Entry, Item

ShownState = Literal["listening", "thinking", "speaking"]
ToolState = Literal["running", "done", "failed", "cancelled"]

# To the model


@dataclass(frozen=True, slots=True)
class AddItem:
    """Put an item (typed text, a tool's output) into the model's context."""

    item: Item


@dataclass(frozen=True, slots=True)
class CreateResponse:
    """Let the model answer. ``history`` is complete and valid, for models that remember nothing themselves.

    ``prompt`` leads this one response; ``say`` is to be spoken word for word instead of asking the model.
    """

    response_id: str
    history: tuple[Item, ...]
    prompt: str | None = None
    say: str | None = None


@dataclass(frozen=True, slots=True)
class CancelResponse:
    response_id: str


@dataclass(frozen=True, slots=True)
class TruncateItem:
    """The model is to remember no more of this item than was heard; nothing at all of it when ``heard_ms`` is 0."""

    item_id: str
    heard_ms: int
    heard_text: str


# To playout and tools


@dataclass(frozen=True, slots=True)
class FlushPlayout:
    """Stop the sound of this item now."""

    item_id: str


@dataclass(frozen=True, slots=True)
class EndPlayout:
    """No more sound of this item will come."""

    item_id: str


@dataclass(frozen=True, slots=True)
class RunTool:
    call_id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class CancelTool:
    call_id: str


# To the people


@dataclass(frozen=True, slots=True)
class ShowState:
    state: ShownState


@dataclass(frozen=True, slots=True)
class ShowEntry:
    entry: Entry


@dataclass(frozen=True, slots=True)
class ShowTool:
    call_id: str
    name: str
    state: ToolState
    arguments: str
    output: str | None
    at: float


@dataclass(frozen=True, slots=True)
class ShowLatency:
    """One turn's waterfall, milliseconds after the person fell silent."""

    item_id: str
    turn_end_ms: float | None
    transcript_ms: float | None
    first_token_ms: float | None
    first_audio_ms: float | None


@dataclass(frozen=True, slots=True)
class ShowError:
    code: str
    message: str
    fatal: bool


Effect = (
    AddItem | CreateResponse | CancelResponse | TruncateItem | FlushPlayout | EndPlayout | RunTool | CancelTool
    | ShowState | ShowEntry | ShowTool | ShowLatency | ShowError
)  # fmt: skip
