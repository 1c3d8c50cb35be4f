"""The scripted parts: they do what the script says and nothing else."""

import anyio
import pytest

from antiphon.dialogue.items import UserItem
from antiphon.errors import ModelUnavailable
from antiphon.media.pcm import PcmData
from antiphon.models.parts import TextDelta, ToolCallDelta, TurnSignalKind
from antiphon.models.scripted import LevelTurnDetection, ScriptedLLM, ScriptedSTT
from antiphon.testing import ManualClock, Reply, Script, ToneTTS, dominant_hz, tone


async def answer(llm: ScriptedLLM, text: str = "hello") -> list[TextDelta | ToolCallDelta]:
    return [delta async for delta in llm.respond((UserItem("u", text),), instructions="", tools=())]


async def test_replies_come_in_order_and_the_last_again() -> None:
    script = Script([Reply("One two."), Reply(tools=[("add", "{}")]), Reply("Three.")])
    llm = ScriptedLLM(script)
    assert [delta.text for delta in await answer(llm) if isinstance(delta, TextDelta)] == ["One", " two."]
    assert await answer(llm) == [ToolCallDelta("call_2_0", "add", "{}")]
    assert await answer(llm) == [TextDelta("Three.")]
    assert await answer(llm) == [TextDelta("Three.")]
    assert len(script.requests) == 4


async def test_a_delay_is_on_the_clock() -> None:
    clock, done = ManualClock(), []

    async def ask() -> None:
        done.append(await answer(ScriptedLLM(Script([Reply("Late.", delay_s=30)]), clock)))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask)
        await clock.advance(29.9)
        assert done == []
        await clock.advance(0.1)
        assert done == [[TextDelta("Late.")]]


async def test_it_fails_and_stalls_as_told() -> None:
    with pytest.raises(ModelUnavailable, match="Overloaded"):
        await answer(ScriptedLLM(Script([Reply(fail="Overloaded.")])))
    got = []
    with anyio.CancelScope() as scope:
        stalls = ScriptedLLM(Script([Reply("one two three", stall_after=2)]))
        async with anyio.create_task_group() as tasks:

            async def take() -> None:
                async for delta in stalls.respond((), instructions="", tools=()):
                    got.append(delta)  # noqa: PERF401 (what came before it stalled is what counts)

            tasks.start_soon(take)
            await ManualClock().settle()
            scope.cancel()
    assert [delta.text for delta in got] == ["one", " two"]


async def test_the_ears_understand_the_script_line_by_line() -> None:
    stt = ScriptedSTT(Script([Reply()], hears=["first", ""], default_hears="else"))
    async with stt.open() as ears:
        heard = []
        for _ in range(3):
            await ears.begin()
            await ears.push(tone(seconds=0.02))
            heard.append((await ears.finish()).text)
        await ears.cancel()
    assert heard == ["first", "", "else"]


async def test_the_voice_is_a_tone_of_its_own_for_each_sentence() -> None:
    tts = ToneTTS(ms_per_char=50, first_hz=500, step_hz=250)
    spoken = [PcmData.concat([piece async for piece in tts.synthesize(text)]) for text in ("Ten chars.", "Five.")]
    assert [pcm.duration_ms for pcm in spoken] == [500, 250]
    assert [dominant_hz(pcm) for pcm in spoken] == pytest.approx([500, 750], abs=5)


def test_a_voice_is_what_is_loud_for_long_enough() -> None:
    detector = LevelTurnDetection(onset_ms=60, silence_ms=400).open()
    quiet, loud = PcmData.silence(320, 16_000), tone(200, 0.02, 16_000)
    frames = [quiet] * 10 + [loud] * 2 + [quiet] * 5 + [loud] * 10 + [quiet] * 10 + [loud] * 5 + [quiet] * 30
    signals = [(index, signal) for index, frame in enumerate(frames) for signal in detector.push(frame)]
    assert [signal.kind for _, signal in signals] == [TurnSignalKind.STARTED, TurnSignalKind.ENDED]
    assert signals[0] == (19, signals[0][1])  # two loud frames alone were none
    assert (signals[0][1].at_ms, signals[1][1].at_ms, signals[1][1].silence_ms) == (340, 840, 400)
