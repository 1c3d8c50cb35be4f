"""What every database behind the store must do. A new one is one more line in ``BACKENDS``."""

import asyncio
import random
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, aclosing, contextmanager
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.dialogue import events as dialogue
from antiphon.errors import ConflictError, NotFoundError, StoreError
from antiphon.store.conversations import Conversation, is_conversation_id
from antiphon.store.event_log import LoggedEvent
from antiphon.store.items import StoredItem
from antiphon.store.store import Store
from antiphon.tools.context import Note, Notes


@contextmanager
def sqlite() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{Path(folder) / 'store.db'}"


# Each gives the URL of an empty database.
BACKENDS: dict[str, Callable[[], AbstractContextManager[str]]] = {"sqlite": sqlite}


class Ticking:
    """A wall clock that moves one second each time it is looked at, in a time zone of its own."""

    def __init__(self) -> None:
        self._seconds = count()

    def __call__(self) -> datetime:
        zone = timezone(timedelta(hours=-5))
        return datetime(2026, 11, 20, 12, tzinfo=zone) + timedelta(seconds=next(self._seconds))


@pytest.fixture(params=BACKENDS, scope="session")
def backend(request: pytest.FixtureRequest) -> Callable[[], AbstractContextManager[str]]:
    return BACKENDS[request.param]


@pytest.fixture
def url(backend: Callable[[], AbstractContextManager[str]]) -> Iterator[str]:
    with backend() as url:
        yield url


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    async with Store.open(url, now=Ticking()) as store:
        yield store


def said(item_id: str, text: str, **more: Any) -> StoredItem:
    return StoredItem(item_id, "user", 1.5, text, **more)


def numbered(first: int, last: int) -> list[tuple[float, dict[str, Any]]]:
    return [(n / 10, {"type": "SayRequested", "text": str(n)}) for n in range(first, last + 1)]


class TestConversations:
    async def test_what_is_created_can_be_got(self, store: Store) -> None:
        made = await store.conversations.create("shop", "Tea", "Sell tea.")
        assert is_conversation_id(made.id)
        assert (made.agent, made.title, made.prompt, made.preview) == ("shop", "Tea", "Sell tea.", "")
        assert made.created_at == made.updated_at == datetime(2026, 11, 20, 17, tzinfo=UTC)
        assert made.created_at.tzinfo is UTC
        assert await store.conversations.get(made.id) == made
        assert (await store.conversations.list()).conversations == (made,)

    async def test_what_is_not_there_is_not_found(self, store: Store) -> None:
        for gone in ("conv_" + "0" * 32, "", "x" * 1000, "\0", "\ud800", "' or 1=1 --"):
            for call in (
                store.conversations.get(gone),
                store.conversations.rename(gone, "x"),
                store.conversations.delete(gone),
                store.events.read(gone),
                store.items.read(gone),
                store.items.put(gone, [said("a", "b")]),
                store.record(gone, numbered(1, 2)),
                anext(store.events.follow(gone, 0)),
            ):
                with pytest.raises(NotFoundError, match="there is no conversation"):
                    await call

    async def test_renaming_keeps_the_place_in_the_list(self, store: Store) -> None:
        first = await store.conversations.create("shop")
        second = await store.conversations.create("shop")
        renamed = await store.conversations.rename(first.id, "Coffee \ud800")
        assert (renamed.title, renamed.updated_at) == ("Coffee ?", first.updated_at)
        assert [c.id for c in (await store.conversations.list()).conversations] == [second.id, first.id]

    async def test_deleting_takes_everything_but_the_notes(self, store: Store) -> None:
        kept = await store.conversations.create("shop")
        gone = await store.conversations.create("shop")
        for conversation in (kept, gone):
            await store.record(conversation.id, numbered(1, 3), [said("a", "tea")])
        note = await store.notes("shop", gone.id).add("milk")
        await store.conversations.delete(gone.id)
        for read in (store.conversations.get(gone.id), store.events.read(gone.id), store.items.read(gone.id)):
            with pytest.raises(NotFoundError):
                await read
        assert len(await store.events.read(kept.id)) == 3
        assert await store.items.read(kept.id) == [said("a", "tea")]
        assert await store.notes("shop", None).all() == [note]

    async def test_a_change_brings_it_to_the_front(self, store: Store) -> None:
        first = await store.conversations.create("shop")
        second = await store.conversations.create("shop")
        await store.record(first.id, numbered(1, 1))
        listed = (await store.conversations.list()).conversations
        assert [c.id for c in listed] == [first.id, second.id]
        assert listed[0].updated_at > second.updated_at > listed[0].created_at

    async def test_the_title_is_the_first_words_and_stays(self, store: Store) -> None:
        made = await store.conversations.create("shop")
        await store.record(made.id, [], [said("a", "what ti", final=False)])
        assert (await store.conversations.get(made.id)).title is None
        await store.record(made.id, [], [said("a", "What time is it?"), StoredItem("b", "agent", 2.0, "Noon.")])
        await store.record(made.id, [], [said("c", "Thanks!")])
        now = await store.conversations.get(made.id)
        assert (now.title, now.preview) == ("What time is it?", "Thanks!")
        await store.conversations.rename(made.id, "Time")
        await store.items.put(made.id, [said("d", "And the date?")])
        now = await store.conversations.get(made.id)
        assert (now.title, now.preview) == ("Time", "And the date?")

    async def test_a_given_title_is_kept(self, store: Store) -> None:
        made = await store.conversations.create("shop", "Tea")
        await store.record(made.id, [], [said("a", "What time is it?")])
        assert (await store.conversations.get(made.id)).title == "Tea"

    async def test_search_looks_at_titles_and_words_and_takes_every_character_as_it_is(self, store: Store) -> None:
        titled = await store.conversations.create("shop", "Grüne 100% Äpfel")
        spoken = await store.conversations.create("shop", "x")
        await store.record(spoken.id, [], [said("a", "a_b\\c/d 'e'"), said("b", "ÉCLAIR")])

        async def found(search: str) -> list[str]:
            return [c.id for c in (await store.conversations.list(search)).conversations]

        for search in ("100%", "grüne", "GRÜNE", "äpfel", "  Äpfel "):
            assert await found(search) == [titled.id], search
        for search in ("_b", "\\c", "/d", "'e'", "éclair"):
            assert await found(search) == [spoken.id], search
        for search in ("a%c", "aXb", "__b", "nothing", "\ud800x"):
            assert await found(search) == [], search
        for search in ("", "  "):
            assert await found(search) == [spoken.id, titled.id]

    @settings(max_examples=15)
    @given(
        changes=st.lists(st.integers(0, 8), max_size=30),
        limit=st.integers(-1, 12),
        same_moment=st.booleans(),
        searched=st.booleans(),
    )
    def test_pages_together_are_the_whole_list(
        self,
        backend: Callable[[], AbstractContextManager[str]],
        changes: list[int],
        limit: int,
        same_moment: bool,
        searched: bool,
    ) -> None:
        async def check(url: str) -> None:
            now: Callable[[], datetime] = (lambda: datetime(2026, 11, 20, tzinfo=UTC)) if same_moment else Ticking()
            async with Store.open(url, now=now) as store:
                made = [await store.conversations.create("shop", "even" if n % 2 else "odd") for n in range(9)]
                for change in changes:
                    await store.record(made[change].id, [])
                whole = (await store.conversations.list()).conversations
                assert list(whole) == sorted(whole, key=lambda c: (c.updated_at, c.id), reverse=True)
                expected = tuple(c for c in whole if c.title == "even") if searched else whole
                assert await paged(store, "even" if searched else None, limit) == expected

        async def paged(store: Store, search: str | None, limit: int) -> tuple[Conversation, ...]:
            page = await store.conversations.list(search, limit)
            pages = page.conversations
            while page.next_cursor is not None:
                assert len(page.conversations) == max(limit, 1)
                page = await store.conversations.list(search, limit, page.next_cursor)
                pages += page.conversations
            return pages

        with backend() as url:
            anyio.run(check, url)


class TestEvents:
    async def test_they_come_back_as_they_were(self, store: Store) -> None:
        conversation = (await store.conversations.create("shop")).id
        happened: list[dialogue.Event] = [
            dialogue.TextTyped("i1", "p1", "naïve \U0001f600 \0 \ud800"),
            dialogue.AgentSpeechEnded("r", "i2", 2**53),
            dialogue.ReminderSet("m", 0.1 + 0.2, ""),
            dialogue.SpeechStarted("i3", None),
        ]
        events = [(0.1 * n, dialogue.encode(event)) for n, event in enumerate(happened)]
        assert await store.events.append(conversation, events) == range(1, 5)
        read = await store.events.read(conversation)
        assert read == [LoggedEvent(n + 1, at, event) for n, (at, event) in enumerate(events)]
        assert [dialogue.decode(logged.event) for logged in read] == happened

    async def test_numbers_go_on_in_each_conversation_and_over_reopening(self, store: Store, url: str) -> None:
        one, other = [(await store.conversations.create("shop")).id for _ in range(2)]
        assert await store.record(one, numbered(1, 3)) == range(1, 4)
        assert await store.record(other, numbered(1, 1)) == range(1, 2)
        assert await store.record(one, []) == range(4, 4)
        async with Store.open(url) as again:
            assert await again.record(one, numbered(4, 5)) == range(4, 6)
        assert [logged.event["text"] for logged in await store.events.read(one)] == ["1", "2", "3", "4", "5"]

    async def test_reading_from_a_place_and_no_further(self, store: Store) -> None:
        conversation = (await store.conversations.create("shop")).id
        await store.record(conversation, numbered(1, 10))

        async def seqs(after: int, limit: int) -> list[int]:
            return [logged.seq for logged in await store.events.read(conversation, after, limit)]

        assert await seqs(3, 4) == [4, 5, 6, 7]
        assert await seqs(8, 500) == [9, 10]
        assert await seqs(-5, 2) == [1, 2]
        assert await seqs(10, 5) == []
        assert await seqs(10**30, 5) == []
        assert await seqs(0, 0) == [1]

    async def test_an_event_that_is_no_json_is_refused_whole(self, store: Store) -> None:
        conversation = (await store.conversations.create("shop")).id
        for bad in (object(), b"sound", float("nan")):  # our own mistake: drivers differ in what they raise
            with pytest.raises((StoreError, TypeError, ValueError)):
                await store.record(conversation, [*numbered(1, 1), (1.0, {"type": bad})], [said("a", "b")])
        assert await store.events.read(conversation) == []
        assert await store.items.read(conversation) == []
        assert await store.record(conversation, numbered(1, 1)) == range(1, 2)

    async def test_many_writers_of_one_conversation_leave_no_gap(self, store: Store, url: str) -> None:
        conversation = (await store.conversations.create("shop")).id
        async with Store.open(url) as second, asyncio.TaskGroup() as group:
            for writer in range(6):
                group.create_task(write(second if writer % 2 else store, conversation, writer, 20))
        read = await store.events.read(conversation, limit=1000)
        assert [logged.seq for logged in read] == list(range(1, 6 * 20 * 2 + 1))
        assert_each_in_order(read, writers=6, rounds=20)


async def write(store: Store, conversation: str, writer: int, rounds: int) -> None:
    """Two events a round, saying who wrote them and when."""
    for n in range(rounds):
        await store.record(conversation, [(float(n), {"writer": writer, "n": (n, half)}) for half in (0, 1)])


def assert_each_in_order(read: list[LoggedEvent], writers: int, rounds: int) -> None:
    for writer in range(writers):
        own = [logged for logged in read if logged.event["writer"] == writer]
        assert [logged.event["n"] for logged in own] == [[n, half] for n in range(rounds) for half in (0, 1)]
        assert all(b.seq == a.seq + 1 for a, b in zip(own[::2], own[1::2], strict=True)), "an append was torn apart"


class TestFollowing:
    async def test_followers_see_everything_once_and_in_order_while_many_write(self, store: Store) -> None:
        conversation = (await store.conversations.create("shop")).id
        other = (await store.conversations.create("shop")).id
        await store.record(conversation, [(0.0, {"writer": -1, "n": n}) for n in range(1, 8)])
        last = 7 + 4 * 15 * 2
        async with asyncio.TaskGroup() as group:
            early = [group.create_task(followed(store, conversation, after, last)) for after in (0, 0, 3, 7, 20)]
            for writer in range(4):
                group.create_task(write(store, conversation, writer, 15))
            group.create_task(write(store, other, 9, 15))
        late = await followed(store, conversation, 0, last)
        assert [logged.seq for logged in late] == list(range(1, last + 1))
        assert_each_in_order(late, writers=4, rounds=15)
        for task, after in zip(early, (0, 0, 3, 7, 20), strict=True):
            assert task.result() == late[after:]

    async def test_more_than_one_read_holds(self, store: Store) -> None:
        conversation = (await store.conversations.create("shop")).id
        await store.record(conversation, numbered(1, 1203))
        assert [e.seq for e in await followed(store, conversation, 1, 1203)] == list(range(2, 1204))

    async def test_it_ends_when_cancelled(self, store: Store) -> None:
        conversation = (await store.conversations.create("shop")).id
        async with asyncio.TaskGroup() as group:
            task = group.create_task(followed(store, conversation, 0, 1))
            await store.conversations.list()  # the follower gets to wait
            task.cancel()
        assert task.cancelled()
        assert await store.record(conversation, numbered(1, 1)) == range(1, 2)

    async def test_a_deleted_conversation_ends_it(self, store: Store) -> None:
        conversation = (await store.conversations.create("shop")).id
        await store.record(conversation, numbered(1, 1))
        async with aclosing(store.events.follow(conversation, 0)) as events:
            assert (await anext(events)).seq == 1
            async with asyncio.TaskGroup() as group:
                group.create_task(store.conversations.delete(conversation))
                with pytest.raises(NotFoundError):
                    await anext(events)

    async def test_writers_who_are_cancelled_lose_nobody_an_event(self, store: Store) -> None:
        conversation = (await store.conversations.create("shop")).id
        chance = random.Random(20261120)
        seen: asyncio.Queue[int] = asyncio.Queue()

        async def watch() -> None:
            async with aclosing(store.events.follow(conversation, 0)) as events:
                async for logged in events:
                    seen.put_nowait(logged.seq)

        async def somewhat_later() -> None:
            for _ in range(chance.randrange(4)):
                await store.conversations.get(conversation)
            for _ in range(chance.randrange(20)):
                await asyncio.sleep(0)

        async with asyncio.TaskGroup() as group:
            watching = group.create_task(watch())
            for n in range(60):
                writing = group.create_task(store.record(conversation, numbered(n, n), [said(f"i{n}", "x")]))
                await somewhat_later()
                writing.cancel()
                await asyncio.wait([writing])
            written = [logged.seq for logged in await store.events.read(conversation)]
            assert [await seen.get() for _ in written] == written == list(range(1, len(written) + 1))
            watching.cancel()
        assert 0 < len(written) < 60, "the test means to cancel some before and some after they are written"
        assert len(await store.items.read(conversation)) == len(written)


async def followed(store: Store, conversation: str, after: int, last: int) -> list[LoggedEvent]:
    """What a follower is given, up to the event numbered ``last``."""
    seen: list[LoggedEvent] = []
    async with aclosing(store.events.follow(conversation, after)) as events:
        async for logged in events:
            seen.append(logged)
            if logged.seq == last:
                break
    return seen


class TestItems:
    async def test_every_field_comes_back(self, store: Store) -> None:
        conversation = (await store.conversations.create("shop")).id
        items = [
            StoredItem("u", "user", 1760000000.25, "hi", participant_id="p1"),
            StoredItem("a", "agent", 1760000001.5, "hel", interrupted=True, heard_ms=86_400_000, final=False),
            StoredItem("t", "tool", 2.0, name="f", state="done", arguments="{}", output="ok"),
            StoredItem("s", "system", 3.0, "Timer!"),
        ]
        await store.items.put(conversation, items)
        assert await store.items.read(conversation) == items

    async def test_words_no_database_can_hold_do_not_break_it(self, store: Store) -> None:
        conversation = (await store.conversations.create("shop")).id
        await store.record(conversation, [], [said("a\0", "one\0 two\ud800 \U0001f600")])
        assert await store.items.read(conversation) == [said("a", "one two? \U0001f600")]

    @settings(max_examples=15)
    @given(
        st.lists(
            st.lists(st.builds(said, st.sampled_from("abcdef"), st.text("xy ", max_size=3)), max_size=5), max_size=6
        )
    )
    def test_an_item_keeps_the_place_where_it_first_came(
        self, backend: Callable[[], AbstractContextManager[str]], batches: list[list[StoredItem]]
    ) -> None:
        async def check(url: str) -> None:
            async with Store.open(url) as store:
                conversation, other = [(await store.conversations.create("shop")).id for _ in range(2)]
                await store.items.put(other, [said("a", "elsewhere")])
                expected: dict[str, StoredItem] = {}  # a dict keeps the place of a key that is set again
                for batch in batches:
                    await store.record(conversation, numbered(1, len(batch)), batch)
                    expected |= {item.id: item for item in batch}
                assert await store.items.read(conversation) == list(expected.values())
                assert await store.items.read(other) == [said("a", "elsewhere")]

        with backend() as url:
            anyio.run(check, url)


class TestNotes:
    async def test_they_are_the_agents_over_all_conversations(self, store: Store) -> None:
        conversation = (await store.conversations.create("shop")).id
        here: Notes = store.notes("shop", conversation)
        elsewhere: Notes = store.notes("shop", None)
        milk = await here.add("milk")
        bread = await elsewhere.add("bread \ud800")
        assert (milk.text, bread.text) == ("milk", "bread ?")
        assert milk.created_at.tzinfo is UTC
        assert await here.all() == await elsewhere.all() == [milk, bread]
        assert await store.notes("another", conversation).all() == []

    async def test_clearing_counts_and_an_id_is_never_used_again(self, store: Store) -> None:
        notes = store.notes("shop", None)
        last = [await notes.add(text) for text in ("milk", "bread")][-1]
        await store.notes("another", None).add("tea")
        assert await notes.clear() == 2
        assert await notes.clear() == 0
        assert await notes.all() == []
        assert len(await store.notes("another", None).all()) == 1
        added = await notes.add("again")
        assert isinstance(added, Note)
        assert added.id > last.id

    async def test_a_note_in_a_conversation_that_is_gone(self, store: Store) -> None:
        with pytest.raises(ConflictError):
            await store.notes("shop", "conv_" + "0" * 32).add("milk")
