"""What a model is told of a served conversation: the protocol's items as the dialogue's own.

Owns that translation alone: which words stand for which item, where our own tools' calls lie among them. Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from antiphon.dialogue.items import AgentItem, Item, NoticeItem, ToolCallItem, ToolOutputItem, UserItem
from antiphon.dialogue.playback import Spoken
from antiphon.dialogue.transcript import Transcript
from antiphon.wire.openai.items import (
    FunctionCall,
    FunctionCallOutput,
    InputAudio,
    InputText,
    Message,
    OutputAudio,
    OutputText,
    Part,
    StoredItem,
)


@dataclass(slots=True)
class Memory:
    """What the protocol's items do not say: calls of our own tools, by the item they came after, and how the words of
    a spoken item lie in its sound."""

    calls: dict[str | None, list[tuple[ToolCallItem, ToolOutputItem]]] = field(default_factory=dict)
    spoken: dict[str, Spoken] = field(default_factory=dict)

    def called(self, after: str | None, call: ToolCallItem, output: ToolOutputItem) -> None:
        self.calls.setdefault(after, []).append((call, output))

    def truncated(self, item_id: str, heard_ms: int) -> None:
        """No more than that was heard of it."""
        spoken = self.spoken.get(item_id)
        if spoken is not None:
            spoken.interrupted, spoken.heard_ms = True, heard_ms

    def forget(self, item_id: str) -> None:
        self.calls.pop(item_id, None)
        self.spoken.pop(item_id, None)


def history(context: Iterable[StoredItem], memory: Memory) -> tuple[Item, ...]:
    """Valid for any model: no empty words, no call without its output, no output without its call."""
    told = Transcript()
    _recall(told, memory.calls, None)
    for place, item in enumerate(context):
        item_id = item.id or f"input_{place}"
        match item:
            case Message(role="user"):
                told.put(UserItem(item_id, words(item)))
            case Message(role="system"):
                told.put(NoticeItem(item_id, words(item)))
            case Message(role="assistant"):
                told.put(AgentItem(item_id, _heard(item, memory.spoken.get(item_id))))
            case FunctionCall():
                told.call(ToolCallItem(item.call_id or item_id, item.name, item.arguments))
            case FunctionCallOutput():
                told.output(ToolOutputItem(item.call_id, item.output))
            case _:
                pass  # MCP items: no agent behind this server has made or seen one
        _recall(told, memory.calls, item.id)
    return told.history()


def words(message: Message) -> str:
    """What a message says; empty where it is sound that nobody understood."""
    return " ".join(text for text in map(_text, message.content) if text)


def unheard_question(context: Sequence[StoredItem]) -> bool:
    """Whether what is to be answered is sound in which no words were understood."""
    last = context[-1] if context else None
    return (
        isinstance(last, Message)
        and last.role == "user"
        and any(isinstance(part, InputAudio) for part in last.content)
        and not words(last)
    )


def _text(part: Part) -> str:
    match part:
        case InputText() | OutputText():
            return part.text
        case InputAudio() | OutputAudio():
            return part.transcript or ""
        case _:
            return ""


def _heard(message: Message, spoken: Spoken | None) -> str:
    return spoken.heard_text() if spoken is not None and spoken.interrupted else words(message)


def _recall(
    told: Transcript, calls: Mapping[str | None, list[tuple[ToolCallItem, ToolOutputItem]]], after: str | None
) -> None:
    for call, output in calls.get(after, ()):
        told.call(call)
        told.output(output)
