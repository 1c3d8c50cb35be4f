"""The tables, for SQLite and PostgreSQL alike. Owns columns, keys and their types; runs no statement.

Every change here needs a migration beside it: a test compares the two.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, DateTime, ForeignKey, Index, Integer, Text, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """Timezone-aware moments, kept in UTC. SQLite has no time zones: there the text is UTC without saying so."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class AnyText(TypeDecorator[str]):
    """Text from people and models, which may hold what no database stores: lone surrogates become ``?``, NULs go."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002
        return None if value is None else value.encode(errors="replace").decode().replace("\0", "")


class Base(DeclarativeBase):
    """What the migrations are compared with."""

    type_annotation_map = {str: AnyText, datetime: UtcDateTime, dict[str, Any]: JSON}  # noqa: RUF012


class ConversationRow(Base):
    """``last_seq`` numbers the events: whoever raises it holds the row, so that a conversation's writers queue up."""

    __tablename__ = "conversations"
    __table_args__ = (Index("ix_conversations_updated_at_id", "updated_at", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    agent: Mapped[str]
    title: Mapped[str | None]
    prompt: Mapped[str | None]
    preview: Mapped[str]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    last_seq: Mapped[int] = mapped_column(BigInteger)


class EventRow(Base):
    """Append-only. ``at`` is in seconds, the dialogue's own time; ``event`` is what ``dialogue.events.encode`` made."""

    __tablename__ = "events"
    __table_args__ = ({"sqlite_with_rowid": False},)

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[float]
    event: Mapped[dict[str, Any]]


class ItemRow(Base):
    """What people are shown of a conversation, as it was shown last; can be made again from the events."""

    __tablename__ = "items"
    __table_args__ = (UniqueConstraint("conversation_id", "position"), {"sqlite_with_rowid": False})

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True)
    id: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str]
    at: Mapped[float]
    text: Mapped[str]
    final: Mapped[bool]
    interrupted: Mapped[bool]
    heard_ms: Mapped[int | None] = mapped_column(BigInteger)
    participant_id: Mapped[str | None]
    name: Mapped[str | None]
    state: Mapped[str | None]
    arguments: Mapped[str | None]
    output: Mapped[str | None]


class NoteRow(Base):
    """Kept over all conversations of an agent; outlives the one it was taken in."""

    __tablename__ = "notes"
    __table_args__ = (Index("ix_notes_agent_id", "agent", "id"), {"sqlite_autoincrement": True})

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    agent: Mapped[str]
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id", ondelete="SET NULL"), index=True)
    text: Mapped[str]
    created_at: Mapped[datetime]
