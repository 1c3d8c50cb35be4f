"""A server as a process of its own and devices that really call it: calls, ends, and what is there afterwards."""

import asyncio
from pathlib import Path
from typing import Any

import httpx

from tests.integration.serving import serving
from tests.unit.server.world import Device


async def joined(client: httpx.AsyncClient, device: Device, **session: str) -> dict[str, Any]:
    """The session that the device is in, once the device has been told so."""
    made: dict[str, Any] = (await client.post("/api/realtime/session", json=session)).json()
    headers = {"Authorization": f"Bearer {made['token']}", "Content-Type": "application/sdp"}
    answer = await client.post(f"/api/realtime/sdp/{made['session_id']}", headers=headers, content=device.offer)
    assert answer.status_code == 200, answer.text
    await device.take(answer.text)
    assert (await device.told("session"))["session_id"] == made["session_id"]
    return made


def entries(device: Device) -> list[str]:
    return [one["data"]["text"] for one in device.messages if one["type"] == "transcript_entry"]


async def lines(client: httpx.AsyncClient, conversation_id: str) -> list[tuple[str, str]]:
    whole = (await client.get(f"/api/conversations/{conversation_id}")).json()
    return [(one["role"], one["text"]) for one in whole["items"]]


async def test_two_calls_at_once_know_nothing_of_each_other(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, server.client() as client, Device() as ada, Device() as bob:
        one, other = await joined(client, ada), await joined(client, bob)
        ada.say({"type": "text", "text": "I am Ada"})
        bob.say({"type": "text", "text": "I am Bob"})
        for device in (ada, bob):
            await device.told("transcript_entry")
        for device, session in ((ada, one), (bob, other)):
            device.say({"type": "control", "action": "leave"})
            await _not_live(client, session["conversation_id"])
        assert "I am Bob" not in entries(ada)
        assert "I am Ada" not in entries(bob)
        assert ("user", "I am Ada") in await lines(client, one["conversation_id"])
        assert ("user", "I am Bob") in await lines(client, other["conversation_id"])


async def test_messages_that_make_no_sense_do_not_end_a_call(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, server.client() as client, Device() as device:
        await joined(client, device)
        nonsense: list[Any] = [{}, [], {"type": "fly"}, {"type": "text"}, {"type": "text", "text": ""}, "text", None]
        for one in nonsense:
            device.say(one)
        assert (await device.told("error"))["fatal"] is False
        device.say({"type": "text", "text": "Still here"})
        assert (await device.told("transcript_entry"))["data"]["text"] == "Still here"
        device.say({"type": "control", "action": "leave"})
        done, _ = await server.stopped()
    assert (done.code, done.err) == (0, "")


async def test_a_stop_in_the_middle_of_a_call_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, server.client() as client, Device() as device:
        made = await joined(client, device)
        device.say({"type": "text", "text": "Remember me"})
        await device.told("transcript_entry")
        done, seconds = await server.stopped()
        assert (await device.told("error"))["code"] == "server_stopping"
    assert (done.code, done.err) == (0, "")
    assert seconds < 8
    async with serving(tmp_path) as again, again.client() as client:
        assert ("user", "Remember me") in await lines(client, made["conversation_id"])
        await _resumed(client, made["conversation_id"])


async def test_a_kill_in_the_middle_of_a_call_loses_nothing_that_was_shown(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, server.client() as client, Device() as device:
        made = await joined(client, device)
        device.say({"type": "text", "text": "Remember me"})
        await device.told("transcript_entry")
        server.process.kill()
        await server.process.wait()
    async with serving(tmp_path) as again, again.client() as client:
        assert ("user", "Remember me") in await lines(client, made["conversation_id"])
        whole = (await client.get(f"/api/conversations/{made['conversation_id']}")).json()
        assert whole["live"] is False
        await _resumed(client, made["conversation_id"])


async def test_the_same_conversation_goes_on_over_a_stop(tmp_path: Path) -> None:
    async with serving(tmp_path) as server, server.client() as client:
        made = (await client.post("/api/realtime/session", json={})).json()["conversation_id"]
        await client.post(f"/api/realtime/webrtc/bridge/{made}/text", json={"text": "One"})
        await server.stopped()
    async with serving(tmp_path) as server, server.client() as client:
        await client.post("/api/realtime/session", json={"conversation_id": made})
        await client.post(f"/api/realtime/webrtc/bridge/{made}/text", json={"text": "Two"})
        assert (await client.delete(f"/api/realtime/webrtc/bridge/{made}")).status_code == 204
        said = [text for role, text in await lines(client, made) if role == "user"]
    assert said == ["One", "Two"]


async def _resumed(client: httpx.AsyncClient, conversation_id: str) -> None:
    """The log, read from its middle, has no gap."""
    path = f"/api/conversations/{conversation_id}/events"
    numbers: list[int] = []
    async with asyncio.timeout(20), client.stream("GET", path, headers={"Last-Event-ID": "1"}) as stream:
        async for line in stream.aiter_lines():
            if line.startswith("id: "):
                numbers.append(int(line.removeprefix("id: ")))
            if len(numbers) == 2:
                break
    assert numbers == [2, 3]


async def _not_live(client: httpx.AsyncClient, conversation_id: str) -> None:
    async with asyncio.timeout(20):
        while (await client.get(f"/api/conversations/{conversation_id}")).json()["live"]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
