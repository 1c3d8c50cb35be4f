"""Calls over HTTP: sessions, joins, bridges; and that what failed leaves nothing behind."""

import asyncio
import random
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from antiphon import errors
from antiphon.session.session import MAX_DEVICES
from tests.unit.server.world import (
    Device,
    GuardedModel,
    Served,
    agent,
    eventually,
    is_problem,
    open_connections,
    served,
    settled,
)

UNKNOWN_CONVERSATION = "conv_" + "0" * 32
UNKNOWN_SESSION = "sess_" + "0" * 32
BRIDGE = "/api/realtime/webrtc/bridge"
SESSION = "/api/realtime/session"


class TestSession:
    async def test_a_new_one_has_a_new_conversation_and_a_token(self, server: Served) -> None:
        made = await server.client.post(SESSION, json={"prompt": "Be brief."})
        assert made.status_code == 201
        found = made.json()
        assert set(found) == {"session_id", "conversation_id", "token", "ice_servers", "status"}
        assert (found["status"], found["ice_servers"]) == ("ready", [])
        assert len(found["token"]) >= 32
        conversation = (await server.client.get(f"/api/conversations/{found['conversation_id']}")).json()
        assert (conversation["prompt"], conversation["live"]) == ("Be brief.", True)

    async def test_a_live_conversation_keeps_its_session(self, server: Served) -> None:
        first = await server.session()
        again = await server.session(conversation_id=first.conversation_id)
        assert again == first
        assert len(server.services.sessions) == 1

    async def test_two_conversations_have_two(self, server: Served) -> None:
        assert (await server.session()).id != (await server.session()).id
        assert len(server.services.sessions) == 2

    async def test_the_browser_is_told_the_ice_servers(self, tmp_path: Path) -> None:
        turn = {"urls": "turn:turn.example.org:3478?transport=udp", "username": "u", "credential": "c"}
        async with served(tmp_path, ice_servers=[turn]) as server:
            found = (await server.client.post(SESSION, json={})).json()["ice_servers"]
        assert found == [{**turn, "urls": [turn["urls"]]}]

    @pytest.mark.parametrize(
        ("body", "status", "word"),
        [
            ({"conversation_id": UNKNOWN_CONVERSATION}, 404, UNKNOWN_CONVERSATION),
            ({"conversation_id": "'; DROP TABLE conversations"}, 404, "DROP TABLE"),
            ({"conversation_id": "\0"}, 404, "conversation"),
            ({"conversation_id": ""}, 422, "conversation_id"),
            ({"conversation_id": "a" * 65}, 422, "conversation_id"),
            ({"conversation_id": 5}, 422, "conversation_id"),
            ({"agent": "Nobody"}, 404, "Nobody"),
            ({"agent": ""}, 422, "agent"),
            ({"prompt": "a" * 32_001}, 422, "prompt"),
            ({"prompt": "a\0b"}, 422, "prompt"),
            ({"voice": "a\0b"}, 422, "voice"),
            ([], 422, "body"),
        ],
    )
    async def test_a_bad_request_is_told_why(self, server: Served, body: Any, status: int, word: str) -> None:
        is_problem(await server.client.post(SESSION, json=body), status, word)
        assert len(server.services.sessions) == 0
        assert (await server.client.get("/api/conversations")).json()["conversations"] == []

    async def test_another_agent_cannot_take_a_conversation_over(self, server: Served) -> None:
        made = await server.conversation()
        other = await server.client.post(SESSION, json={"conversation_id": made, "agent": "Ada"})
        is_problem(other, 404, "'Scripted'", "'Ada'")
        assert len(server.services.sessions) == 0

    async def test_a_voice_and_a_prompt_are_for_the_call_that_they_begin(self, server: Served) -> None:
        made = await server.conversation()
        wishes = {"conversation_id": made, "prompt": "Be loud.", "voice": "marin"}
        begun = await server.client.post(SESSION, json=wishes)
        assert begun.status_code == 201
        agent = server.services.sessions.get(begun.json()["session_id"]).agent
        assert agent.voice == "marin"
        assert agent.instructions.endswith("Be loud.")
        assert (await server.client.get(f"/api/conversations/{made}")).json()["prompt"] is None
        is_problem(await server.client.post(SESSION, json=wishes), 409, "voice and prompt")
        joined = await server.client.post(SESSION, json={"conversation_id": made})
        assert joined.json()["session_id"] == begun.json()["session_id"]

    @pytest.mark.parametrize(
        ("fault", "status"),
        [
            (errors.ModelUnavailable("The model is on holiday."), 503),
            (errors.ModelRefused("The model does not know us."), 502),
            (errors.ModelError("The model stumbled."), 502),
        ],
    )
    async def test_a_model_that_fails_is_told_and_leaves_nothing(
        self, tmp_path: Path, fault: errors.ModelError, status: int
    ) -> None:
        async with served(tmp_path, agent(model=GuardedModel(fault))) as server:
            tasks = len(asyncio.all_tasks())
            is_problem(await server.client.post(SESSION, json={}), status, str(fault))
            async with Device() as device:
                made = await server.conversation()
                is_problem(await _bridge(server, made, device.offer), status, str(fault))
            assert len(server.services.sessions) == 0
            await settled(tasks)

    async def test_a_model_that_breaks_is_told_without_its_words(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with served(tmp_path, agent(model=GuardedModel(RuntimeError("key=hunter2")))) as server:
            refused = await server.client.post(SESSION, json={})
            is_problem(refused, 500)
            assert "hunter2" not in refused.text
            assert len(server.services.sessions) == 0

    async def test_its_end_needs_its_token(self, server: Served) -> None:
        live, other = await server.session(), await server.session()
        for headers in _wrong_tokens(live.token, other.token):
            refused = await server.client.delete(live.path, headers=headers)
            is_problem(refused, 401, "token")
            assert refused.headers["www-authenticate"] == "Bearer"
        assert len(server.services.sessions) == 2
        assert (await server.client.delete(live.path, headers=live.token)).status_code == 204
        assert len(server.services.sessions) == 1
        is_problem(await server.client.delete(live.path, headers=live.token), 404, live.id)

    async def test_a_token_is_never_logged(self, server: Served, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level("DEBUG")
        live = await server.session()
        token = live.token["Authorization"].removeprefix("Bearer ")
        await server.client.post(live.sdp, headers=live.sdp_headers, content="v=0")
        await server.client.delete(live.path, headers={"Authorization": f"Bearer {token}x"})
        await server.client.delete(live.path, headers=live.token)
        ours = [one.getMessage() + str(one.__dict__) for one in caplog.records if one.name.startswith("antiphon")]
        assert not [line for line in ours if token in line]


class TestJoin:
    async def test_a_device_joins_is_told_where_it_is_and_leaves(self, server: Served) -> None:
        tasks = len(asyncio.all_tasks())
        live = await server.session()
        async with Device() as device:
            answer = await server.client.post(live.sdp, headers=live.sdp_headers, content=device.offer)
            assert (answer.status_code, answer.headers["content-type"]) == (200, "application/sdp")
            assert "a=candidate:" in answer.text
            await device.take(answer.text)
            told = await device.told("session")
            assert (told["session_id"], told["conversation_id"]) == (live.id, live.conversation_id)
            device.say({"type": "control", "action": "leave"})
            await eventually(lambda: len(server.services.sessions) == 0)
        await settled(tasks)

    async def test_each_join_is_one_more_device(self, server: Served) -> None:
        live = await server.session()
        async with Device() as desk, Device() as phone:
            for device in (desk, phone):
                answer = await server.client.post(live.sdp, headers=live.sdp_headers, content=device.offer)
                await device.take(answer.text)
            first, second = await desk.told("session"), await phone.told("session")
            assert first["session_id"] == second["session_id"]
            assert first["participant_id"] != second["participant_id"]

    async def test_public_addresses_are_offered(self, tmp_path: Path) -> None:
        async with served(tmp_path, public_addresses=["203.0.113.7"]) as server, Device() as device:
            live = await server.session()
            answer = await server.client.post(live.sdp, headers=live.sdp_headers, content=device.offer)
            assert " 203.0.113.7 " in answer.text

    @pytest.mark.parametrize("given", [UNKNOWN_SESSION, "x", "%00", "%ff", "..%2f..%2fx"])
    async def test_a_session_that_is_not_there(self, server: Served, given: str) -> None:
        headers = {"Content-Type": "application/sdp", "Authorization": "Bearer x"}
        is_problem(await server.client.post(f"/api/realtime/sdp/{given}", headers=headers, content="v=0"), 404)
        is_problem(await server.client.delete(f"{SESSION}/{given}", headers=headers), 404)

    async def test_another_session_s_token_opens_nothing(self, server: Served) -> None:
        live, other = await server.session(), await server.session()
        for headers in _wrong_tokens(live.token, other.token):
            sent = {**headers, "Content-Type": "application/sdp"}
            is_problem(await server.client.post(live.sdp, headers=sent, content="v=0"), 401, "token")

    @pytest.mark.parametrize("sent", ["text/plain", "application/json", "application/sdpx", "application", "", "\xe9"])
    async def test_an_offer_that_is_not_called_one(self, server: Served, sent: str) -> None:
        live = await server.session()
        headers = [(b"authorization", live.token["Authorization"].encode()), (b"content-type", sent.encode("latin-1"))]
        answer = await server.client.post(live.sdp, headers=headers, content="v=0")
        is_problem(answer, 415, "application/sdp")

    @pytest.mark.parametrize("sent", ["application/sdp", "Application/SDP", "application/sdp; charset=utf-8"])
    async def test_an_offer_that_is_called_one(self, server: Served, sent: str) -> None:
        live = await server.session()
        async with Device() as device:
            headers = {**live.token, "Content-Type": sent}
            assert (await server.client.post(live.sdp, headers=headers, content=device.offer)).status_code == 200

    @pytest.mark.parametrize("size", [64_001, 999_999, 1_000_001])
    async def test_an_offer_too_large(self, server: Served, size: int) -> None:
        live = await server.session()
        is_problem(await server.client.post(live.sdp, headers=live.sdp_headers, content=b"a" * size), 413, "at most")

    async def test_the_same_offer_twice_is_two_devices_or_a_problem(self, server: Served) -> None:
        live = await server.session()
        async with Device() as device:
            for _ in range(2):
                answer = await server.client.post(live.sdp, headers=live.sdp_headers, content=device.offer)
                assert answer.status_code == 200


class TestBrokenOffers:
    """Whatever is sent as an offer: an answer or a problem, never a failure, and nothing left behind."""

    async def test_text_that_is_no_offer(self, server: Served) -> None:
        await self._all_refused(
            server,
            [
                b"", b" ", b"nope", b"\x00", b"v=0", b"v=0\r\n" * 1000, b"{}", b"<sdp/>", b"m=audio", b"m=audio 9\r\n",
                b"\xff\xfe\x00", b"\xc3\x28", b"a=" * 30_000, "\u2028é\U0001f600".encode(),
                b"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n",
                b"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 99999999999999 UDP/TLS/RTP/SAVPF 111\r\n",
                b"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n",
            ],
        )  # fmt: skip

    async def test_random_bytes(self, server: Served) -> None:
        draw = random.Random(7)
        await self._all_refused(server, [draw.randbytes(draw.randrange(1, 2000)) for _ in range(100)])

    async def test_an_offer_without_one_of_its_parts(self, server: Served) -> None:
        async with Device() as device:
            good = device.offer
        without = [
            "\r\n".join(line for line in good.split("\r\n") if not line.startswith(part)).encode()
            for part in ("a=ice-ufrag", "a=ice-pwd", "a=fingerprint", "a=rtcp-mux", "a=mid", "a=setup", "m=audio", "m=",
                         "a=rtpmap", "a=")
        ]  # fmt: skip
        await self._all_taken_or_refused(server, without)

    @pytest.mark.parametrize("seed", range(8))
    async def test_an_offer_damaged_at_random(self, server: Served, seed: int) -> None:
        async with Device() as device:
            good = device.offer
        draw = random.Random(seed)
        await self._all_taken_or_refused(server, [_damaged(good, draw) for _ in range(50)])

    async def test_an_offer_with_very_many_sections(self, server: Served) -> None:
        async with Device() as device:
            head, _, rest = device.offer.partition("m=audio")
        section = "m=audio" + rest.partition("m=application")[0]
        many = head + "".join(section.replace("a=mid:0", f"a=mid:{number}") for number in range(60))
        await self._all_taken_or_refused(server, [many[:63_000].encode()])

    async def _all_refused(self, server: Served, offers: list[bytes]) -> None:
        assert await self._all_taken_or_refused(server, offers) == 0

    async def _all_taken_or_refused(self, server: Served, offers: list[bytes]) -> int:
        """How many were taken: a damaged offer may still be one. Its device never comes."""
        tasks, taken = len(asyncio.all_tasks()), 0
        live = await server.session()
        for offer in offers:
            answer = await server.client.post(live.sdp, headers=live.sdp_headers, content=offer)
            if answer.status_code == 200:
                taken += 1
            elif taken >= MAX_DEVICES:
                is_problem(answer, answer.status_code, "devices" if answer.status_code == 503 else "offer")
            else:
                is_problem(answer, 422, "offer")
        assert len(server.services.sessions) == 1, "the session outlives what could not join it"
        await server.client.delete(live.path, headers=live.token)
        await settled(tasks)
        return taken


class TestBridge:
    async def test_one_request_makes_a_call(self, server: Served) -> None:
        made = await server.conversation()
        async with Device() as device:
            bridged = await _bridge(server, made, device.offer)
            assert bridged.status_code == 201
            assert set(bridged.json()) == {"session_id", "answer"}
            await device.take(bridged.json()["answer"])
            assert (await device.told("session"))["session_id"] == bridged.json()["session_id"]
            typed = await server.client.post(f"{BRIDGE}/{made}/text", json={"text": "Hello"})
            assert typed.status_code == 202
            assert (await device.told("transcript_entry"))["data"]["text"] == "Hello"
            assert (await server.client.delete(f"{BRIDGE}/{made}")).status_code == 204
            assert (await device.told("error"))["fatal"] is True
        is_problem(await server.client.delete(f"{BRIDGE}/{made}"), 404, made)

    async def test_a_second_one_closes_the_first(self, server: Served) -> None:
        tasks = len(asyncio.all_tasks())
        made = await server.conversation()
        async with Device() as desk, Device() as phone:
            first = await _bridge(server, made, desk.offer)
            await desk.take(first.json()["answer"])
            await desk.told("session")
            second = await _bridge(server, made, phone.offer)
            await phone.take(second.json()["answer"])
            assert (await desk.told("error"))["message"] == "This call was taken over by another device."
            assert (await phone.told("session"))["session_id"] == second.json()["session_id"]
            assert first.json()["session_id"] != second.json()["session_id"]
            assert len(server.services.sessions) == 1
            await server.client.delete(f"{BRIDGE}/{made}")
        await settled(tasks)

    async def test_an_offer_that_is_no_use_closes_nothing(self, server: Served) -> None:
        made = await server.conversation()
        async with Device() as device:
            first = await _bridge(server, made, device.offer)
            await device.take(first.json()["answer"])
            await device.told("session")
            is_problem(await _bridge(server, made, "v=0"), 422, "offer")
            session = first.json()["session_id"]
            assert server.services.sessions.get(session).id == session

    async def test_an_offer_that_is_no_use_begins_nothing(self, server: Served) -> None:
        tasks = len(asyncio.all_tasks())
        made = await server.conversation()
        is_problem(await _bridge(server, made, "v=0"), 422, "offer")
        assert len(server.services.sessions) == 0
        await settled(tasks)

    async def test_many_at_once_leave_one_call(self, tmp_path: Path) -> None:
        model = GuardedModel()
        async with served(tmp_path, agent(model=model)) as server:
            made = await server.conversation()
            answers: list[httpx.Response] = []

            async def come() -> None:
                async with Device() as device:
                    answers.append(await _bridge(server, made, device.offer))

            with anyio.fail_after(30):
                async with anyio.create_task_group() as tasks:
                    for _ in range(4):
                        tasks.start_soon(come)
                    await model.asked.wait()
                    model.gate.set()
            assert [one.status_code for one in answers] == [201] * 4
            *old, last = [one.json()["session_id"] for one in answers]
            assert len({*old, last}) == 4, "each is a call of its own, none is a second device in another's"
            assert len(server.services.sessions) == 1
            assert server.services.sessions.get(last).id == last

    @pytest.mark.parametrize(
        ("change", "status", "word"),
        [
            ({"conversation_id": UNKNOWN_CONVERSATION}, 404, UNKNOWN_CONVERSATION),
            ({"conversation_id": None}, 422, "conversation_id"),
            ({"agent_name": "Ada"}, 404, "'Ada'"),
            ({"offer": ""}, 422, "offer"),
            ({"offer": "a" * 64_001}, 422, "offer"),
            ({"offer": None}, 422, "offer"),
            ({"offer": "\0" * 100}, 422, "offer"),
            ({"voice": "a\0b"}, 422, "voice"),
        ],
    )
    async def test_a_bad_request_is_told_why(
        self, server: Served, change: dict[str, Any], status: int, word: str
    ) -> None:
        made = await server.conversation()
        async with Device() as device:
            body = {"conversation_id": made, "offer": device.offer, **change}
            is_problem(await server.client.post(BRIDGE, json=body), status, word)
        assert len(server.services.sessions) == 0
        assert open_connections() == 0

    @pytest.mark.parametrize("text", ["", "   ", "\n", "a\0b", "a" * 16_001, None, 5])
    async def test_text_that_is_none(self, server: Served, text: Any) -> None:
        live = await server.session()
        is_problem(await server.client.post(f"{BRIDGE}/{live.conversation_id}/text", json={"text": text}), 422, "text")

    async def test_text_into_a_conversation_that_is_not_live(self, server: Served) -> None:
        made = await server.conversation()
        is_problem(await server.client.post(f"{BRIDGE}/{made}/text", json={"text": "Hi"}), 404, made, "not live")


class TestStopping:
    async def test_a_stop_tells_the_device_and_leaves_nothing(self, tmp_path: Path) -> None:
        tasks = len(asyncio.all_tasks())
        async with Device() as device:
            async with served(tmp_path) as server:
                live = await server.session()
                answer = await server.client.post(live.sdp, headers=live.sdp_headers, content=device.offer)
                await device.take(answer.text)
                await device.told("session")
            assert (await device.told("error"))["code"] == "server_stopping"
        await settled(tasks)

    async def test_a_session_that_is_just_beginning_does_not_hold_up_a_stop(self, tmp_path: Path) -> None:
        model = GuardedModel()
        answers: list[httpx.Response] = []
        with anyio.fail_after(15):
            async with anyio.create_task_group() as tasks, served(tmp_path, agent(model=model)) as server:

                async def begin() -> None:
                    answers.append(await server.client.post(SESSION, json={}))

                tasks.start_soon(begin)
                await model.asked.wait()
        assert answers[0].status_code in (409, 503)


async def _bridge(server: Served, conversation_id: str, offer: str) -> httpx.Response:
    return await server.client.post(BRIDGE, json={"conversation_id": conversation_id, "offer": offer})


def _wrong_tokens(right: dict[str, str], other: dict[str, str]) -> list[dict[str, str]]:
    token = right["Authorization"]
    return [
        {}, other, {"Authorization": token[:-1]}, {"Authorization": token + "x"}, {"Authorization": token[7:]},
        {"Authorization": "Bearer"}, {"Authorization": "Bearer "}, {"Authorization": f"Basic {token[7:]}"},
        {"Authorization": "Bearer " + "x" * 5000}, {"Authorization": "Bearer " + "%00"},
    ]  # fmt: skip


def _damaged(offer: str, draw: random.Random) -> bytes:
    """One to four things wrong with it: a line lost, cut, doubled, moved, or with something else in it."""
    lines = offer.split("\r\n")
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(len(lines))
        match draw.randrange(5):
            case 0 if len(lines) > 1:
                del lines[at]
            case 1:
                lines[at] = lines[at][: draw.randrange(len(lines[at]) + 1)]
            case 2:
                lines.insert(at, draw.choice(lines))
            case 3:
                draw.shuffle(lines)
            case _:
                cut = draw.randrange(len(lines[at]) + 1)
                foreign = draw.choice(["\0", "9" * 20, "-1", " ", ":", "/", "é", "\x7f", "127.0.0.1"])
                lines[at] = lines[at][:cut] + foreign + lines[at][cut + 1 :]
    return "\r\n".join(lines).encode()
