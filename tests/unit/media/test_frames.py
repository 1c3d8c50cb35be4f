import av
import numpy as np
import pytest

from antiphon.errors import AudioFormatError
from antiphon.media.pcm import PcmData
from tests.unit.media.sounds import joined, tone


@pytest.mark.parametrize("channels", [1, 2, 3, 6])
@pytest.mark.parametrize("dtype", [np.int16, np.float32])
def test_av_frames_come_back_as_they_went(channels: int, dtype: type) -> None:
    shape = 480 if channels == 1 else (channels, 480)
    samples = np.random.default_rng(1).integers(-9999, 9999, shape).astype(np.int16)
    pcm = PcmData.from_numpy(samples if dtype is np.int16 else samples / 32768, 48_000, pts=96, participant="ada")
    frame = pcm.to_av_frame()
    assert (frame.samples, frame.sample_rate, frame.layout.nb_channels) == (480, 48_000, channels)
    assert PcmData.from_av_frame(frame, participant="ada") == pcm


@pytest.mark.parametrize("name", ["s16", "s16p", "flt", "fltp", "s32", "s32p", "dbl", "dblp", "u8", "u8p"])
def test_frames_of_every_common_format_are_understood(name: str) -> None:
    convert = av.AudioResampler(format=name, layout="stereo", rate=48_000)
    stereo = np.stack([tone(440, 48_000, 0.02).samples, tone(880, 48_000, 0.02).samples])
    frames = convert.resample(PcmData(stereo, 48_000, 2).to_av_frame())
    pcm = joined([PcmData.from_av_frame(f) for f in frames]).to_int16()
    assert pcm.samples.shape == stereo.shape
    assert np.abs(pcm.samples.astype(int) - stereo).max() <= (256 if name.startswith("u8") else 1)


def test_frames_of_other_formats_are_refused() -> None:
    frame = av.AudioFrame(format="s64", layout="mono", samples=4)
    frame.sample_rate = 8000
    with pytest.raises(AudioFormatError, match="s64"):
        PcmData.from_av_frame(frame)
