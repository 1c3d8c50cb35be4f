"""Both voices through real workers: sound, cancellation, crash."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing
from ctypes import CDLL

import numpy as np
import pytest

from antiphon.errors import ModelUnavailable
from antiphon.media.pcm import PcmData
from antiphon.providers.offline.speech import TTS


def has_flite() -> bool:
    try:
        CDLL("libflite_cmu_us_slt.so.1")
    except OSError:
        return False
    return True


WITHOUT_FLITE = pytest.mark.skipif(not has_flite(), reason="libflite1 is not installed")
VOICES = ["espeak", pytest.param("flite", marks=WITHOUT_FLITE)]
LONG = "This is a long sentence, and it goes on and on so that there is time to stop it. " * 20


@pytest.fixture(params=VOICES)
async def tts(request: pytest.FixtureRequest) -> AsyncIterator[TTS]:
    async with TTS(voice=request.param, workers=1) as part:
        await part.start()
        yield part


async def sound(tts: TTS, text: str) -> PcmData:
    return PcmData.concat([piece async for piece in tts.synthesize(text)])


async def test_text_becomes_sound(tts: TTS) -> None:
    made = await sound(tts, "It is 3:05 PM.")
    assert made.channels == 1
    assert made.sample_rate in (16_000, 22_050)
    assert 0.8 < made.duration < 4
    assert np.abs(made.samples.astype(int)).max() > 3000


async def test_it_comes_in_pieces(tts: TTS) -> None:
    pieces = [piece async for piece in tts.synthesize("One two three four five six seven.")]
    assert len(pieces) > 10
    assert all(piece.duration_ms >= 60 for piece in pieces[1:-1])  # the first one lost its leading silence


async def test_nothing_to_say_makes_no_sound(tts: TTS) -> None:
    for text in ("", " ", "...", "\n"):
        assert [piece async for piece in tts.synthesize(text)] == []


async def test_strange_text_does_not_hurt(tts: TTS) -> None:
    assert (
        await sound(tts, "Caf\u00e9 \u2013 na\u00efve \u4f60\u597d <b>bold</b> \x07 \u201cquoted\u201d.")
    ).duration > 0.3


async def test_closing_early_stops_it_and_the_next_words_are_their_own(tts: TTS) -> None:
    alone = await sound(tts, "Seven.")
    async with aclosing(tts.synthesize(LONG)) as voice:
        await anext(voice)
    after = await sound(tts, "Seven.")
    assert abs(after.duration - alone.duration) < 0.1


async def test_interleaved_utterances_get_their_own_sound(tts: TTS) -> None:
    alone = await sound(tts, "Seven.")
    async with aclosing(tts.synthesize(LONG)) as first:
        begun = await anext(first)
        second = await sound(tts, "Seven.")
        rest = [piece async for piece in first]
    assert abs(second.duration - alone.duration) < 0.1
    assert begun.duration + sum(piece.duration for piece in rest) > 20


async def test_a_worker_that_dies_fails_its_utterance_and_is_replaced(tts: TTS) -> None:
    async with aclosing(tts.synthesize(LONG)) as voice:
        await anext(voice)
        for pid in tts.pids:
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(ModelUnavailable):
            [piece async for piece in voice]
    assert (await sound(tts, "Seven.")).duration > 0.2


async def test_it_must_be_running() -> None:
    tts = TTS()
    with pytest.raises(ModelUnavailable):
        await anext(tts.synthesize("Hello."))
    await tts.aclose()
