"""WAV files as sound to say."""

from pathlib import Path

import pytest

from antiphon.errors import AudioFormatError
from antiphon.media.pcm import PcmData
from antiphon.testing import read_wav, tone


def test_a_wav_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    said = tone(300, 0.1, 22_050)
    path = tmp_path / "said.wav"
    path.write_bytes(said.to_wav_bytes())
    assert read_wav(path) == said


def test_two_channels(tmp_path: Path) -> None:
    stereo = tone(300, 0.1, 8_000).resample(8_000, 2)
    path = tmp_path / "stereo.wav"
    path.write_bytes(stereo.to_int16().to_wav_bytes())
    assert read_wav(path).channels == 2


@pytest.mark.parametrize("content", [b"", b"RIFF", b"not a wave file at all, not even a little"])
def test_what_is_no_wav_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.wav"
    path.write_bytes(content)
    with pytest.raises(AudioFormatError, match=r"bad\.wav"):
        read_wav(path)


def test_the_tone_is_as_long_and_loud_as_asked() -> None:
    pcm = tone(100, 0.5, 16_000, level=0.5)
    assert isinstance(pcm, PcmData)
    assert (pcm.sample_rate, pcm.duration) == (16_000, 0.5)
    assert abs(int(pcm.samples.max()) - 16384) < 20
