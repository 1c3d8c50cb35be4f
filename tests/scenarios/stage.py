"""Where scenarios are told: a dialogue is given (time, event) pairs; deadlines in between expire on time."""

from collections.abc import Iterable
from typing import TypeVar

from antiphon.dialogue import effects as x
from antiphon.dialogue import events as e
from antiphon.dialogue.dialogue import Dialogue
from antiphon.dialogue.items import AgentItem, Entry, Item, NoticeItem, ToolCallItem, ToolOutputItem, UserItem
from antiphon.dialogue.state import Rules

T = TypeVar("T", bound=x.Effect)

SENTENCE = "one two three four five six seven eight nine ten"  # 48 characters; 4800 ms of sound: 100 ms a character


class Stage:
    """``at(t, event)`` returns what follows from the event; ``effects`` keeps all that ever followed, with its time."""

    def __init__(self, rules: Rules | None = None) -> None:
        self.dialogue = Dialogue(rules)
        self.effects: list[tuple[float, x.Effect]] = []

    def at(self, t: float, *events: e.Event) -> list[x.Effect]:
        self.wait(t)
        found = [effect for event in events for effect in self.dialogue.handle(event, t)]
        self.effects += [(t, effect) for effect in found]
        return found

    def wait(self, until: float) -> list[x.Effect]:
        """Let time pass with nothing happening but deadlines."""
        found: list[x.Effect] = []
        while (deadline := self.dialogue.deadline()) is not None and deadline[0] <= until:
            followed = self.dialogue.expire(deadline[0])
            self.effects += [(deadline[0], effect) for effect in followed]
            found += followed
        return found

    def says(self, t: float, text: str, item_id: str = "u1") -> list[x.Effect]:
        """A whole spoken turn that is committed at ``t``; the voice began a second before."""
        self.at(t - 1, e.SpeechStarted(item_id))
        self.at(t - 0.1, e.SpeechStopped(item_id, 300), e.UserTranscribed(item_id, text, True))
        return self.at(t, e.TurnCommitted(item_id))

    def answers(
        self, t: float, text: str, response_id: str = "resp_1", item_id: str = "a1", audio_ms: int | None = None
    ) -> list[x.Effect]:
        """The model speaks one item from ``t`` on; with ``audio_ms`` the response is complete, else still open."""
        found = self.at(
            t,
            e.ResponseStarted(response_id),
            e.AgentItemStarted(response_id, item_id),
            e.AgentText(response_id, item_id, text),
        )
        if audio_ms is not None:
            found += self.at(
                t, e.AgentSpeechEnded(response_id, item_id, audio_ms), e.ResponseEnded(response_id, "completed")
            )
        return found + self.at(t, e.PlaybackStarted(item_id))

    def all(self, kind: type[T]) -> list[T]:
        return of(kind, [effect for _, effect in self.effects])

    def remembered(self) -> list[str]:
        """The history in short: who, and what."""
        return in_short(self.dialogue.history())

    def lines(self) -> dict[str, Entry]:
        """What people see now: the latest version of each line that was not withdrawn."""
        latest = {effect.entry.id: effect.entry for effect in self.all(x.ShowEntry)}
        return {key: entry for key, entry in latest.items() if entry.text or not entry.final}


def of(kind: type[T], effects: list[x.Effect]) -> list[T]:
    return [effect for effect in effects if isinstance(effect, kind)]


def in_short(history: Iterable[Item]) -> list[str]:
    return [short(item) for item in history]


def short(item: Item) -> str:
    match item:
        case UserItem():
            return f"user: {item.text}"
        case AgentItem():
            return f"agent: {item.text}"
        case ToolCallItem():
            return f"call: {item.call_id}"
        case ToolOutputItem():
            return f"output: {item.call_id} {item.output}"
        case NoticeItem():
            return f"notice: {item.text}"


def speaking(audio_ms: int | None = 4800) -> Stage:
    """The agent began to speak at 10.0; ``audio_ms`` None: the response is still open."""
    stage = Stage()
    stage.says(9.0, "count to ten")
    stage.answers(10.0, SENTENCE, audio_ms=audio_ms)
    return stage
