"""The scripted person: says, hears, and reports honestly what was played."""

from pathlib import Path

import pytest

from antiphon.agent import Agent, User
from antiphon.testing import (
    ManualClock,
    Rehearsal,
    Reply,
    Script,
    ScriptedModel,
    dominant_hz,
    is_silent,
    sounding,
    tone,
    voiced_ms,
)
from antiphon.wire import browser

VOICE = tone(200, 0.6)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def ada(clock: ManualClock, *replies: str, hears: tuple[str, ...] = ()) -> Agent:
    return Agent(
        agent_user=User("Ada"), llm=ScriptedModel(Script([Reply(text) for text in replies], hears), clock=clock)
    )


async def test_a_conversation(clock: ManualClock, tmp_path: Path) -> None:
    wav = tmp_path / "said.wav"
    wav.write_bytes(tone(200, 0.6, 16_000).to_wav_bytes())
    async with (
        Rehearsal.open(ada(clock, "It is noon.", "Bye.", hears=("what time is it",)), clock=clock) as stage,
        stage.person() as person,
    ):
        await person.ready()
        began = clock.now()
        await person.say(wav)
        assert clock.now() - began == pytest.approx(0.6)
        answer = await person.hear()
        assert voiced_ms(answer) == pytest.approx(660, abs=20)
        assert dominant_hz(answer) == pytest.approx(400, abs=5)
        person.type_text("thanks")
        await person.hear()
        assert person.lines("user") == ["what time is it", "thanks"]
        assert person.lines("agent") == ["It is noon.", "Bye."]
        assert person.conversation_id.startswith("conv_")
        await person.leave()
        assert person.gone


async def test_each_hearing_gives_what_came_since_the_last(clock: ManualClock) -> None:
    async with (
        Rehearsal.open(ada(clock, "A rather long answer to that."), clock=clock) as stage,
        stage.person() as person,
    ):
        person.type_text("go")
        first = await person.hear(sounding(300))
        rest = await person.hear()
        assert voiced_ms(first) == pytest.approx(300, abs=20)
        assert voiced_ms(first) + voiced_ms(rest) == pytest.approx(29 * 60, abs=40)


async def test_what_it_reports_is_what_it_heard(clock: ManualClock) -> None:
    story = "A story that is long enough to be interrupted somewhere in the middle of it."
    async with Rehearsal.open(ada(clock, story, "Yes?"), clock=clock) as stage:
        session = await stage.session()
        async with stage.person(session) as person:
            person.type_text("go")
            await person.hear(sounding(1000))
            await person.say(VOICE)
            await person.hear()
            told = next(item for item in await stage.items(session) if item.interrupted)
            heard = told.heard_ms or 0
            assert 1000 <= heard <= 1200
            assert story.startswith(told.text)
            assert person.got(browser.AudioFlush)[0].item_id == told.id


async def test_what_was_silenced_is_not_played(clock: ManualClock) -> None:
    async with (
        Rehearsal.open(ada(clock, "Something that takes its time to say."), clock=clock) as stage,
        stage.person() as person,
    ):
        person.type_text("go")
        await person.hear(sounding(500))
        person.interrupt()
        await person.pause(2)
        assert is_silent(await person.hear(lambda _: True))


async def test_waiting_in_vain_ends_and_tells_what_came_instead(clock: ManualClock) -> None:
    async with Rehearsal.open(ada(clock, "Yes."), clock=clock) as stage, stage.person() as person:
        began = clock.now()
        with pytest.raises(TimeoutError, match=r"Not within 5 s\. Agent listening, 0 ms of voice"):
            await person.hear(within_s=5)
        assert clock.now() - began == pytest.approx(5, abs=0.05)


async def test_muted_it_is_not_heard(clock: ManualClock) -> None:
    async with Rehearsal.open(ada(clock, "Yes."), clock=clock) as stage, stage.person() as person:
        person.mute()
        await person.pause(0.1)
        await person.say(VOICE)
        await person.pause(1)
        assert person.lines("user") == []
        person.mute(False)
        await person.pause(0.1)
        await person.say(VOICE)
        await person.hear()
        assert person.lines("user") == ["hello"]
