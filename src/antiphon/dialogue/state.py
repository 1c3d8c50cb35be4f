"""Everything a dialogue knows, and the acts that several rules share: interrupt, ask, settle, show.

Owns no decisions of when: those are the rules in ``people``, ``model`` and ``machinery``.
"""

from collections import deque
from dataclasses import dataclass

from antiphon.dialogue.effects import (
    AddItem,
    CancelResponse,
    CancelTool,
    CreateResponse,
    Effect,
    FlushPlayout,
    ShowEntry,
    ShownState,
    ShowState,
    ShowTool,
    ToolState,
    TruncateItem,
)
from antiphon.dialogue.items import AgentItem, Entry, NoticeItem, ToolOutputItem
from antiphon.dialogue.latency import TurnLatency
from antiphon.dialogue.playback import Ledger, Spoken
from antiphon.dialogue.tool_calls import ToolCall, ToolCalls
from antiphon.dialogue.transcript import Transcript
from antiphon.dialogue.turns import AgentMove, AgentTurn, Person, Turns

CANCELLED_OUTPUT = "Cancelled: the person interrupted."

SHOWN: dict[AgentTurn, ShownState] = {
    AgentTurn.IDLE: "listening",
    AgentTurn.THINKING: "thinking",
    AgentTurn.SPEAKING: "speaking",
}


@dataclass(frozen=True, slots=True)
class Rules:
    """What the model does by itself, and how long each answer is waited for, in seconds.

    creates_responses: the model answers committed turns unasked. turn_s: from the end of a voice to its commit.
    start_s: from asking to the response's start. progress_s: between two signs of life of a response. cancel_s: from
    cancelling to its end. playback_s: beyond the length of the sound. apology: spoken when an answer fails; None: the
    error is only shown.
    """

    creates_responses: bool = False
    turn_s: float = 8.0
    start_s: float = 15.0
    progress_s: float = 30.0
    cancel_s: float = 3.0
    playback_s: float = 5.0
    apology: str | None = None


@dataclass(slots=True)
class Turn:
    """A user turn. ``worded``: its final words are known, which may be long after it is over."""

    item_id: str
    participant_id: str | None
    at: float
    text: str = ""
    worded: bool = False
    shown: bool = False
    stopped_at: float = 0.0


@dataclass(frozen=True, slots=True)
class Want:
    """Something the agent is to say as soon as it may. ``kind``: ``reply``, ``say``, ``prompt`` or ``notice``: what a
    notice tells is to be passed on."""

    kind: str
    text: str = ""
    reminder_id: str | None = None


@dataclass(slots=True)
class Response:
    """The one response that may be open. ``id`` is empty while a model that answers unasked has not begun.

    ``heard``: something of it has reached people.
    """

    id: str
    want: Want
    touched_at: float
    started: bool = False
    cancelled: bool = False
    heard: bool = False


class State:
    """The parts of a dialogue and what joins them. ``out`` collects the effects of the event being handled."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.turns = Turns()
        self.ledger = Ledger()
        self.tools = ToolCalls()
        self.transcript = Transcript()
        self.latency = TurnLatency()
        self.turn: Turn | None = None
        self.unworded: dict[str, Turn] = {}
        self.response: Response | None = None
        self.asked: Response | None = None
        """The latest response, open or not: what people may still be about to hear."""
        self.over: set[str] = set()
        """The ids of responses that are not to speak any more."""
        self.wants: deque[Want] = deque()
        self.unheard: Want | None = None
        """What was silenced before anybody heard of it."""
        self.reminders: dict[str, tuple[float, str]] = {}
        self.responses = self.notices = 0
        self.out: list[Effect] = []

    # What people see

    def show_agent(self, item: Spoken, final: bool) -> None:
        heard, cut = item.heard_ms if final else None, item.interrupted
        entry = Entry(item.item_id, "agent", item.heard_text(), final, item.at, heard_ms=heard, interrupted=cut)
        self.out.append(ShowEntry(entry))

    def show_user(self, turn: Turn, text: str, final: bool) -> None:
        turn.shown = True
        self.out.append(ShowEntry(Entry(turn.item_id, "user", text, final, turn.at, turn.participant_id)))

    def show_tool(self, call: ToolCall, state: ToolState, output: str | None) -> None:
        self.out.append(ShowTool(call.call_id, call.name, state, call.arguments, output, call.at))

    def move_agent(self, move: AgentMove) -> None:
        before = self.turns.agent
        self.turns.move_agent(move)
        if self.turns.agent is not before:
            self.out.append(ShowState(SHOWN[self.turns.agent]))

    # What is said

    def want(self, want: Want) -> None:
        """Replies are one: whatever is answered is answered together, before all else. So are notices, after it."""
        if want.kind in ("reply", "notice") and any(other.kind == want.kind for other in self.wants):
            return
        if want.kind == "reply":
            self.wants.appendleft(want)
        else:
            self.wants.append(want)

    def drop(self, *kinds: str) -> None:
        """These are not wanted any more."""
        self.wants = deque(want for want in self.wants if want.kind not in kinds)

    def recall(self, answered: bool) -> None:
        """What nobody heard of is wanted again; not a reply when another answer is under way."""
        want, self.unheard = self.unheard, None
        if want is not None and not (answered and want.kind == "reply"):
            self.want(want)

    def begin(self, response: Response) -> None:
        self.response = self.asked = response
        self.unheard = None
        self.move_agent(AgentMove.ASK)

    def end_response(self) -> None:
        if self.response is not None:
            self.over.add(self.response.id)
            self.response = None

    def ask_next(self, now: float) -> None:
        """Begin what is wanted, if it is nobody else's turn and what was heard before is settled."""
        if not self.wants or self.response is not None or self.tools.open or self.turns.person is not Person.SILENT:
            return
        if self.ledger.flushing():
            return
        if self.wants[0].kind != "reply" and self.turns.agent is not AgentTurn.IDLE:
            return
        want = self.wants.popleft()
        if want.kind == "reply":
            self.drop("notice")  # the history that is answered holds them
        else:
            self.latency.drop()
        self.responses += 1
        response = Response(f"resp_{self.responses}", want, now)
        self.begin(response)
        self.out.append(
            CreateResponse(
                response.id,
                self.transcript.history(),
                prompt=want.text if want.kind == "prompt" else None,
                say=want.text if want.kind == "say" else None,
            )
        )

    def rest(self) -> None:
        """All sound is out: think on while something is open, else it is the person's turn."""
        if self.ledger.open_items() or self.turns.agent is AgentTurn.IDLE:
            return
        if self.response is not None or self.tools.open or (self.wants and self.wants[0].kind == "reply"):
            if self.turns.agent is AgentTurn.SPEAKING:
                self.move_agent(AgentMove.RETHINK)
        else:
            self.move_agent(AgentMove.FINISH)

    def interrupt(self, now: float) -> None:
        """Stop everything the agent does but what runs in the background: its response, its tools, its sound."""
        if self.tools.open:
            self.unheard = Want("reply")
        elif self.turns.agent is not AgentTurn.IDLE and self.asked is not None and not self.asked.heard:
            self.unheard = self.asked.want
        self.latency.drop()
        response = self.response
        if response is not None and not response.cancelled:
            response.cancelled, response.touched_at = True, now
            if response.id:
                self.out.append(CancelResponse(response.id))
        for call in self.tools.cancel_all():
            self.out.append(CancelTool(call.call_id))
            self.settle_tool(call, CANCELLED_OUTPUT, "cancelled")
        for item in self.ledger.open_items():
            self.flush(item, now)
        if self.turns.agent is not AgentTurn.IDLE:
            self.move_agent(AgentMove.INTERRUPT)

    def give_up(self, now: float) -> None:
        """Nothing will be said any more. Reminders that nobody heard of are set again."""
        self.interrupt(now)
        self.end_response()
        for want in (self.unheard, *self.wants):
            if want is not None and want.reminder_id is not None:
                self.reminders[want.reminder_id] = (now, want.text)
        self.unheard = None
        self.wants.clear()

    def settle_tool(self, call: ToolCall, output: str, state: ToolState) -> None:
        self.answer_tool(call, output)
        self.show_tool(call, state, output)

    def answer_tool(self, call: ToolCall, output: str) -> None:
        """Give the model the call's output; people are shown nothing yet."""
        item = ToolOutputItem(call.call_id, output)
        self.transcript.output(item)
        self.out.append(AddItem(item))

    def notify(self, text: str) -> None:
        """Tell the model something that nobody said."""
        self.notices += 1
        item = NoticeItem(f"notice_{self.notices}", text)
        self.transcript.put(item)
        self.out.append(AddItem(item))

    # What was heard

    def taken(self, item_id: str) -> bool:
        """Does the id name something else already?"""
        return item_id in self.transcript or item_id in self.ledger.items

    def flush(self, item: Spoken, now: float) -> None:
        self.out.append(FlushPlayout(item.item_id))
        if self.ledger.flush(item, now):
            self.close(item)
        else:
            self.transcript.put(AgentItem(item.item_id, ""))  # it keeps its place

    def settle(self, item: Spoken) -> None:
        self.ledger.settle(item)
        self.close(item)

    def settle_all(self) -> None:
        """No more waiting for reports."""
        for item in self.ledger.flushing():
            self.settle(item)

    def close(self, item: Spoken) -> None:
        """Nothing about this item can change any more."""
        text = item.heard_text()
        if text or not item.interrupted:
            self.transcript.put(AgentItem(item.item_id, text))
        else:
            self.transcript.remove(item.item_id)
        if item.interrupted:
            self.out.append(TruncateItem(item.item_id, item.heard_ms, text))
        self.show_agent(item, final=True)
        self.ledger.forget_closed()
