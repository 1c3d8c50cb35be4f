import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.errors import AudioFormatError
from antiphon.media.pcm import PcmData
from antiphon.media.resampling import Resampler
from tests.unit.media.sounds import joined, level_at, ramp, strongest, tone

RATES = [8000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000]
VOICE = [(48_000, 24_000, 5), (24_000, 48_000, 10), (48_000, 16_000, 12.5), (22_050, 48_000, 11), (8000, 48_000, 30)]


def streamed(pcm: PcmData, rate: int, size: int) -> PcmData:
    resampler = Resampler(pcm.sample_rate, rate)
    return joined([*(resampler.push(chunk) for chunk in pcm.chunks(size)), resampler.flush()])


@settings(max_examples=40)
@given(have=st.sampled_from(RATES), want=st.sampled_from(RATES), seconds=st.floats(0.05, 3), size=st.integers(50, 3000))
def test_length_is_right_within_one_sample(have: int, want: int, seconds: float, size: int) -> None:
    pcm = PcmData.silence(round(have * seconds), have)
    assert abs(streamed(pcm, want, size).sample_count - pcm.sample_count * want / have) <= 1 + pcm.duration


@pytest.mark.parametrize(("have", "want"), [(48_000, 16_000), (22_050, 48_000), (32_000, 11_025)])
def test_length_does_not_drift(have: int, want: int) -> None:
    assert abs(streamed(PcmData.silence(60 * have, have), want, have // 50).sample_count - 60 * want) <= 1


@pytest.mark.parametrize(("have", "want", "delay_ms"), VOICE)
def test_the_delay_it_adds_is_small_and_constant(have: int, want: int, delay_ms: float) -> None:
    resampler, behind = Resampler(have, want), []
    taken = given_out = 0.0
    for chunk in tone(440, have, 2.0).chunks(have // 50):
        out = resampler.push(chunk)
        taken, given_out = taken + chunk.duration_ms, given_out + out.duration_ms
        behind.append(taken - given_out)
        assert resampler.pending_ms == pytest.approx(behind[-1])
    assert max(behind) <= delay_ms + 0.1
    assert max(behind[5:]) - min(behind[5:]) < 0.1


@pytest.mark.parametrize(("have", "want", "delay_ms"), VOICE)
def test_pieces_sound_like_the_whole(have: int, want: int, delay_ms: float) -> None:
    pcm = tone(1000, have, 1.0)
    heard = streamed(pcm, want, have // 50)
    assert strongest(heard) == pytest.approx(1000, abs=1)
    assert level_at(heard, 1000) == pytest.approx(-6.02, abs=0.1)
    assert level_at(heard, want / 4 + 550, width=want / 4 - 550) < -75  # no seams: nothing but the tone
    angles = [
        np.angle(np.sum(p.samples * np.exp(-2j * np.pi * 1000 * np.arange(want) / want)))
        for p in (heard, pcm.resample(want))
    ]
    assert abs(angles[0] - angles[1]) / (2 * np.pi * 1000) < 0.000_25  # seconds: it stands where it stood


@pytest.mark.parametrize(
    ("have", "want"), [(48_000, 16_000), (48_000, 24_000), (24_000, 16_000), (48_000, 8000), (44_100, 16_000)]
)
def test_what_the_new_rate_cannot_hold_is_filtered_out(have: int, want: int) -> None:
    too_high = want * 0.5 + (have - want) * 0.25
    heard = streamed(tone(too_high, have, 1.0, amplitude=0.9), want, have // 50)
    assert level_at(heard, want / 4, width=want / 4) < -80  # over the whole band


@pytest.mark.parametrize(("have", "want"), [(24_000, 48_000), (8000, 48_000), (16_000, 24_000)])
def test_no_images_above_the_old_rate(have: int, want: int) -> None:
    heard = streamed(tone(have * 0.4, have, 1.0), want, have // 50)
    above = (have / 2 + want / 2) / 2
    assert level_at(heard, above, width=above - have / 2) < -80


def test_silence_stays_silence() -> None:
    assert not streamed(PcmData.silence(48_000, 48_000), 24_000, 960).samples.any()


def test_equal_rates_pass_through_untouched() -> None:
    resampler, pcm = Resampler(24_000, 24_000), ramp(480, pts=3)
    assert resampler.push(pcm) is pcm
    assert resampler.pending_ms == 0
    assert resampler.flush().empty


def test_channels_are_remixed() -> None:
    stereo = tone(440, 48_000, 0.5).resample(48_000, 2)
    mono = Resampler(48_000, 24_000)
    assert joined([mono.push(stereo), mono.flush()]).samples.shape == (12_000,)
    wide = Resampler(48_000, 24_000, 2)
    assert joined([wide.push(stereo), wide.flush()]).samples.shape == (2, 12_000)
    assert Resampler(48_000, 48_000).push(stereo).channels == 1


def test_sample_type_and_participant_stay() -> None:
    out = Resampler(48_000, 24_000).push(tone(440, 48_000, 0.1, participant="ada").to_float32())
    assert out.samples.dtype == np.float32
    assert out.participant == "ada"


def test_pts_runs_on_over_pieces_and_flush() -> None:
    resampler = Resampler(48_000, 24_000)
    pcm = tone(440, 48_000, 0.5, pts=96_000)
    parts = [*(resampler.push(c) for c in pcm.chunks(960)), resampler.flush()]
    parts = [p for p in parts if not p.empty]
    assert parts[0].pts == 48_000
    assert parts[0].time_base == Fraction(1, 24_000)
    for before, after in itertools.pairwise(parts):
        assert after.pts == (before.pts or 0) + before.sample_count


def test_pts_follows_a_jump_but_not_rounding() -> None:
    resampler = Resampler(48_000, 24_000)
    step = PcmData.silence(960, 48_000)
    clock = Fraction(1, 1000)
    outs = [resampler.push(PcmData(step.samples, 48_000, pts=at, time_base=clock)) for at in (0, 20, 41, 60, 80, 1080)]
    for before, after in itertools.pairwise(outs[:5]):
        assert after.pts == (before.pts or 0) + before.sample_count
    # The jump is followed, less the millisecond or so of sound that was still pending.
    assert 1080 * 24 - 24 <= (outs[5].pts or 0) <= 1080 * 24


def test_flush_begins_a_new_stream() -> None:
    resampler = Resampler(24_000, 48_000)
    first = joined([resampler.push(tone(440, 24_000, 0.1, pts=0)), resampler.flush()])
    second = joined([resampler.push(tone(440, 24_000, 0.1, pts=99)), resampler.flush()])
    assert first.sample_count == second.sample_count == 4800
    assert second.pts == 198
    assert np.array_equal(first.samples, second.samples)
    assert resampler.pending_ms == 0


def test_another_rate_than_the_streams_is_refused() -> None:
    with pytest.raises(AudioFormatError, match="16000 Hz in a stream of 48000 Hz"):
        Resampler(48_000, 24_000).push(ramp(10, rate=16_000))
    for rates in ((0, 8000), (8000, 0), (-1, 8000)):
        with pytest.raises(AudioFormatError):
            Resampler(*rates)
