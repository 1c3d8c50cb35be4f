"""What two decoders amount to, and real speech through real workers."""

import asyncio
import os
import signal
from collections.abc import Callable

import numpy as np
import pytest

from antiphon.errors import ModelUnavailable
from antiphon.media.pcm import PcmData
from antiphon.models.parts import Completeness, STTStream, Transcript
from antiphon.providers.offline.intents import parse
from antiphon.providers.offline.recognition import STT, judge

Talker = Callable[[str], PcmData]


async def say(stream: STTStream, sound: PcmData) -> Transcript:
    await stream.begin()
    for piece in range(0, sound.sample_count, 320):
        await stream.push(sound.slice(piece, piece + 320))
    return await stream.finish()


@pytest.mark.parametrize(
    ("grammar", "heard", "agreement", "text", "completeness"),
    [
        ("what time is it", "what time is it", 1.0, "what time is it", Completeness.COMPLETE),
        ("what time is it", "one time as it", 0.38, "what time is it", Completeness.COMPLETE),
        ("what time is it", "the quick brown fox", 0.37, "the quick brown fox", Completeness.UNKNOWN),
        ("what is six plus twenty", "what sticks plus twenty", 0.9, "what is six plus twenty", Completeness.EXTENDABLE),
        ("what is five", "what is five", 0.9, "what is five", Completeness.EXTENDABLE),
        ("five plus two", "i love you", 0.44, "i love you", Completeness.UNKNOWN),
        ("", "", 0.0, "", Completeness.UNKNOWN),
    ],
)  # fmt: skip
def test_the_grammar_counts_when_the_open_decoder_agrees(
    grammar: str, heard: str, agreement: float, text: str, completeness: Completeness
) -> None:
    assert judge(grammar, heard, agreement, final=False) == Transcript(text, False, completeness)


def test_half_a_command_is_not_final_words() -> None:
    assert judge("what is five", "what is fine", 0.9, final=True).text == "what is fine"


COMMANDS = {
    "what_time_is_it": "what time is it",
    "what_time_is_it_rms": "what time is it",
    "what_day_is_it": "what day is it today",
    "set_a_timer_five_minutes": "set a timer for five minutes",
    "set_a_timer_two_seconds": "set a timer for two seconds",
    "seven_times_six": "what is seven times six",
    "convert_ten_miles": "convert ten miles to kilometers",
    "convert_ten_miles_rms": "convert ten miles to kilometers",
    "take_a_note": "take a note",
    "read_my_notes": "read my notes",
    "repeat_that": "repeat that",
    "help": "help",
    "stop_please": "stop please",
    "goodbye": "goodbye",
}


async def test_spoken_commands_are_understood(stt: STT, talker: Talker) -> None:
    async with stt.open() as stream:
        results = {name: (await say(stream, talker(name))).text for name in COMMANDS}
    assert results == COMMANDS


async def test_what_is_no_command_is_written_down(stt: STT, talker: Talker) -> None:
    async with stt.open() as stream:
        fox = await say(stream, talker("quick_brown_fox"))
        interruption = await say(stream, talker("long_interruption"))
    assert parse(fox.text) is None
    assert len({"quick", "brown", "fox", "jumps", "lazy", "dog"} & set(fox.text.split())) >= 4
    assert parse(interruption.text) is None
    assert len(interruption.text.split()) > 8


async def test_noise_and_silence_are_no_commands(stt: STT) -> None:
    rng = np.random.default_rng(2)
    sounds = [rng.normal(0, level, 24_000).astype(np.int16) for level in (0, 30, 1000, 6000)]
    async with stt.open() as stream:
        for sound in sounds:
            assert parse((await say(stream, PcmData.from_numpy(sound, 16_000))).text) is None


async def test_sound_of_another_rate_is_understood(stt: STT, talker: Talker) -> None:
    async with stt.open() as stream:
        assert (await say(stream, talker("what_time_is_it").resample(48_000))).text == "what time is it"


async def test_partials_grow_and_tell_when_a_command_is_whole(stt: STT, talker: Talker) -> None:
    seen: list[Transcript] = []

    async def follow(stream: STTStream) -> None:
        async for partial in stream.partials():
            seen.append(partial)
            arrived.set()

    arrived = asyncio.Event()
    async with asyncio.TaskGroup() as tasks, stt.open() as stream:
        tasks.create_task(follow(stream))
        await stream.begin()
        sound = talker("seven_times_six")
        for piece in range(0, sound.sample_count, 4000):
            arrived.clear()
            await stream.push(sound.slice(piece, piece + 4000))
            if 8000 < piece < 30_000:
                async with asyncio.timeout(5):
                    await arrived.wait()
        await stream.finish()
    assert not any(partial.final for partial in seen)
    assert seen[-1].text == "what is seven times six"
    assert seen[-1].completeness is Completeness.COMPLETE
    assert len({partial.text for partial in seen}) > 2


async def test_a_cancelled_turn_leaves_nothing_behind(stt: STT, talker: Talker) -> None:
    async with stt.open() as stream:
        await stream.begin()
        await stream.push(talker("help"))
        await stream.cancel()
        assert (await stream.finish()).text == ""
        assert (await say(stream, talker("goodbye"))).text == "goodbye"
        await stream.begin()
        await stream.push(talker("help"))
        assert (await say(stream, talker("goodbye"))).text == "goodbye"


async def test_cancelling_finish_gives_the_worker_back(stt: STT, talker: Talker) -> None:
    async with stt.open() as stream:
        await stream.begin()
        await stream.push(talker("quick_brown_fox"))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await stream.finish()
        assert (await say(stream, talker("goodbye"))).text == "goodbye"


async def test_talkers_beyond_the_pool_wait_and_are_refused(stt: STT, talker: Talker) -> None:
    async with stt.open() as one, stt.open() as other:
        await one.begin()
        with pytest.raises(ModelUnavailable, match="at once"):
            await other.begin()
        await other.push(talker("help"))
        assert (await other.finish()).text == ""
        await one.cancel()
        assert (await say(other, talker("help"))).text == "help"


async def test_calls_beyond_the_places_are_refused_until_one_ends() -> None:
    stt = STT(workers=1, calls=1)
    first = stt.open()
    with pytest.raises(ModelUnavailable, match="places"):
        stt.open()
    await first.aclose()
    await first.aclose()
    await stt.open().aclose()
    await stt.aclose()


async def test_a_worker_that_dies_fails_its_turn_and_is_replaced(stt: STT, talker: Talker) -> None:
    async with stt.open() as stream:
        await stream.begin()
        await stream.push(talker("help"))
        (pid,) = stt.pids
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(ModelUnavailable, match="went away"):
            await stream.finish()
        assert (await say(stream, talker("goodbye"))).text == "goodbye"
        assert stt.pids != [pid]


async def test_the_workers_end_with_the_part(talker: Talker) -> None:
    async with STT(workers=1) as stt:
        await stt.start()
        (pid,) = stt.pids
        await stt.start()
        assert stt.pids == [pid]
        stream = stt.open()
    assert stt.pids == []
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(ModelUnavailable):
        await stream.begin()
    await stream.aclose()
