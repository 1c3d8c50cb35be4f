"""The event log against what only a damaged file or another program could do to it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from antiphon.errors import ConflictError
from antiphon.store.items import StoredItem
from antiphon.store.store import Store


async def test_a_number_that_is_taken_is_a_conflict_and_nothing_is_written(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    async with Store.open(f"sqlite:///{path}") as store:
        conversation = await store.conversations.create("shop")
        await store.record(conversation.id, [(0.0, {"n": 1}), (0.1, {"n": 2})])
        with closing(sqlite3.connect(path)) as raw, raw:
            raw.execute("update conversations set last_seq = 1")
        with pytest.raises(ConflictError, match=r"UNIQUE constraint failed: events\.conversation_id, events\.seq"):
            await store.record(conversation.id, [(0.2, {"n": 3})], [StoredItem("a", "user", 0.0, "Hi")])
        assert [logged.event for logged in await store.events.read(conversation.id)] == [{"n": 1}, {"n": 2}]
        assert await store.items.read(conversation.id) == []
        assert (await store.conversations.get(conversation.id)).title is None
