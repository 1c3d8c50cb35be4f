"""SQLite's own: a copy taken while in use, and what is on disk after the process is killed."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from antiphon.errors import ConflictError, StoreError
from antiphon.store.event_log import LoggedEvent
from antiphon.store.items import StoredItem
from antiphon.store.store import Store

# Writes without end, saying each number once it is told that it is on disk.
WRITER = """
import asyncio, sys
from antiphon.store.items import StoredItem
from antiphon.store.store import Store

async def main(url, conversation):
    async with Store.open(url) as store:
        n = len(await store.items.read(conversation))
        while True:
            n += 1
            events = [(float(n), {"n": n, "half": half, "text": "x" * 500}) for half in (0, 1)]
            await store.record(conversation, events, [StoredItem(f"i{n}", "user", float(n), f"words {n}")])
            print(n, flush=True)

asyncio.run(main(*sys.argv[1:]))
"""


async def killed_while_writing(url: str, conversation: str, after: int) -> int:
    """The last number that a writer said before it was killed, having said ``after`` of them at least."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, url, conversation, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    said = [await process.stdout.readline() for _ in range(after)]
    process.kill()
    said += (await process.stdout.read()).splitlines(keepends=True)
    assert await process.wait() == -signal.SIGKILL
    return max(int(line) for line in said if line.endswith(b"\n"))


async def test_what_was_acknowledged_is_there_after_a_kill(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a.db"
    async with Store.open(url) as store:
        conversation = (await store.conversations.create("shop")).id
    for after in (1, 37, 120):
        acknowledged = await killed_while_writing(url, conversation, after)
        async with Store.open(url) as store:
            items = await store.items.read(conversation)
            events: list[LoggedEvent] = []
            while batch := await store.events.read(conversation, len(events), 1000):
                events += batch
            assert len(items) >= acknowledged >= after
            assert [(e.seq, e.event["n"]) for e in events] == [(n, (n + 1) // 2) for n in range(1, 2 * len(items) + 1)]
            assert [item.text for item in items] == [f"words {n}" for n in range(1, len(items) + 1)]
            assert (await store.conversations.get(conversation)).preview == f"words {len(items)}"


async def test_a_backup_taken_while_writing_is_whole(tmp_path: Path) -> None:
    async with Store.open(f"sqlite:///{tmp_path}/a.db") as store:
        conversation = (await store.conversations.create("shop")).id
        backed_up = asyncio.Event()

        async def write() -> None:
            n = 0
            while not backed_up.is_set():
                n += 1
                await store.record(conversation, [(0.0, {"n": n})], [StoredItem(f"i{n}", "user", 0.0, "Hi")])

        async with asyncio.TaskGroup() as group:
            group.create_task(write())
            while not await store.items.read(conversation):
                pass
            await store.backup(tmp_path / "copy.db")
            backed_up.set()
        await store.conversations.delete(conversation)
    async with Store.open(f"sqlite:///{tmp_path}/copy.db") as copy:
        items = await copy.items.read(conversation)
        assert len(items) > 0
        assert len(await copy.events.read(conversation, limit=1000)) == len(items)


async def test_a_backup_never_takes_the_place_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("precious")
    async with Store.open(f"sqlite:///{tmp_path}/a.db") as store:
        with pytest.raises(ConflictError, match=r"copy\.db exists already"):
            await store.backup(tmp_path / "copy.db")
        with pytest.raises(StoreError, match=r"a\.db cannot be copied: unable to open database file"):
            await store.backup(tmp_path / "nowhere" / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "precious"
    assert not (tmp_path / "copy.db.partial").exists()
