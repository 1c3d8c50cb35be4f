"""The agents these tests are served, as ``antiphon serve tests/browser/agents.py:NAME``: known words, sound that can be
told apart by its pitch, and no recogniser that could be wrong."""

import re
from collections.abc import AsyncGenerator, Sequence

from antiphon import Agent, User
from antiphon.dialogue.items import AgentItem, Item, UserItem
from antiphon.media.pcm import PcmData
from antiphon.models.parts import LLM, TTS, TextDelta, ToolSpec
from antiphon.models.scripted import (
    LevelTurnDetection,
    Reply,
    Script,
    ScriptedModel,
    ScriptedSTT,
    ToneTTS,
)

STORY = (
    "Once upon a time there was a small house at the end of a long road, and in that house there lived an old "
    "clockmaker who had a clock for every hour of the day and every kind of weather."
)
"""One sentence of about eleven seconds at the story's pace."""

ACKNOWLEDGED = "As you wish."


class Mirror(LLM):
    """Says what it was told: the whole history as it was given to it, so that a test can read what a model knows.

    ``hum N`` makes it hum at N hertz for a few seconds instead.
    """

    async def respond(
        self, history: Sequence[Item], *, instructions: str, tools: Sequence[ToolSpec], prompt: str | None = None
    ) -> AsyncGenerator[TextDelta]:
        told = [item.text for item in history if isinstance(item, UserItem)]
        said = [item.text for item in history if isinstance(item, AgentItem)]
        hum = re.fullmatch(r"hum (\d+)", told[-1]) if told else None
        if hum is not None:
            yield TextDelta(f"Humming at {hum[1]} " + "hm " * 30 + "done.")
        else:
            yield TextDelta(f"You said [{' | '.join(told)}] and you heard [{' | '.join(said)}]")


class Hum(TTS):
    """A tone at the pitch that the words name, else at 440 Hz; 45 ms a character."""

    async def synthesize(self, text: str) -> AsyncGenerator[PcmData]:
        named = re.search(r"Humming at (\d+)", text)
        voice = ToneTTS(ms_per_char=45, first_hz=int(named[1]) if named else 440)
        async for piece in voice.synthesize(text):
            yield piece


mirror = Agent(
    agent_user=User("Mirror"),
    description="Says what it was told.",
    hints=["hum 600", "what do you remember"],
    llm=Mirror(),
    stt=ScriptedSTT(Script([])),
    tts=Hum(),
    turn_detection=LevelTurnDetection(),
)

storyteller = Agent(
    agent_user=User("Storyteller"),
    description="Tells one long story.",
    llm=ScriptedModel(
        Script([Reply(STORY), Reply(ACKNOWLEDGED)], hears=["tell me a story", "stop please"]),
        tts=ToneTTS(ms_per_char=60, first_hz=500),
    ),
)
