"""Conversations: made, found, listed, renamed, deleted. Owns their ids and the order of the list; knows no session."""

import base64
import binascii
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Row, delete, insert, literal, or_, select, tuple_, update
from sqlalchemy import bindparam as bind
from sqlalchemy.sql.functions import coalesce

from antiphon.errors import NotFoundError, ProtocolError
from antiphon.store.database import Database
from antiphon.store.tables import AnyText, ConversationRow, ItemRow, UtcDateTime

MAX_PAGE = 200
_ID = re.compile(r"conv_[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Conversation:
    """The durable thread. Moments are timezone-aware; ``preview`` is the beginning of its latest words, or empty."""

    id: str
    title: str | None
    agent: str
    prompt: str | None
    created_at: datetime
    updated_at: datetime
    preview: str


@dataclass(frozen=True, slots=True)
class Page:
    """``next_cursor`` is None on the last page."""

    conversations: tuple[Conversation, ...]
    next_cursor: str | None


def is_conversation_id(text: str) -> bool:
    """Whether it has the form of an id, which says nothing about there being such a conversation."""
    return _ID.fullmatch(text) is not None


def not_found(conversation_id: str) -> NotFoundError:
    """The error for an id that is none of ours."""
    return NotFoundError(f"there is no conversation {conversation_id[:40]!r}")


_COLUMNS = (
    ConversationRow.id,
    ConversationRow.title,
    ConversationRow.agent,
    ConversationRow.prompt,
    ConversationRow.created_at,
    ConversationRow.updated_at,
    ConversationRow.preview,
)
_ADVANCE = (
    update(ConversationRow)
    .where(ConversationRow.id == bind("conversation"))
    .values(
        last_seq=ConversationRow.last_seq + bind("count"),
        updated_at=bind("now"),
        title=coalesce(ConversationRow.title, bind("words", type_=AnyText())),
        preview=coalesce(bind("latest", type_=AnyText()), ConversationRow.preview),
    )
    .returning(ConversationRow.last_seq)
)


def advance(
    connection: Connection, conversation_id: str, count: int, now: datetime, words: str | None, latest: str | None
) -> int:
    """Take the next ``count`` numbers for events, holding the conversation until the transaction ends; gives the last.

    ``words`` become the title of a conversation without one, ``latest`` the preview. Raises ``NotFoundError``.
    """
    values = {"conversation": conversation_id, "count": count, "now": now, "words": words, "latest": latest}
    last: int | None = connection.execute(_ADVANCE, values).scalar()
    if last is None:
        raise not_found(conversation_id)
    return last


class Conversations:
    """All conversations of the store. Every call raises ``StoreError`` when the database fails."""

    def __init__(self, database: Database, now: Callable[[], datetime], deleted: Callable[[str], None]) -> None:
        """``deleted`` is told the id of each conversation that is gone."""
        self._database = database
        self._now = now
        self._deleted = deleted

    async def create(self, agent: str, title: str | None = None, prompt: str | None = None) -> Conversation:
        """A new, empty conversation; without a title it takes the first words a person says."""
        now = self._now().astimezone(UTC)
        made = Conversation(f"conv_{uuid4().hex}", title, agent, prompt, now, now, "")
        row = {
            "id": made.id, "title": title, "agent": agent, "prompt": prompt, "created_at": now, "updated_at": now,
            "preview": "", "last_seq": 0,
        }  # fmt: skip
        await self._database.write(lambda connection: connection.execute(insert(ConversationRow), row))
        return made

    async def list(self, search: str | None = None, limit: int = 50, cursor: str | None = None) -> Page:
        """The latest first, by their last change; ``limit`` is brought within 1 to 200.

        ``search``: only those with these very characters, upper or lower case, in the title or the text of an item.
        ``cursor`` is a page's ``next_cursor``; a conversation that changes meanwhile moves to the front and may be
        missed by the pages that follow. Raises ``ProtocolError`` for a cursor that is none.
        """
        limit = min(max(limit, 1), MAX_PAGE)
        query = select(*_COLUMNS).order_by(ConversationRow.updated_at.desc(), ConversationRow.id.desc())
        if cursor is not None:
            updated_at, last_id = _parsed(cursor)
            place = tuple_(literal(updated_at, UtcDateTime()), literal(last_id))
            query = query.where(tuple_(ConversationRow.updated_at, ConversationRow.id) < place)
        if search is not None and search.strip():
            query = query.where(_matches(search.strip()))
        rows = await self._database.read(lambda connection: connection.execute(query.limit(limit + 1)).all())
        page = tuple(_conversation(row) for row in rows[:limit])
        return Page(page, _cursor(page[-1]) if len(rows) > limit else None)

    async def get(self, conversation_id: str) -> Conversation:
        """Raises ``NotFoundError``."""
        query = select(*_COLUMNS).where(ConversationRow.id == conversation_id)
        row = await self._database.read(lambda connection: connection.execute(query).one_or_none())
        if row is None:
            raise not_found(conversation_id)
        return _conversation(row)

    async def rename(self, conversation_id: str, title: str) -> Conversation:
        """Leaves its place in the list. Raises ``NotFoundError``."""
        found = update(ConversationRow).where(ConversationRow.id == conversation_id)
        change = found.values(title=title).returning(*_COLUMNS)
        row = await self._database.write(lambda connection: connection.execute(change).one_or_none())
        if row is None:
            raise not_found(conversation_id)
        return _conversation(row)

    async def delete(self, conversation_id: str) -> None:
        """It, its events and its items; notes taken in it stay. Raises ``NotFoundError``."""
        gone = delete(ConversationRow).where(ConversationRow.id == conversation_id)
        if await self._database.write(lambda connection: connection.execute(gone).rowcount) == 0:
            raise not_found(conversation_id)
        self._deleted(conversation_id)


def _conversation(row: Row[*tuple[Any, ...]]) -> Conversation:
    return Conversation(*row)


def _matches(search: str) -> ColumnElement[bool]:
    said = select(1).where(
        ItemRow.conversation_id == ConversationRow.id, ItemRow.text.icontains(search, autoescape=True)
    )
    return or_(ConversationRow.title.icontains(search, autoescape=True), said.exists())


def _cursor(last: Conversation) -> str:
    place = json.dumps([last.updated_at.isoformat(), last.id])
    return base64.urlsafe_b64encode(place.encode()).decode().rstrip("=")


def _parsed(cursor: str) -> tuple[datetime, str]:
    """The place in the list that ``_cursor`` wrote down."""
    try:
        place = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        moment, conversation_id = json.loads(place)
        updated_at = datetime.fromisoformat(moment)
        if updated_at.tzinfo != UTC or not is_conversation_id(conversation_id):
            raise ValueError(place)
    except (binascii.Error, ValueError, TypeError, RecursionError) as error:
        raise ProtocolError("the cursor is not one that was given out") from error
    return updated_at, conversation_id
