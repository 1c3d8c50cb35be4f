"""The event log: every conversation's events in one gapless order, appended, read and followed.

Owns the numbers and the waking of followers in this process; does not know what an event means.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy import Connection, insert, select

from antiphon.store.conversations import advance, not_found
from antiphon.store.database import Database
from antiphon.store.items import Items, StoredItem, first_words, latest_words
from antiphon.store.tables import ConversationRow, EventRow

MAX_READ = 1_000
_MAX_SEQ = 2**63 - 1
_INSERT = insert(EventRow)


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """``seq`` counts from 1 in each conversation; ``at`` is in seconds, the dialogue's own time."""

    seq: int
    at: float
    event: dict[str, Any]


class EventLog:
    """The events of every conversation. Every call raises ``StoreError`` when the database fails."""

    def __init__(self, database: Database, items: Items, now: Callable[[], datetime]) -> None:
        self._database = database
        self._items = items
        self._now = now
        # What the followers of a conversation wait for; gone with the last of them.
        self._changes: WeakValueDictionary[str, asyncio.Event] = WeakValueDictionary()

    async def append(
        self, conversation_id: str, events: Sequence[tuple[float, dict[str, Any]]], items: Sequence[StoredItem] = ()
    ) -> range:
        """Write events ``(at, event)`` and the items they made, all or nothing; gives the events' numbers.

        On return they are on disk. Raises ``NotFoundError``, and ``ConflictError`` when a number is taken.
        """

        def append(connection: Connection) -> range:
            words, latest = first_words(items), latest_words(items)
            last = advance(connection, conversation_id, len(events), self._now(), words, latest)
            seqs = range(last - len(events) + 1, last + 1)
            if events:
                rows = [
                    {"conversation_id": conversation_id, "seq": seq, "at": at, "event": event}
                    for seq, (at, event) in zip(seqs, events, strict=True)
                ]
                connection.execute(_INSERT, rows)
            self._items.write(connection, conversation_id, items)
            return seqs

        try:
            return await self._database.write(append)
        finally:
            # Even when cancelled: the transaction is over by now, and it may have been committed.
            self.wake(conversation_id)

    async def read(self, conversation_id: str, after: int = 0, limit: int = 500) -> list[LoggedEvent]:
        """Events numbered above ``after``, in order, at most ``limit`` (brought within 1 to 1000). Raises
        ``NotFoundError``."""
        query = (
            select(EventRow.seq, EventRow.at, EventRow.event)
            .where(EventRow.conversation_id == conversation_id, EventRow.seq > min(max(after, 0), _MAX_SEQ))
            .order_by(EventRow.seq)
            .limit(min(max(limit, 1), MAX_READ))
        )
        exists = select(ConversationRow.id).where(ConversationRow.id == conversation_id)

        def read(connection: Connection) -> list[LoggedEvent]:
            rows = connection.execute(query).all()
            if not rows and connection.execute(exists).one_or_none() is None:
                raise not_found(conversation_id)
            return [LoggedEvent(*row) for row in rows]

        return await self._database.read(read)

    async def follow(self, conversation_id: str, after: int = 0) -> AsyncGenerator[LoggedEvent, None]:
        """Every event above ``after``, in order and without gaps, then each new one of this process as it is written.

        Ends only when cancelled or closed. Raises ``NotFoundError``, also once the conversation is deleted.
        """
        while True:
            # Taken before reading: whatever is written after the reading sets it.
            change = self._changes.setdefault(conversation_id, asyncio.Event())
            events = await self.read(conversation_id, after)
            for logged in events:
                yield logged
                after = logged.seq
            if not events:
                await change.wait()

    def wake(self, conversation_id: str) -> None:
        """Let the followers look again."""
        change = self._changes.pop(conversation_id, None)
        if change is not None:
            change.set()
