import io
import tracemalloc
import wave
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from antiphon.errors import AudioFormatError
from antiphon.media.pcm import PcmData
from tests.unit.media.sounds import level_at, loudness, ramp, tone

int16s = hnp.arrays(np.int16, st.integers(0, 600))


# The faults of the system this replaces


@pytest.mark.parametrize("milliseconds", [5, 10, 20, 40])
def test_fault_short_audio_is_resampled_with_an_anti_alias_filter(milliseconds: int) -> None:
    too_high = tone(7000, 48_000, milliseconds / 1000, amplitude=0.9).to_float32()
    edge = 16  # samples: a cut sine has other frequencies at its ends
    assert loudness(too_high.resample(8000).samples[edge:-edge]) < -40
    assert too_high.resample(8000).sample_count == 8 * milliseconds


@pytest.mark.parametrize("rate", [8000, 16_000, 44_100, 48_000])
def test_fault_pts_and_participant_are_kept_on_resample(rate: int) -> None:
    pcm = tone(440, 24_000, 0.1, pts=4800, participant="ada").resample(rate, 2)
    assert (pcm.pts_seconds, pcm.participant) == (0.2, "ada")
    assert (pcm.sample_rate, pcm.channels) == (rate, 2)


def test_fault_pts_and_participant_are_kept_on_chunks() -> None:
    pcm = ramp(100, pts=1000, participant="ada")
    assert [(c.pts, c.participant) for c in pcm.chunks(40)] == [(1000, "ada"), (1040, "ada"), (1080, "ada")]
    slow = PcmData(pcm.samples, 24_000, pts=90, time_base=Fraction(1, 1000))
    assert [c.pts for c in slow.chunks(48)] == [90, 92, 94]


def test_fault_float_to_s16_by_from_numpy_scales_instead_of_truncating_to_0() -> None:
    floats = np.array([0.5, -0.5, 1.0, -1.0, 2.0, np.nan, 1e-5])
    assert PcmData.from_numpy(floats, 8000, format="s16").samples.tolist() == [
        16384,
        -16384,
        32767,
        -32768,
        32767,
        0,
        0,
    ]


def test_fault_tail_0_is_empty() -> None:
    assert ramp(100).tail(0).empty
    assert ramp(100).tail(0).sample_count == 0


def test_fault_empty_is_right_for_a_shape_of_2_by_0() -> None:
    assert PcmData(np.zeros((2, 0), np.int16), 48_000, 2).empty
    assert not PcmData(np.zeros((2, 1), np.int16), 48_000, 2).empty


def test_fault_joining_many_pieces_is_not_quadratic() -> None:
    parts = [ramp(480, first=i) for i in range(2000)]
    total = sum(p.samples.nbytes for p in parts)
    tracemalloc.start()
    whole = PcmData.concat(parts)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert whole.samples.nbytes == total
    assert peak < 1.5 * total  # one copy: none of what was joined before is copied again


@pytest.mark.parametrize(("have", "want"), [(1, 2), (2, 1), (1, 6), (6, 1), (6, 2), (5, 2), (2, 6), (4, 3), (3, 4)])
def test_fault_any_number_of_channels_becomes_any_other(have: int, want: int) -> None:
    one = tone(440, 24_000, 0.1)
    many = one.resample(24_000, have)
    mixed = many.resample(24_000, want)
    assert mixed.channels == want
    assert mixed.samples.dtype == np.int16
    for channel in mixed.samples.reshape(want, -1):  # the same sound on all: the same again, not louder
        assert np.abs(channel.astype(int) - one.samples).max() <= 1


# Made from


def test_from_bytes_takes_interleaved_channels() -> None:
    pcm = PcmData.from_bytes(np.array([1, -1, 2, -2], "<i2").tobytes(), 48_000, 2, pts=7, participant="ada")
    assert pcm.samples.tolist() == [[1, 2], [-1, -2]]
    assert (pcm.pts, pcm.time_base, pcm.participant, pcm.stereo) == (7, Fraction(1, 48_000), "ada", True)


def test_from_bytes_of_floats() -> None:
    pcm = PcmData.from_bytes(np.array([0.25, -0.5], "<f4").tobytes(), 16_000, format="f32")
    assert pcm.samples.tolist() == [0.25, -0.5]
    assert pcm.to_int16().samples.tolist() == [8192, -16384]


@pytest.mark.parametrize(("data", "channels"), [(b"123", 1), (b"123456", 2)])
def test_from_bytes_refuses_part_of_a_frame(data: bytes, channels: int) -> None:
    with pytest.raises(AudioFormatError, match="no whole number"):
        PcmData.from_bytes(data, 8000, channels)


def test_from_bytes_copies_what_could_change() -> None:
    data = bytearray(b"\x01\x00")
    pcm = PcmData.from_bytes(data, 8000)
    data[0] = 9
    assert pcm.samples.tolist() == [1]


def test_from_numpy_copies_and_cannot_be_written() -> None:
    array = np.array([1, 2], np.int16)
    pcm = PcmData.from_numpy(array, 8000)
    array[0] = 9
    assert pcm.samples.tolist() == [1, 2]
    with pytest.raises(ValueError, match="read-only"):
        pcm.samples[0] = 5


def test_from_numpy_keeps_floats_and_flattens_one_row() -> None:
    assert PcmData.from_numpy(np.array([[0.5, 0.25]]), 8000).samples.dtype == np.float32
    assert PcmData.from_numpy(np.zeros((1, 5), np.int16), 8000).channels == 1
    assert PcmData.from_numpy(np.zeros((3, 5), np.int16), 8000).channels == 3


@pytest.mark.parametrize("dtype", [np.int32, np.uint8, np.complex64, bool])
def test_from_numpy_refuses_samples_without_a_known_scale(dtype: type) -> None:
    with pytest.raises(AudioFormatError, match="int16 or floating"):
        PcmData.from_numpy(np.zeros(4, dtype), 8000)


@pytest.mark.parametrize(
    ("shape", "channels", "rate"),
    [((4,), 2, 8000), ((2, 4), 1, 8000), ((2, 4), 3, 8000), ((4,), 1, 0), ((4,), 0, 8000)],
)
def test_what_does_not_fit_together_is_refused(shape: tuple[int, ...], channels: int, rate: int) -> None:
    with pytest.raises(AudioFormatError):
        PcmData(np.zeros(shape, np.int16), rate, channels)


# Turned into


@given(samples=int16s)
def test_int16_survives_float_and_back(samples: np.ndarray) -> None:
    pcm = PcmData.from_numpy(samples, 16_000)
    assert pcm.to_float32().to_int16() == pcm
    assert PcmData.from_bytes(pcm.to_bytes(), 16_000) == pcm


def test_wav_bytes_are_a_wav_file() -> None:
    pcm = PcmData.from_numpy(np.array([[0.5, -0.5, 0], [0.25, 0, 0]]), 22_050)
    with wave.open(io.BytesIO(pcm.to_wav_bytes())) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate(), file.getnframes()) == (2, 2, 22_050, 3)
        assert np.frombuffer(file.readframes(3), "<i2").tolist() == [16384, 8192, -16384, 0, 0, 0]


def test_g711_at_the_rate_of_telephones() -> None:
    pcm = tone(1000, 48_000, 0.5).resample(48_000, 2)
    for law in ("mulaw", "alaw"):
        data = pcm.g711_bytes(law)
        assert len(data) == 4000
        back = PcmData.from_g711(data, law=law, participant="ada")
        assert level_at(back, 1000) == pytest.approx(-6, abs=0.2)
        assert back.participant == "ada"
    assert PcmData.from_g711(pcm.g711_bytes("mulaw", 16_000, 2), 16_000, 2).samples.shape == (2, 8000)


def test_resample_of_nothing_and_of_silence() -> None:
    assert PcmData.silence(0, 48_000).resample(8000).empty
    assert not PcmData.silence(960, 48_000).resample(44_100).samples.any()  # no dither


@pytest.mark.parametrize(("have", "want"), [(48_000, 16_000), (24_000, 48_000), (44_100, 48_000), (8000, 24_000)])
def test_resample_keeps_a_tone(have: int, want: int) -> None:
    pcm = tone(1000, have, 1.0).resample(want)
    assert pcm.sample_count == want
    assert level_at(pcm, 1000) == pytest.approx(-6.02, abs=0.1)


def test_resample_to_no_channels_or_no_rate_is_refused() -> None:
    for rate, channels in ((8000, -1), (0, 1), (-8000, 1)):
        with pytest.raises(AudioFormatError):
            ramp(10).resample(rate, channels)


# Joined


def test_append_gives_another_value() -> None:
    a, b = ramp(3, participant="ada", pts=5), ramp(2, first=3)
    assert a.append(b) == ramp(5, participant="ada", pts=5)
    assert a.sample_count == 3
    assert a.append(b.to_float32()) == ramp(5, participant="ada", pts=5)


def test_append_refuses_other_rates_and_channels() -> None:
    for other in (ramp(3, rate=8000), ramp(3).resample(24_000, 2)):
        with pytest.raises(AudioFormatError, match="resample first"):
            ramp(3).append(other)
    with pytest.raises(AudioFormatError, match="nothing"):
        PcmData.concat([])
