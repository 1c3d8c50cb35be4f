"""A served session on a socket that is not there."""

import base64
import json
import math
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import anyio
import numpy as np

from antiphon.clock import Clock, LoopClock
from antiphon.models.parts import TTS
from antiphon.models.scripted import LevelTurnDetection, Reply, Script, ScriptedLLM, ScriptedSTT, ToneTTS
from antiphon.server.openai import outbox
from antiphon.server.openai.opening import RULES, NoReminders
from antiphon.server.openai.served import Cast, ServedSession
from antiphon.testing import ManualClock
from antiphon.tools.context import Note, ToolContext
from antiphon.wire.openai import ids
from antiphon.wire.openai.served_state import ServedState
from antiphon.wire.openai.session import new_session

RATE = 24_000


class FakeSocket:
    """A client: what it says goes in at one end, what it is told comes out at the other."""

    def __init__(self, *, reads: bool = True) -> None:
        self.says, self.heard = anyio.create_memory_object_stream[str](math.inf)
        self.told: list[dict[str, Any]] = []
        self.closed: tuple[int, str] | None = None
        self._reads, self._news = reads, anyio.Event()

    async def receive(self) -> str | bytes | None:
        try:
            return await self.heard.receive()
        except anyio.EndOfStream:
            return None

    async def send(self, frame: str) -> None:
        if not self._reads:
            await anyio.sleep_forever()
        self.told.append(json.loads(frame))
        self._news.set()

    async def close(self, code: int, reason: str) -> None:
        self.closed = (code, reason)

    def say(self, kind: str, **fields: Any) -> None:
        self.says.send_nowait(json.dumps({"type": kind, **fields}))

    async def until(self, kind: str) -> dict[str, Any]:
        with anyio.fail_after(10):
            while True:
                for place, event in enumerate(self.told):
                    if event["type"] == kind:
                        del self.told[: place + 1]
                        return event
                self._news = anyio.Event()
                await self._news.wait()


class Forgetful:
    """Notes that nobody takes in these tests."""

    async def add(self, text: str) -> Note:
        raise AssertionError(text)

    async def all(self) -> Sequence[Note]:
        return ()

    async def clear(self) -> int:
        return 0


def context() -> ToolContext:
    return ToolContext("c", datetime.now(UTC), Forgetful(), NoReminders())


@asynccontextmanager
async def session(
    socket: FakeSocket,
    *replies: Reply,
    clock: Clock | None = None,
    kind: Any = "realtime",
    tts: TTS | None = None,
    hears: str = "hello",
    **settings: Any,
) -> AsyncIterator[ServedSession]:
    time, script = clock or LoopClock(), Script(replies or [Reply("Yes.")], default_hears=hears)
    began = new_session("sess_1", "m", kind=kind, request=settings or None, rules=RULES)
    state = ServedState(began, ids.counted_ids(), RULES, "websocket", time.now(), lifetime=3600)
    ears = (ScriptedSTT(script).open(), LevelTurnDetection().open())
    async with socket.heard, anyio.create_task_group() as tasks:
        cast = Cast(ScriptedLLM(script), tts or ToneTTS(ms_per_char=1), ears, [], context)
        live = ServedSession(state, cast, ids.counted_ids(), time)
        tasks.start_soon(live.run, socket)
        yield live
        socket.says.close()


def sound(*stretches: tuple[int, float]) -> str:
    """``(milliseconds, loudness)`` after each other, as base64."""
    parts = [level * np.sin(np.arange(RATE * ms // 1000) * 0.06) * 32767 for ms, level in stretches]
    return base64.b64encode(np.concatenate(parts).astype("<i2").tobytes()).decode()


async def test_a_long_append_holds_its_turns_at_their_places() -> None:
    socket = FakeSocket()
    async with session(socket):
        socket.say("input_audio_buffer.append", audio=sound((500, 0), (500, 0.3), (600, 0)))
        assert (await socket.until("input_audio_buffer.speech_started"))["audio_start_ms"] == 200
        assert (await socket.until("input_audio_buffer.speech_stopped"))["audio_end_ms"] == 1400
        assert (await socket.until("response.done"))["response"]["status"] == "completed"


async def test_a_session_that_only_writes_down() -> None:
    socket = FakeSocket()
    async with session(socket, kind="transcription", hears="good day"):
        socket.say("input_audio_buffer.append", audio=sound((500, 0), (500, 0.3), (600, 0)))
        done = await socket.until("conversation.item.input_audio_transcription.completed")
        assert done["transcript"] == "good day"
        assert done["usage"] == {"type": "duration", "seconds": 1.2}
        socket.say("response.create")
        assert (await socket.until("error"))["error"]["code"] == "invalid_value"


async def test_sound_in_an_item_of_the_client_is_understood() -> None:
    socket = FakeSocket()
    async with session(socket, output_modalities=["text"]) as live:
        part = {"type": "input_audio", "audio": sound((300, 0.3))}
        socket.say("conversation.item.create", item={"type": "message", "role": "user", "content": [part], "id": "it"})
        socket.say("response.create")
        await socket.until("response.done")
        socket.say("conversation.item.retrieve", item_id="it")
        item = (await socket.until("conversation.item.retrieved"))["item"]
        assert item["content"][0]["transcript"] == "hello"
        assert item["content"][0]["audio"] == part["audio"]
        assert live is not None


async def test_a_turn_without_words_is_answered_with_nothing() -> None:
    socket = FakeSocket()
    async with session(socket, hears=""):
        socket.say("input_audio_buffer.append", audio=sound((500, 0), (500, 0.3), (600, 0)))
        done = await socket.until("response.done")
        assert (done["response"]["status"], done["response"]["output"]) == ("completed", [])


async def test_its_time_passes_with_the_clock_it_was_given() -> None:
    clock, socket = ManualClock(), FakeSocket()
    async with session(socket, clock=clock):
        await socket.until("session.created")
        await clock.advance(3599)
        assert socket.closed is None
        await clock.advance(2)
        assert (await socket.until("error"))["error"]["code"] == "session_expired"
    assert socket.closed == (1001, "session_expired")


async def test_ending_says_what_is_still_to_be_said() -> None:
    socket = FakeSocket()
    async with session(socket) as live:
        await socket.until("session.created")
        live.end()
        live.end()
    assert socket.closed == (1001, "server stopping")


async def test_a_client_that_does_not_read_is_let_go() -> None:
    socket = FakeSocket(reads=False)
    async with session(socket):
        for _ in range(outbox.MAX_WAITING + 10):
            socket.say("response.cancel")
    assert socket.closed == (outbox.CLOSE_TOO_SLOW, "the client does not read")
