"""``antiphon serve`` as a process, with an agent whose answers follow from what it is told, for clients we did not
write."""

import asyncio
import base64
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
from openai.resources.realtime.realtime import AsyncRealtimeConnection
from openai.types.realtime import RealtimeServerEvent

from antiphon.media.pcm import PcmData
from tests.integration.serving import FOR_LONG, Serving, ended, started

RATE = 24_000
SPEECH = Path(__file__).parents[1] / "data" / "speech"
AGENT = '''
from antiphon import Agent, User
from antiphon.dialogue.items import AgentItem, ToolOutputItem, UserItem
from antiphon.errors import ModelUnavailable
from antiphon.models.parts import LLM, TextDelta, ToolCallDelta
from antiphon.models.scripted import LevelTurnDetection, Script, ScriptedSTT, ToneTTS
from antiphon.tools.tool import tool
import anyio

STORY = "Once upon a time there was a story. It went on and on. Nobody knew its end. " * 20


@tool
def house_number(id: int) -> str:
    """The number of the house."""
    return str(11 + id)


class Answering(LLM):
    async def respond(self, history, *, instructions, tools, prompt=None):
        last = history[-1] if history else UserItem("none", "nothing")
        if isinstance(last, ToolOutputItem):
            yield TextDelta(f"The answer is {last.output}.")
        elif "call" in last.text:
            names = [one.name for one in tools]
            for number, word in enumerate(last.text.split()):
                if word in names:
                    yield ToolCallDelta(f"call_{len(history)}_{number}", word, '{"id": 1}')
        elif "story" in last.text:
            yield TextDelta(STORY)
            await anyio.sleep_forever()
        elif "fail" in last.text:
            raise ModelUnavailable("The model is away.")
        elif "crash" in last.text:
            raise ValueError("a fault of the agent")
        elif "remember" in last.text:
            yield TextDelta(" | ".join(one.text for one in history if isinstance(one, AgentItem)))
        else:
            yield TextDelta(f"You said {last.text}. {instructions}")


agent = Agent(
    agent_user=User("Echo"),
    instructions="Be brief.",
    llm=Answering(),
    stt=ScriptedSTT(Script([], default_hears="hello there")),
    tts=ToneTTS(ms_per_char=20),
    turn_detection=LevelTurnDetection(),
    tools=[house_number],
)
'''


@asynccontextmanager
async def serving(folder: Path, agent: str | None = "echo.py:agent", **settings: str) -> AsyncIterator[Serving]:
    """Without a name, the built-in offline agent."""
    (folder / "echo.py").write_text(AGENT, "utf-8")
    process = await started(folder, "serve", *([agent] if agent else []), "--port", "0", **settings)
    assert process.stdout is not None
    try:
        async with asyncio.timeout(FOR_LONG):
            line = (await process.stdout.readline()).decode()
        if not line:
            raise AssertionError(f"it did not start: {await ended(process)}")
        yield Serving(process, line)
    finally:
        if process.returncode is None:
            process.kill()
            await process.communicate()


class Talk:
    """One connection of the stock client, and everything it was told."""

    def __init__(self, connection: AsyncRealtimeConnection) -> None:
        self.connection = connection
        self.events: list[RealtimeServerEvent] = []

    async def until(self, *kinds: str) -> RealtimeServerEvent:
        """The next event of one of these kinds."""
        async with asyncio.timeout(FOR_LONG):
            while True:
                event = await self.connection.recv()
                self.events.append(event)
                if event.type in kinds:
                    return event

    def seen(self) -> list[str]:
        """Kinds of all events since the last look; repeated ones once."""
        kinds = [event.type for event in self.events]
        self.events.clear()
        return [kind for place, kind in enumerate(kinds) if place == 0 or kinds[place - 1] != kind]

    def sound(self) -> PcmData:
        """All sound it was sent."""
        pieces = [base64.b64decode(one.delta) for one in self.events if one.type == "response.output_audio.delta"]
        return PcmData.from_bytes(b"".join(pieces), RATE)

    async def update(self, **session: object) -> None:
        await self.connection.session.update(session={"type": "realtime", **session})  # type: ignore[typeddict-item]
        await self.until("session.updated")

    async def type(self, text: str) -> None:
        await self.connection.conversation.item.create(
            item={"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}]}
        )

    async def say(self, sound: bytes, ms: int = 20) -> None:
        """As fast as it goes, in pieces of ``ms``."""
        for piece in pieces(sound, ms):
            await self.connection.input_audio_buffer.append(audio=base64.b64encode(piece).decode())


def pieces(sound: bytes, ms: int = 20) -> list[bytes]:
    step = 48 * ms
    return [sound[at : at + step] for at in range(0, len(sound), step)]


def tone(ms: int) -> bytes:
    at = np.arange(RATE * ms // 1000) / RATE
    return (0.3 * 32767 * np.sin(2 * np.pi * 220 * at)).astype("<i2").tobytes()


def silence(ms: int) -> bytes:
    return bytes(48 * ms)


def spoken(name: str) -> bytes:
    """A recording, between silences."""
    with wave.open(str(SPEECH / f"{name}.wav")) as file:
        pcm = PcmData.from_bytes(file.readframes(file.getnframes()), file.getframerate())
    return silence(500) + pcm.resample(RATE).to_bytes() + silence(1500)
