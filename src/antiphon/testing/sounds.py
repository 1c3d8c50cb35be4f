"""Sound to say: WAV files, and a tone that stands for a voice where only its level matters."""

import wave
from pathlib import Path

import numpy as np

from antiphon.errors import AudioFormatError
from antiphon.media.pcm import PcmData


def read_wav(path: Path | str) -> PcmData:
    """A WAV file of 16 bits, any rate, any channels. Raises ``AudioFormatError`` for another kind, ``OSError``."""
    try:
        with wave.open(str(path), "rb") as file:
            if file.getsampwidth() != 2:
                raise AudioFormatError(f"{path} has {8 * file.getsampwidth()} bits a sample, not 16")
            return PcmData.from_bytes(file.readframes(file.getnframes()), file.getframerate(), file.getnchannels())
    except (wave.Error, EOFError) as error:
        raise AudioFormatError(f"{path} is not a WAV file: {error}") from error


def tone(hz: float = 200.0, seconds: float = 1.0, sample_rate: int = 48_000, level: float = 0.3) -> PcmData:
    """A sine, int16 mono; ``level`` is its peak, full scale 1."""
    at = np.arange(round(sample_rate * seconds)) / sample_rate
    return PcmData.from_numpy((level * np.sin(2 * np.pi * hz * at)).astype(np.float32), sample_rate, format="s16")
