"""What was heard: measured on sound that is known."""

import pytest

from antiphon.media.pcm import PcmData
from antiphon.testing import dominant_hz, is_silent, tone, voiced_ms


@pytest.mark.parametrize("hz", [120.0, 400.0, 1000.0, 3000.0])
@pytest.mark.parametrize("rate", [16_000, 48_000])
def test_the_dominant_frequency_is_that_of_the_tone(hz: float, rate: int) -> None:
    assert dominant_hz(tone(hz, 0.5, rate)) == pytest.approx(hz, abs=2)


def test_the_louder_of_two_tones_wins() -> None:
    loud, soft = tone(700, 0.5, level=0.4), tone(300, 0.5, level=0.1)
    mixed = PcmData.from_numpy(loud.samples + soft.samples, 48_000)
    assert dominant_hz(mixed) == pytest.approx(700, abs=3)


def test_silence() -> None:
    nothing, hush = PcmData.silence(0, 48_000), tone(300, 0.2, level=0.001)
    assert is_silent(nothing)
    assert is_silent(hush)
    assert not is_silent(tone(300, 0.2, level=0.05))
    assert dominant_hz(PcmData.silence(4800, 48_000)) == 0.0


def test_voiced_time_is_that_of_the_tone_between_silences() -> None:
    pcm = PcmData.concat([PcmData.silence(9600, 48_000), tone(300, 0.4), PcmData.silence(9600, 48_000)])
    assert voiced_ms(pcm) == pytest.approx(400, abs=20)
