"""Conversations over HTTP: made, found, read, renamed, deleted, followed."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.unit.server.world import Opened, Served, is_problem, reading, served

UNKNOWN = "conv_" + "0" * 32
NOT_IDS = [UNKNOWN, "conv_x", "%00", "%ff", "null", "a" * 64, "%F0%9F%8E%99", "' OR 1=1 --"]


async def test_a_new_conversation_is_empty_and_listed(server: Served) -> None:
    made = (await server.client.post("/api/conversations", json={"title": "Plans", "prompt": "Be brief."})).json()
    assert made["title"] == "Plans"
    assert made["prompt"] == "Be brief."
    assert (made["agent"], made["preview"], made["live"]) == ("Scripted", "", False)
    assert (await server.client.get("/api/conversations")).json() == {"conversations": [made], "next_cursor": None}
    assert (await server.client.get(f"/api/conversations/{made['id']}")).json() == {**made, "items": []}


async def test_what_was_said_is_read_back(server: Served) -> None:
    live = await server.session()
    text = await server.client.post(_text(live), json={"text": " Hello? "})
    assert text.status_code == 202
    await _answered(server, live.conversation_id)
    await server.client.delete(live.path, headers=live.token)

    whole = (await server.client.get(f"/api/conversations/{live.conversation_id}")).json()
    asked = whole["items"][0]
    assert (asked["role"], asked["text"], asked["final"]) == ("user", "Hello?", True)
    assert (whole["title"], whole["live"]) == ("Hello?", False)
    (listed,) = (await server.client.get("/api/conversations?search=hello")).json()["conversations"]
    assert listed["id"] == live.conversation_id


async def test_a_conversation_is_renamed(server: Served) -> None:
    made = await server.conversation()
    renamed = await server.client.patch(f"/api/conversations/{made}", json={"title": "Ünïcode 会話"})
    assert (renamed.status_code, renamed.json()["title"]) == (200, "Ünïcode 会話")
    assert (await server.client.get(f"/api/conversations/{made}")).json()["title"] == "Ünïcode 会話"


@pytest.mark.parametrize(
    "body", [{}, {"title": None}, {"title": ""}, {"title": "\t\n "}, {"title": "a" * 201}, {"title": 1}]
)
async def test_a_title_that_is_none_is_refused(server: Served, body: dict[str, Any]) -> None:
    made = await server.conversation(title="Old")
    is_problem(await server.client.patch(f"/api/conversations/{made}", json=body), 422, "title")
    assert (await server.client.get(f"/api/conversations/{made}")).json()["title"] == "Old"


async def test_a_deleted_conversation_is_gone(server: Served) -> None:
    made, other = await server.conversation(), await server.conversation()
    assert (await server.client.delete(f"/api/conversations/{made}")).status_code == 204
    is_problem(await server.client.get(f"/api/conversations/{made}"), 404, made)
    is_problem(await server.client.delete(f"/api/conversations/{made}"), 404, made)
    assert [one["id"] for one in (await server.client.get("/api/conversations")).json()["conversations"]] == [other]


async def test_deleting_a_live_conversation_ends_its_session(server: Served) -> None:
    live = await server.session()
    assert (await server.client.get(f"/api/conversations/{live.conversation_id}")).json()["live"] is True
    assert (await server.client.delete(f"/api/conversations/{live.conversation_id}")).status_code == 204
    assert len(server.services.sessions) == 0
    is_problem(await server.client.get(f"/api/conversations/{live.conversation_id}"), 404)
    is_problem(await server.client.delete(live.path, headers=live.token), 404)


@pytest.mark.parametrize("given", NOT_IDS)
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/conversations/{}", None),
        ("PATCH", "/api/conversations/{}", {"title": "x"}),
        ("DELETE", "/api/conversations/{}", None),
        ("GET", "/api/conversations/{}/events", None),
        ("DELETE", "/api/realtime/webrtc/bridge/{}", None),
        ("POST", "/api/realtime/webrtc/bridge/{}/text", {"text": "x"}),
    ],
)
async def test_an_id_that_is_none_is_a_problem(server: Served, method: str, path: str, body: Any, given: str) -> None:
    is_problem(await server.client.request(method, path.format(given), json=body), 404)


async def test_an_id_too_long_is_not_looked_for(server: Served) -> None:
    is_problem(await server.client.get("/api/conversations/" + "a" * 65), 422, "conversation_id")


class TestSearching:
    @pytest.mark.parametrize(
        ("search", "found"),
        [
            ("%", {"100% sure"}),
            ("_", {"snake_case"}),
            ("\\", {"back\\slash"}),
            ("SURE", {"100% sure"}),
            ("ÜBER", {"über uns"}),
            ("' OR 1=1 --", set()),
            ("", {"100% sure", "snake_case", "back\\slash", "über uns"}),
            ("   ", {"100% sure", "snake_case", "back\\slash", "über uns"}),
            ("\ud83d\ude00", set()),
        ],
    )
    async def test_it_is_for_these_very_characters(self, server: Served, search: str, found: set[str]) -> None:
        for title in ("100% sure", "snake_case", "back\\slash", "über uns"):
            await server.conversation(title=title)
        query = {"search": search.encode("utf-16", "surrogatepass").decode("utf-16")}
        listed = (await server.client.get("/api/conversations", params=query)).json()["conversations"]
        assert {one["title"] for one in listed} == found

    @pytest.mark.parametrize(
        "query",
        ["search=%00", "search=" + "a" * 201, "limit=0", "limit=201", "limit=-1", "limit=x", "limit=1e3", "limit=",
         "limit=9999999999999999999999", "cursor=garbage", "cursor=%00", "cursor=%ff", "cursor=e30", "cursor=W10",
         "cursor=WzEsMl0", "cursor=W251bGwsbnVsbF0", "cursor=" + "W" * 400, "cursor=" + "a" * 401, "cursor="],
    )  # fmt: skip
    async def test_a_query_that_makes_no_sense_is_refused(self, server: Served, query: str) -> None:
        await server.conversation()
        is_problem(await server.client.get(f"/api/conversations?{query}"), 422, query.partition("=")[0])

    async def test_pages_follow_each_other_without_gap_or_repeat(self, server: Served) -> None:
        made = [await server.conversation(title=str(number)) for number in range(7)]
        found: list[str] = []
        cursor: str | None = None
        while True:
            query = {"limit": "3"} | ({"cursor": cursor} if cursor else {})
            page = (await server.client.get("/api/conversations", params=query)).json()
            found += [one["id"] for one in page["conversations"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
            assert len(page["conversations"]) == 3
        assert found == made[::-1]


class TestFollowing:
    async def test_the_log_is_told_from_the_beginning_and_as_it_grows(self, server: Served) -> None:
        live = await server.session()
        async with reading(server.app, _log(live)) as reader:
            found = await reader.until("SessionOpened")
            await server.client.post(_text(live), json={"text": "Hi"})
            found += await reader.until("ResponseEnded")
            await server.client.delete(live.path, headers=live.token)
            found += await reader.until("SessionClosed")
        assert [number for number, _ in found] == list(range(1, len(found) + 1))
        assert "TextTyped" in [data["event"]["type"] for _, data in found]
        assert all(isinstance(data["at"], float) for _, data in found)

    async def test_it_resumes_without_a_gap_after_the_last_event_that_came(self, server: Served) -> None:
        live = await server.session()
        await server.client.post(_text(live), json={"text": "Hi"})
        async with reading(server.app, _log(live)) as reader:
            before = await reader.until("TextTyped")
        last = before[-1][0]
        async with reading(server.app, _log(live), last) as reader:
            await _answered(server, live.conversation_id)
            await server.client.delete(live.path, headers=live.token)
            after = await reader.until("SessionClosed")
        assert [number for number, _ in before + after] == list(range(1, after[-1][0] + 1))

    async def test_several_readers_are_told_the_same(self, server: Served) -> None:
        live = await server.session()
        async with reading(server.app, _log(live)) as one, reading(server.app, _log(live)) as other:
            await server.client.delete(live.path, headers=live.token)
            assert await one.until("SessionClosed") == await other.until("SessionClosed")

    @pytest.mark.parametrize("given", ["x", "-1", "1.5", str(2**64), "\x7f"])
    async def test_a_last_event_that_is_no_number_is_refused(self, server: Served, given: str) -> None:
        made = await server.conversation()
        answer = await server.client.get(f"/api/conversations/{made}/events", headers={"Last-Event-ID": given})
        is_problem(answer, 422, "last-event-id")

    async def test_it_ends_when_the_conversation_is_deleted(
        self, server: Served, caplog: pytest.LogCaptureFixture
    ) -> None:
        live = await server.session()
        async with reading(server.app, _log(live)) as reader:
            await reader.until("SessionOpened")
            await server.client.delete(f"/api/conversations/{live.conversation_id}")
            with anyio.fail_after(10):
                rest = [data["event"]["type"] async for _, data in reader.events()]
        assert rest[-1:] in ([], ["SessionClosed"])
        assert "Traceback" not in caplog.text

    async def test_it_ends_when_the_server_stops(self, server: Served) -> None:
        made = await server.conversation()
        async with reading(server.app, f"/api/conversations/{made}/events") as reader:
            await anyio.wait_all_tasks_blocked()
            server.services.stopping.set()
            with anyio.fail_after(10):
                assert [one async for one in reader.events()] == []

    async def test_a_reader_who_goes_leaves_nothing_behind(self, server: Served) -> None:
        made = await server.conversation()
        before = len(asyncio.all_tasks())
        for _ in range(3):
            with anyio.fail_after(10):
                async with reading(server.app, f"/api/conversations/{made}/events"):
                    await anyio.wait_all_tasks_blocked()
                    assert len(asyncio.all_tasks()) > before
        assert len(asyncio.all_tasks()) == before


async def test_a_database_that_fails_is_told_and_gets_over_it(tmp_path: Path) -> None:
    async with served(tmp_path) as server:
        made = await server.conversation()
        with closing(sqlite3.connect(tmp_path / "antiphon.db")) as other:
            other.execute("ALTER TABLE conversations RENAME TO hidden")
            other.commit()
            is_problem(await server.client.get(f"/api/conversations/{made}"), 503, "database")
            is_problem(await server.client.post("/api/conversations", json={}), 503, "database")
            is_problem(await server.client.post("/api/realtime/session", json={"conversation_id": made}), 503)
            assert len(server.services.sessions) == 0
            other.execute("ALTER TABLE hidden RENAME TO conversations")
            other.commit()
        assert (await server.client.get(f"/api/conversations/{made}")).status_code == 200


def _log(live: Opened) -> str:
    return f"/api/conversations/{live.conversation_id}/events"


def _text(live: Opened) -> str:
    return f"/api/realtime/webrtc/bridge/{live.conversation_id}/text"


async def _answered(server: Served, conversation_id: str) -> None:
    """Wait until the log holds that the answer is over."""
    async with reading(server.app, f"/api/conversations/{conversation_id}/events") as reader:
        await reader.until("ResponseEnded")
