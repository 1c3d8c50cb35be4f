"""The store put together: one database behind conversations, events, items and notes. Decides nothing itself."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from antiphon.store.conversations import Conversations
from antiphon.store.database import Database, open_database
from antiphon.store.event_log import EventLog
from antiphon.store.items import Items, StoredItem
from antiphon.store.notes import StoredNotes


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Store:
    """An open store: ``async with Store.open(url) as store``."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self.items = Items(database, now)
        self.events = EventLog(database, self.items, now)
        self.conversations = Conversations(database, now, deleted=self.events.wake)

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, now: Callable[[], datetime] = _utc_now) -> AsyncIterator[Self]:
        """The store at ``sqlite:///path`` or ``postgresql://...``, brought up to date.

        ``now`` gives the wall time, timezone-aware, that rows are stamped with. Raises ``ConfigurationError`` and
        ``StoreError``.
        """
        async with open_database(url) as database:
            yield cls(database, now)

    async def record(
        self, conversation_id: str, events: Sequence[tuple[float, dict[str, Any]]], items: Sequence[StoredItem] = ()
    ) -> range:
        """What happened and what it made of the conversation, in one transaction: events ``(at, event)``, items, the
        moment of the last change, the preview and a missing title. Gives the events' numbers once they are on disk.

        Raises ``NotFoundError``, ``ConflictError`` when a number is taken, ``StoreError``.
        """
        return await self.events.append(conversation_id, events, items)

    def notes(self, agent: str, conversation_id: str | None) -> StoredNotes:
        """The agent's notes; new ones are taken in the conversation. Fits ``tools.context.Notes``."""
        return StoredNotes(self._database, self._now, agent, conversation_id)

    async def backup(self, path: Path | str) -> None:
        """Copy the database as of now to a new file, while it is in use.

        Raises ``ConflictError`` when the file is there, ``StoreError``, and ``ConfigurationError`` for PostgreSQL: it
        has ``pg_dump``.
        """
        await self._database.backup(Path(path))
