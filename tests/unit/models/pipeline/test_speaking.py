"""One answer: sentences to the voice as they close, everything stopped at once, every failure an end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import pytest

from antiphon.dialogue.effects import CreateResponse
from antiphon.dialogue.events import (
    AgentItemStarted,
    AgentSpeechEnded,
    AgentText,
    ResponseEnded,
    ResponseStarted,
    SpeechMarked,
    ToolCalled,
)
from antiphon.dialogue.items import UserItem
from antiphon.errors import ModelUnavailable
from antiphon.models.parts import ToolCallDelta
from antiphon.models.pipeline.speaking import SENTENCES_AHEAD, Answer
from antiphon.models.realtime import AgentAudio, ModelEvent, ModelSetup
from antiphon.testing import ManualClock
from tests.unit.models.pipeline.parts import HandLLM, HandTTS

ASKED = CreateResponse("r", (UserItem("u", "hello"),), prompt="Be brief.")
ITEM = "r_speech"


class Bench:
    def __init__(self, llm: HandLLM, tts: HandTTS | None = None, request: CreateResponse = ASKED) -> None:
        self.llm, self.tts, self.clock = llm, tts, ManualClock()
        self.told: list[ModelEvent | AgentAudio] = []
        self.answer = Answer(request, ModelSetup("Be kind."), llm, tts, self.told.append)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.answer.run)
            await self.clock.settle()
            yield

    def words(self) -> list[ModelEvent]:
        return [event for event in self.told if not isinstance(event, AgentAudio)]


async def test_each_sentence_is_spoken_as_soon_as_it_closes() -> None:
    gate = anyio.Event()
    bench = Bench(HandLLM("Hello the", "re. How", gate, " are you?"), HandTTS())
    async with bench.running():
        assert bench.words() == [
            ResponseStarted("r"),
            AgentItemStarted("r", ITEM),
            AgentText("r", ITEM, "Hello there."),
            SpeechMarked("r", ITEM, 12, 100),
        ]
        gate.set()
    assert bench.words()[4:] == [
        AgentText("r", ITEM, " How are you?"),
        SpeechMarked("r", ITEM, 25, 200),
        AgentSpeechEnded("r", ITEM, 200),
        ResponseEnded("r", "completed"),
    ]
    assert sum(one.audio.duration_ms for one in bench.told if isinstance(one, AgentAudio)) == 200
    assert bench.llm.asked == [((UserItem("u", "hello"),), "Be kind.", "Be brief.")]


async def test_without_a_voice_it_is_text_alone() -> None:
    bench = Bench(HandLLM("Hello. You."))
    async with bench.running():
        pass
    assert bench.words()[-3:] == [
        AgentText("r", ITEM, " You."), AgentSpeechEnded("r", ITEM, 0), ResponseEnded("r", "completed"),
    ]  # fmt: skip


async def test_words_given_are_spoken_and_no_model_is_asked() -> None:
    bench = Bench(HandLLM("never"), HandTTS(), CreateResponse("r", (), say="Time is up. Really."))
    async with bench.running():
        pass
    assert bench.tts is not None
    assert bench.tts.said == ["Time is up.", "Really."]
    assert bench.llm.asked == []


async def test_tools_are_told_at_once_and_need_no_words() -> None:
    gate = anyio.Event()
    bench = Bench(HandLLM(ToolCallDelta("c", "add", "{}"), gate), HandTTS())
    async with bench.running():
        assert bench.words()[-1] == ToolCalled("r", "c", "add", "{}")
        gate.set()
    assert bench.words()[-1] == ResponseEnded("r", "completed")
    assert not [event for event in bench.told if isinstance(event, AgentItemStarted)]


async def test_what_was_said_before_a_tool_call_is_spoken_before_it() -> None:
    gate = anyio.Event()
    bench = Bench(HandLLM("Let me see.", ToolCallDelta("c", "look", "{}"), gate), HandTTS())
    async with bench.running():
        assert [type(event) for event in bench.words()] == [
            ResponseStarted, AgentItemStarted, AgentText, ToolCalled, SpeechMarked,
        ] or [type(event) for event in bench.words()] == [
            ResponseStarted, AgentItemStarted, AgentText, SpeechMarked, ToolCalled,
        ]  # fmt: skip
        gate.set()


async def test_a_model_faster_than_its_voice_waits() -> None:
    many = [f"Sentence {number}. " for number in range(50)]
    voice = HandTTS()
    voice.gate = anyio.Event()
    read: list[str] = []

    class Counting(HandLLM):
        async def respond(self, *args, **kwargs):  # type: ignore[no-untyped-def]
            async for piece in super().respond(*args, **kwargs):
                read.append(piece.text)
                yield piece

    bench = Bench(Counting(*many), voice)
    async with bench.running():
        assert len(read) <= SENTENCES_AHEAD + 4
        voice.gate.set()
    assert len(voice.said) == 50
    assert bench.words()[-2] == AgentSpeechEnded("r", ITEM, 5000)


@pytest.mark.parametrize("during", ["start", "thinking", "speaking"])
async def test_cancelled_everything_downstream_stops_at_once(during: str) -> None:
    voice = HandTTS()
    bench = Bench(HandLLM("First one. ", "Second.", anyio.Event()), voice)
    if during == "speaking":
        voice.gate = anyio.Event()
    if during == "start":
        bench.answer.cancel()
    async with bench.running():
        bench.answer.cancel()
        bench.answer.cancel()
    assert bench.told[0] == ResponseStarted("r")
    assert bench.told[-1] == ResponseEnded("r", "cancelled")
    assert sum(isinstance(event, ResponseEnded) for event in bench.told) == 1
    assert bench.llm.closed == len(bench.llm.asked)
    assert voice.closed == len(voice.said)
    assert not [event for event in bench.told if isinstance(event, AgentSpeechEnded)]


async def test_a_model_that_fails_is_a_failed_response() -> None:
    bench = Bench(HandLLM("One. ", ModelUnavailable("Overloaded.")), HandTTS())
    async with bench.running():
        pass
    assert bench.told[-1] == ResponseEnded("r", "failed", "Overloaded.")
    assert bench.llm.closed == 1


async def test_a_voice_that_fails_is_a_failed_response() -> None:
    bench = Bench(HandLLM("Good. ", "This is bad. ", "More. ", "More.", anyio.Event()), HandTTS(bad="bad"))
    async with bench.running():
        pass
    assert bench.told[-1] == ResponseEnded("r", "failed", "The voice broke.")
    assert bench.llm.closed == 1


async def test_both_failing_at_once_is_one_failure() -> None:
    voice = HandTTS(bad="bad")
    voice.gate = anyio.Event()
    gate = anyio.Event()
    bench = Bench(HandLLM("bad. ", gate, ModelUnavailable("Overloaded.")), voice)
    async with bench.running():
        gate.set()
        voice.gate.set()
    assert [event for event in bench.told if isinstance(event, ResponseEnded)] in (
        [ResponseEnded("r", "failed", "The voice broke.")], [ResponseEnded("r", "failed", "Overloaded.")],
    )  # fmt: skip


async def test_a_bug_in_a_part_goes_through_and_the_response_has_ended() -> None:
    bench = Bench(HandLLM(ZeroDivisionError("bug")), HandTTS())
    with pytest.raises(ExceptionGroup) as caught:
        async with bench.running():
            pass
    assert caught.group_contains(ZeroDivisionError)
    assert bench.told[-1] == ResponseEnded("r", "cancelled")
