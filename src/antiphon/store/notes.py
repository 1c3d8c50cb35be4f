"""Notes that a person asked an agent to keep: the store's side of ``tools.context.Notes``."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, insert, select

from antiphon.store.database import Database
from antiphon.store.tables import NoteRow
from antiphon.tools.context import Note

_COLUMNS = (NoteRow.id, NoteRow.text, NoteRow.created_at)


class StoredNotes:
    """One agent's notes, over all its conversations. Every call raises ``StoreError`` when the database fails."""

    def __init__(
        self, database: Database, now: Callable[[], datetime], agent: str, conversation_id: str | None
    ) -> None:
        """``conversation_id`` is where new notes are taken, if anywhere."""
        self._database = database
        self._now = now
        self._agent = agent
        self._conversation_id = conversation_id

    async def add(self, text: str) -> Note:
        """Raises ``ConflictError`` when the conversation is gone."""
        created_at = self._now().astimezone(UTC)
        row = {
            "agent": self._agent, "conversation_id": self._conversation_id, "text": text, "created_at": created_at
        }  # fmt: skip
        new = insert(NoteRow).values(row).returning(*_COLUMNS)
        return Note(*await self._database.write(lambda connection: connection.execute(new).one()))

    async def all(self) -> Sequence[Note]:
        """Oldest first."""
        query = select(*_COLUMNS).where(NoteRow.agent == self._agent).order_by(NoteRow.id)
        return [Note(*row) for row in await self._database.read(lambda connection: connection.execute(query).all())]

    async def clear(self) -> int:
        """Delete all; returns how many there were."""
        gone = delete(NoteRow).where(NoteRow.agent == self._agent)
        return await self._database.write(lambda connection: connection.execute(gone).rowcount)
