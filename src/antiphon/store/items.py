"""The items of conversations: what people are shown, a projection of the events. Knows no dialogue."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, Insert, func, select
from sqlalchemy import bindparam as bind
from sqlalchemy.orm import aliased

from antiphon.store.conversations import advance, not_found
from antiphon.store.database import Database
from antiphon.store.tables import ConversationRow, ItemRow

_TITLE_CHARS = 60
_PREVIEW_CHARS = 120


@dataclass(frozen=True, slots=True)
class StoredItem:
    """One line or tool call as people see it. ``at`` is in Unix seconds; ``final`` is false while it may still change.

    ``name``, ``state``, ``arguments`` and ``output`` are a tool call's alone.
    """

    id: str
    kind: Literal["user", "agent", "system", "tool"]
    at: float
    text: str = ""
    final: bool = True
    interrupted: bool = False
    heard_ms: int | None = None
    participant_id: str | None = None
    name: str | None = None
    state: Literal["running", "done", "failed", "cancelled"] | None = None
    arguments: str | None = None
    output: str | None = None


_FIELDS = tuple(StoredItem.__dataclass_fields__)
_COLUMNS = [ItemRow.__table__.c[field] for field in _FIELDS]


class Items:
    """The items of every conversation. Every call raises ``StoreError`` when the database fails."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now
        self._upsert = _upsert(database.dialect)

    async def put(self, conversation_id: str, items: Sequence[StoredItem]) -> None:
        """Write items, those with an id that is there already over the old ones, in the old one's place. Raises
        ``NotFoundError``."""

        def put(connection: Connection) -> None:
            advance(connection, conversation_id, 0, self._now(), first_words(items), latest_words(items))
            self.write(connection, conversation_id, items)

        await self._database.write(put)

    def write(self, connection: Connection, conversation_id: str, items: Sequence[StoredItem]) -> None:
        """The same inside a transaction that holds the conversation (``advance``)."""
        if items:
            rows = [{"conversation_id": conversation_id, "conversation": conversation_id, **asdict(i)} for i in items]
            connection.execute(self._upsert, rows)

    async def read(self, conversation_id: str) -> list[StoredItem]:
        """In the order they first came. Raises ``NotFoundError``."""
        query = select(*_COLUMNS).where(ItemRow.conversation_id == conversation_id).order_by(ItemRow.position)
        exists = select(ConversationRow.id).where(ConversationRow.id == conversation_id)

        def read(connection: Connection) -> list[StoredItem]:
            rows = connection.execute(query).all()
            if not rows and connection.execute(exists).one_or_none() is None:
                raise not_found(conversation_id)
            return [StoredItem(*row) for row in rows]

        return await self._database.read(read)


def first_words(items: Sequence[StoredItem]) -> str | None:
    """The first words a person is known to have said, fit for a title."""
    return next((_short(i.text, _TITLE_CHARS) for i in items if i.kind == "user" and i.final and i.text.strip()), None)


def latest_words(items: Sequence[StoredItem]) -> str | None:
    """The last words anyone is known to have said, fit for a preview."""
    said = (i for i in reversed(items) if i.kind in ("user", "agent") and i.final and i.text.strip())
    return next((_short(i.text, _PREVIEW_CHARS) for i in said), None)


def _short(text: str, chars: int) -> str:
    """One line, cut at a word where there is one."""
    line = " ".join(text.split())
    if len(line) <= chars:
        return line
    head = line[: chars - 1]
    return (head.rpartition(" ")[0] or head) + "…"


def _upsert(dialect: str) -> Insert:
    """Both databases know this statement, and SQLAlchemy has no common name for it."""
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert  # type: ignore[assignment]
    there = aliased(ItemRow)
    end = select(func.coalesce(func.max(there.position), 0) + 1).where(there.conversation_id == bind("conversation"))
    new = insert(ItemRow).values(position=end.scalar_subquery())
    return new.on_conflict_do_update(
        index_elements=["conversation_id", "id"],
        set_={field: new.excluded[field] for field in _FIELDS if field != "id"},
    )
