"""Watches a world from outside and notes every fault it sees, by the name of the property that is broken."""

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from antiphon.dialogue import effects as x
from antiphon.dialogue import events as e
from antiphon.dialogue.items import AgentItem, Item, NoticeItem, ToolCallItem, ToolOutputItem, UserItem
from antiphon.dialogue.turns import AgentTurn, Person

if TYPE_CHECKING:
    from tests.scenarios.world import Record, World


def invalid(history: Iterable[Item]) -> str | None:
    """Why a history could be refused by a model, or None."""
    calls: dict[str, bool] = {}
    seen: set[str] = set()
    for item in history:
        match item:
            case UserItem(id=item_id, text=text) | AgentItem(id=item_id, text=text) | NoticeItem(item_id, text):
                if item_id in seen or not text.strip():
                    return f"twice or empty: {item}"
                seen.add(item_id)
            case ToolCallItem():
                if item.call_id in calls:
                    return f"called twice: {item}"
                calls[item.call_id] = False
            case ToolOutputItem():
                if calls.get(item.call_id) is not False:
                    return f"no open call: {item}"
                calls[item.call_id] = True
    return None if all(calls.values()) else f"open: {calls}"


class Monitor:
    def __init__(self, world: "World") -> None:
        self.world = world
        self.faults: dict[str, list[str]] = defaultdict(list)
        self.order: dict[str, int] = {}
        self.created: dict[str, float] = {}
        self.open: dict[str, float | None] = {}
        """Responses asked for by the dialogue that have not ended: since when they are cancelled."""
        self.silenced: set[str] = set()
        self.tools: dict[str, list[str]] = defaultdict(list)
        self.background: set[str] = set()
        self.entries: dict[str, bool] = {}
        self._last: tuple[Item, ...] = ()

    def fault(self, name: str, message: str) -> None:
        self.faults[name].append(f"{self.world.now:.3f}: {message}")

    def look(self, record: "Record") -> None:
        self._stale(record)
        self._note(record.event)
        for effect in record.effects:
            self._follow(effect)
        self._history()
        self._waited_for()

    def _note(self, event: e.Event) -> None:
        match event:
            case e.TurnCommitted(item_id) | e.TextTyped(item_id=item_id) | e.AgentText(item_id=item_id):
                self.order.setdefault(item_id, len(self.order))
            case e.ToolCalled(call_id=call_id):
                self.order.setdefault(call_id, len(self.order))
                self.background |= {call_id} if event.background else set()
            case e.ResponseStarted(response_id) if response_id not in self.created:
                # A model has one answer at a time: one of its own means that what was cancelled is no more.
                self.open = {key: since for key, since in self.open.items() if since is None}
            case e.ResponseEnded(response_id):
                self.open.pop(response_id, None)
                self.silenced.add(response_id)

    def _follow(self, effect: x.Effect) -> None:
        now, world = self.world.now, self.world
        match effect:
            case x.CreateResponse():
                busy = [
                    key
                    for key, since in self.open.items()
                    if since is None or now < since + world.rules.cancel_s - 1e-6
                ]
                if busy or effect.response_id in self.created:
                    self.fault("one response", f"{effect.response_id} while {busy}")
                if world.dialogue.person is not Person.SILENT or self.waited_tools():
                    self.fault("one response", f"{effect.response_id} when it is not its turn")
                if (why := invalid(effect.history)) is not None:
                    self.fault("valid history", why)
                self.created[effect.response_id], self.open[effect.response_id] = now, None
            case x.CancelResponse(response_id):
                self.silenced.add(response_id)
                if response_id in self.open and self.open[response_id] is None:
                    self.open[response_id] = now
            case x.ShowEntry(entry):
                self.entries[entry.id] = entry.final
            case x.AddItem(NoticeItem() as notice):
                self.order.setdefault(notice.id, len(self.order))
            case x.ShowTool():
                self.tools[effect.call_id].append(effect.state)
            case x.TruncateItem():
                sound = world.playout.sounds[effect.item_id]
                claimed = (
                    max(sound.reported.values(), default=0) if sound.word_lost else 0
                )  # nobody knows what was sent
                if not 0 <= effect.heard_ms <= max(sound.made_ms(now), sound.played_ms(now), claimed):
                    self.fault("truncation", f"{effect} of {sound}")

    def running(self) -> set[str]:
        return {call_id for call_id, states in self.tools.items() if states[-1] == "running"}

    def waited_tools(self) -> set[str]:
        return self.running() - self.background

    def _stale(self, record: "Record") -> None:
        """What belongs to something that is over changes nothing."""
        match record.event:
            case e.AgentItemStarted(response_id=response_id) if response_id in self.silenced:
                allowed: tuple[type, ...] = (x.FlushPlayout,)
            case (
                e.AgentText(response_id=response_id)
                | e.SpeechMarked(response_id=response_id)
                | e.AgentSpeechEnded(response_id=response_id)
            ) if response_id in self.silenced:
                allowed = ()
            case e.ToolCalled(response_id=response_id) if response_id in self.silenced:
                allowed = (x.AddItem,)
            case (
                e.ToolSettled(call_id=call_id)
                | e.ToolProgressed(call_id=call_id)
                | e.ToolCancelRequested(call_id=call_id)
            ) if call_id not in self.running():
                allowed = ()
            case e.PlaybackReported(item_id=item_id) if self.entries.get(item_id):
                allowed = ()
            case e.UserTranscribed(item_id=item_id):
                if any(not isinstance(effect, x.ShowEntry) or effect.entry.id != item_id for effect in record.effects):
                    self.fault("stale", f"{record}")
                return
            case _:
                return
        if any(not isinstance(effect, allowed) for effect in record.effects):
            self.fault("stale", f"{record}")

    def _history(self) -> None:
        history = self.world.dialogue.history()
        if history is self._last:
            return
        self._last = history
        if (why := invalid(history)) is not None:
            self.fault("valid history", why)
        places = [
            self.order[item.call_id if isinstance(item, ToolCallItem) else item.id]
            for item in history
            if not isinstance(item, ToolOutputItem)
        ]
        if places != sorted(places):
            self.fault("valid history", f"order {history}")
        for item in history:
            if isinstance(item, AgentItem):
                self._heard(item)

    def _heard(self, item: AgentItem) -> None:
        sound = self.world.playout.sounds[item.id]
        if not sound.total_ms:
            return
        if sound.flushed:
            claimed = max(sound.reported.values(), default=0)  # a device that exaggerates is bound by what was sent
            heard = max(sound.heard_ms, claimed if sound.word_lost else min(sound.sent_ms or 0, claimed))
        elif self.entries.get(item.id) and sound.sent_ms is not None:
            heard = sound.sent_ms
        else:
            return  # it is still being heard
        if sound.ends_at(len(item.text)) > heard + 1e-6:
            self.fault("heard", f"{item} {heard} {sound}")

    def _waited_for(self) -> None:
        """Whoever is busy or owed something waits for somebody."""
        world, state = self.world, self.world.dialogue._state
        busy = world.dialogue.agent is not AgentTurn.IDLE or state.wants or state.response is not None
        waited = (
            world.dialogue.deadline() is not None
            or self.waited_tools()
            or world.dialogue.person is Person.SPEAKING
            or world.playout.queue
        )
        if busy and not waited:
            self.fault("somebody to wait for", f"{world.dialogue.agent} {state.wants} {state.response}")
        open_items = state.ledger.open_items()
        if world.dialogue.agent is AgentTurn.IDLE and open_items:
            self.fault("somebody to wait for", f"idle with {open_items}")
        if world.dialogue.agent is not AgentTurn.IDLE and world.dialogue.person is not Person.SILENT:
            self.fault("somebody to wait for", "the agent is busy while the person has the turn")
