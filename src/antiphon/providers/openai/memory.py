"""What a new session has to be told of the conversation so far, and the dialogue's items as the service's. Pure.

The service keeps the history as long as a session lives; a session ends after an hour, or with its socket. So what is
needed to begin another one is kept here: the dialogue's own history as last given, and what was told since.
"""

import hashlib
import re

from antiphon.dialogue.effects import TruncateItem
from antiphon.dialogue.events import AgentItemStarted, AgentText, ToolCalled, TurnCommitted, UserTranscribed
from antiphon.dialogue.items import AgentItem, Item, NoticeItem, ToolCallItem, ToolOutputItem, UserItem
from antiphon.models.realtime import AgentAudio, ModelEvent
from antiphon.wire.openai import items as wire
from antiphon.wire.openai.events_client import ClientEvent, ItemCreate, ItemDelete

ROOT = "root"
UNKNOWN_WORDS = "[The person spoke; the words are not known.]"
_WIRE_ID = re.compile(r"[A-Za-z0-9_-]{1,32}")


def wire_id(item_id: str) -> str:
    """The item's id at the service, which takes no more than 32 characters."""
    if _WIRE_ID.fullmatch(item_id):
        return item_id
    return f"item_{hashlib.sha256(item_id.encode()).hexdigest()[:24]}"


def item_create(item: Item) -> ItemCreate:
    """What tells the service of an item. Sound cannot be given back to it: words alone."""
    return ItemCreate(item=_wire_item(item))


def _wire_item(item: Item) -> wire.StoredItem:
    match item:
        case UserItem():
            return _message(item.id, "user", wire.InputText(text=item.text or UNKNOWN_WORDS))
        case AgentItem():
            return _message(item.id, "assistant", wire.OutputText(text=item.text))
        case NoticeItem():
            return _message(item.id, "system", wire.InputText(text=item.text))
        case ToolCallItem():
            return wire.FunctionCall(id=_id_of(item), name=item.name, arguments=item.arguments, call_id=item.call_id)
        case ToolOutputItem():
            return wire.FunctionCallOutput(id=_id_of(item), call_id=item.call_id, output=item.output)


def _id_of(item: Item) -> str:
    match item:
        case ToolCallItem():
            return wire_id(f"call {item.call_id}")
        case ToolOutputItem():
            return wire_id(f"output {item.call_id}")
        case _:
            return wire_id(item.id)


def _revised(item: Item, previous: str) -> list[ClientEvent]:
    """Another version of an item that the session was told as text, in the same place."""
    create = item_create(item)
    create = create.model_copy(
        update={
            "item": create.item.model_copy(update={"id": wire_id(f"{_id_of(item)} revised")}),
            "previous_item_id": previous,
        }
    )
    return [ItemDelete(item_id=_id_of(item)), create]


def _is_agents(item: Item, item_id: str) -> bool:
    return isinstance(item, AgentItem) and item.id == item_id


def _message(item_id: str, role: wire.Role, part: wire.InputText | wire.OutputText) -> wire.Message:
    return wire.Message(id=wire_id(item_id), role=role, content=[part])


class Memory:
    """``items``: the conversation, in order. Told what the dialogue says and what the model says."""

    def __init__(self, history: tuple[Item, ...]) -> None:
        self._items = list(history)
        self._words: tuple[str, str] = ("", "")
        """Of the turn that is not committed yet: its id, and what is known of it."""

    @property
    def items(self) -> tuple[Item, ...]:
        """In order; without what the agent has not said yet, and without outputs of calls that nobody remembers."""
        kept: list[Item] = []
        calls: set[str] = set()
        for item in self._items:
            if isinstance(item, ToolCallItem):
                calls.add(item.call_id)
            if isinstance(item, AgentItem) and not item.text:
                continue
            if isinstance(item, ToolOutputItem) and item.call_id not in calls:
                continue
            kept.append(item)
        return tuple(kept)

    def since(self, told: tuple[Item, ...]) -> list[ClientEvent]:
        """What tells a session that was told ``told`` of what changed meanwhile."""
        before = {_id_of(item): item for item in told}
        now = {_id_of(item): item for item in self.items}
        says: list[ClientEvent] = [ItemDelete(item_id=gone) for gone in before if gone not in now]
        previous = ROOT
        for item_id, item in now.items():
            if item_id not in before:
                says.append(item_create(item))
            elif item != before[item_id]:
                says += _revised(item, previous)
            previous = item_id
        return says

    def replace(self, history: tuple[Item, ...]) -> None:
        """The dialogue's own account, which is always right."""
        self._items = list(history)

    def add(self, item: Item) -> None:
        """Something the dialogue adds."""
        if item not in self._items:
            self._items.append(item)

    def told(self, event: ModelEvent | AgentAudio) -> None:
        """The model said something."""
        match event:
            case TurnCommitted():
                known_as, text = self._words
                self._put(UserItem(event.item_id, text if known_as == event.item_id else ""))
            case UserTranscribed():
                self._words = (event.item_id, event.text)
                self._reword(event.item_id, event.text)
            case AgentItemStarted():
                self._put(AgentItem(event.item_id, ""))
            case AgentText():
                known = self._find(event.item_id)
                if isinstance(known, AgentItem):
                    self._reword(event.item_id, known.text + event.text)
            case ToolCalled():
                self._items.append(ToolCallItem(event.call_id, event.name, event.arguments))
            case _:
                pass

    def truncated(self, request: TruncateItem) -> list[ClientEvent]:
        """No more of it is to be known than was heard. What says so to a session that was told the item as text."""
        place = next((n for n, item in enumerate(self._items) if _is_agents(item, request.item_id)), None)
        if place is None:
            return []
        if request.heard_ms <= 0 or not request.heard_text:
            del self._items[place]
            return [ItemDelete(item_id=wire_id(request.item_id))]
        heard = self._items[place] = AgentItem(request.item_id, request.heard_text)
        return _revised(heard, _id_of(self._items[place - 1]) if place else ROOT)

    def _find(self, item_id: str) -> UserItem | AgentItem | None:
        for item in reversed(self._items):
            if isinstance(item, UserItem | AgentItem) and item.id == item_id:
                return item
        return None

    def _put(self, item: UserItem | AgentItem) -> None:
        if self._find(item.id) is None:
            self._items.append(item)

    def _reword(self, item_id: str, text: str) -> None:
        for place, item in enumerate(self._items):
            if isinstance(item, UserItem) and item.id == item_id:
                self._items[place] = UserItem(item.id, text, item.participant_id)
            elif isinstance(item, AgentItem) and item.id == item_id:
                self._items[place] = AgentItem(item.id, text)
