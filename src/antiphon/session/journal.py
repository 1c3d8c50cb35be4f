"""Writing a session's rounds to the store, in order, and losing none when the store fails for a while.

Owns what is not on disk yet. Knows the dialogue's words and the store's rows, and how the ones become the others.
"""

import logging
from collections.abc import Iterable, Sequence
from typing import Any

from antiphon.dialogue.effects import Effect, ShowEntry, ShowTool
from antiphon.dialogue.events import Event, encode
from antiphon.errors import StoreError
from antiphon.store.items import StoredItem
from antiphon.store.store import Store

log = logging.getLogger(__name__)


def stored(effect: Effect) -> StoredItem | None:
    """The row that an effect shows, if it shows one."""
    match effect:
        case ShowEntry(entry):
            return StoredItem(
                id=entry.id,
                kind=entry.role,
                at=entry.at,
                text=entry.text,
                final=entry.final,
                interrupted=entry.interrupted,
                heard_ms=entry.heard_ms,
                participant_id=entry.participant_id,
            )
        case ShowTool():
            return StoredItem(
                id=effect.call_id,
                kind="tool",
                at=effect.at,
                final=effect.state != "running",
                name=effect.name,
                state=effect.state,
                arguments=effect.arguments,
                output=effect.output,
            )
        case _:
            return None


class Journal:
    """One conversation's writer. A round that cannot be written waits and goes with the next."""

    def __init__(self, store: Store, conversation_id: str) -> None:
        self._store, self._conversation_id = store, conversation_id
        self._events: list[tuple[float, dict[str, Any]]] = []
        self._items: dict[str, StoredItem] = {}
        self.failing = False

    async def record(self, happened: Iterable[tuple[float, Event]], shows: Sequence[Effect]) -> StoreError | None:
        """Write a round and whatever is still waiting. The error is returned when it is the first of a row of them."""
        self._events += [(at, encode(event)) for at, event in happened]
        for effect in shows:
            item = stored(effect)
            if item is not None:
                self._items[item.id] = item
        try:
            await self._store.record(self._conversation_id, self._events, list(self._items.values()))
        except StoreError as error:
            first, self.failing = not self.failing, True
            log.error("cannot write the log", extra={"conversation": self._conversation_id, "fault": str(error)})
            return error if first else None
        self._events, self._items, self.failing = [], {}, False
        return None
