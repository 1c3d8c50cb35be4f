"""Who plays in the tests of sessions: scripted agents, and questions asked of the log."""

from collections.abc import Sequence
from typing import Any

from antiphon.agent import Agent, User
from antiphon.dialogue.items import AgentItem, Item, UserItem
from antiphon.models.parts import TTS, TurnDetection
from antiphon.session.session import Session
from antiphon.testing import FakeParticipant, ManualClock, Rehearsal, Reply, Script, ScriptedModel, tone
from antiphon.tools.tool import Tool
from antiphon.wire import browser

VOICE = tone(200, 0.6)
"""Somebody saying something: 30 frames."""
ENDED_BY_SILENCE_S = 0.44
"""Until the scripted model takes a turn to be over."""


def agent(
    *replies: Reply,
    clock: ManualClock,
    hears: Sequence[str] = (),
    tools: Sequence[Tool] = (),
    greeting: str | None = None,
    apology: str | None = None,
    name: str = "Ada",
    tts: TTS | None = None,
    turns: TurnDetection | None = None,
) -> tuple[Agent, Script]:
    script = Script(replies or (Reply("Yes."),), hears)
    model = ScriptedModel(script, clock=clock, tts=tts, turns=turns)
    return Agent(
        agent_user=User(name), llm=model, tools=tools, greeting=greeting, apology=apology, instructions="Be kind."
    ), script


async def say(device: FakeParticipant, clock: ManualClock, seconds: float = 0.6) -> None:
    """A voice for so long, then nothing; returns at its last frame."""
    for frame in tone(200, seconds).chunks(960):
        device.say(frame)
        await clock.advance(0.02)


async def ask(device: FakeParticipant, clock: ManualClock) -> None:
    """A whole turn: a voice, and the silence that ends it."""
    await say(device, clock)
    await clock.advance(ENDED_BY_SILENCE_S)


def transcript(device: FakeParticipant) -> dict[str, browser.TranscriptEntry]:
    """What the device's screen shows: the last version of each line."""
    return {update.data.id: update.data for update in device.got(browser.TranscriptUpdated)}


def lines(device: FakeParticipant) -> list[tuple[str, str]]:
    return [(entry.role, entry.text) for entry in transcript(device).values() if entry.text]


def words(history: Sequence[Item]) -> list[tuple[str, str]]:
    """A history as (who, what), for messages alone."""
    said = {UserItem: "user", AgentItem: "agent"}
    return [(said[type(item)], item.text) for item in history if isinstance(item, UserItem | AgentItem)]


def voiced_between(device: FakeParticipant, start: float, end: float) -> int:
    """How many frames that were not silence it heard in that time."""
    return sum(1 for one in device.voiced() if start < one.at <= end)


async def logged(stage: Rehearsal, session: Session) -> list[dict[str, Any]]:
    return [one.event for one in await stage.store.events.read(session.conversation.id, 0, 1000)]
