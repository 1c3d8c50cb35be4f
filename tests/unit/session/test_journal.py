"""The journal: every round on disk, in order, once, however often the disk fails in between."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from antiphon.dialogue.effects import ShowEntry, ShowState, ShowTool
from antiphon.dialogue.events import TextTyped, decode
from antiphon.dialogue.items import Entry
from antiphon.session.journal import Journal, stored
from antiphon.testing import ManualClock
from antiphon.testing.rehearsal import RehearsedStore


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[RehearsedStore]:
    async with RehearsedStore.open(f"sqlite:///{tmp_path / 'a.db'}") as store:
        store.clock = ManualClock()
        yield store


def typed(number: int) -> tuple[float, TextTyped]:
    return float(number), TextTyped(f"item_{number}", "p", f"text {number}")


def line(number: int, text: str, final: bool = True) -> ShowEntry:
    return ShowEntry(Entry(f"item_{number}", "user", text, final, float(number), "p"))


async def test_a_round_is_on_disk_when_it_returns(store: RehearsedStore) -> None:
    conversation = await store.conversations.create("Ada")
    journal = Journal(store, conversation.id)
    assert await journal.record([typed(1), typed(2)], [line(1, "one"), ShowState("thinking")]) is None
    logged = await store.events.read(conversation.id)
    assert [(one.at, decode(one.event)) for one in logged] == [typed(1), typed(2)]
    assert [item.text for item in await store.items.read(conversation.id)] == ["one"]


async def test_what_could_not_be_written_goes_with_the_next_in_order(store: RehearsedStore) -> None:
    conversation = await store.conversations.create("Ada")
    journal = Journal(store, conversation.id)
    await journal.record([typed(1)], [line(1, "one")])
    store.failing = True
    first = await journal.record([typed(2)], [line(2, "tw", final=False)])
    assert "disk full" in str(first)
    assert await journal.record([typed(3)], [line(2, "two"), line(3, "three")]) is None  # said once
    assert journal.failing
    store.failing = False
    assert await journal.record([typed(4)], [line(4, "four")]) is None
    assert not journal.failing
    logged = await store.events.read(conversation.id)
    assert [(one.seq, one.at) for one in logged] == [(1, 1.0), (2, 2.0), (3, 3.0), (4, 4.0)]
    assert [item.text for item in await store.items.read(conversation.id)] == ["one", "two", "three", "four"]
    store.failing = True
    assert await journal.record([typed(5)], []) is not None  # failing anew is said anew


async def test_nothing_is_written_twice(store: RehearsedStore) -> None:
    conversation = await store.conversations.create("Ada")
    journal = Journal(store, conversation.id)
    for number in range(3):
        await journal.record([typed(number)], [])
    assert len(await store.events.read(conversation.id)) == 3


def test_what_is_shown_becomes_a_row_whole() -> None:
    entry = Entry("i", "agent", "Hel", True, 5.0, heard_ms=300, interrupted=True)
    row = stored(ShowEntry(entry))
    assert row is not None
    assert (row.id, row.kind, row.text, row.at, row.heard_ms, row.interrupted) == ("i", "agent", "Hel", 5.0, 300, True)
    tool = stored(ShowTool("c", "add", "running", "{}", None, 6.0))
    assert tool is not None
    assert (tool.id, tool.kind, tool.name, tool.state, tool.final, tool.output) == (
        "c", "tool", "add", "running", False, None,
    )  # fmt: skip
    assert stored(ShowState("listening")) is None
