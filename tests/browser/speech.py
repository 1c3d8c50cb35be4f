"""The person's voice: WAV files of synthesised speech laid out in time as the file that Chromium's microphone plays."""

import wave
from pathlib import Path

import numpy as np
import soxr

RATE = 48_000
RECORDINGS = Path(__file__).parents[1] / "data" / "speech"
LAST_SILENCE_S = 1.0
"""Chromium repeats the last buffer for ever: nobody may speak in it."""
ROOM_DBFS = -60.0
"""The room's own faint noise. No microphone gives zeros, and Chromium's noise suppression, having heard nothing but
zeros, takes the first consonants for noise: "two seconds" came out as "ten seconds"."""


class VoiceFile:
    """One file, written anew for each call: Chromium reads it anew whenever a page opens the microphone."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.say()

    def say(self, *utterances: tuple[float, str]) -> None:
        """``(seconds after the microphone was opened, name of the recording)``, in order, not overlapping."""
        parts: list[np.ndarray] = []
        at = 0
        for seconds, name in utterances:
            words = recording(name)
            begin = round(seconds * RATE)
            if begin < at:
                raise ValueError(f"{name!r} at {seconds} s begins before the words before it have ended.")
            parts += [np.zeros(begin - at, np.int16), words]
            at = begin + len(words)
        parts.append(np.zeros(round(LAST_SILENCE_S * RATE), np.int16))
        with wave.open(str(self.path), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(in_a_room(np.concatenate(parts)).tobytes())


def recording(name: str) -> np.ndarray:
    """The samples of ``tests/data/speech/NAME.wav`` at 48 kHz, mono int16, without silence around them."""
    with wave.open(str(RECORDINGS / f"{name}.wav"), "rb") as file:
        if (file.getnchannels(), file.getsampwidth()) != (1, 2):
            raise ValueError(f"{name}.wav is not mono with 16 bits.")
        read = np.frombuffer(file.readframes(file.getnframes()), np.int16)
        samples: np.ndarray = soxr.resample(read, file.getframerate(), RATE)
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > 300)
    return samples[loud[0] : loud[-1] + 1]


def in_a_room(samples: np.ndarray) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, 32767 * 10 ** (ROOM_DBFS / 20), len(samples))
    return np.clip(samples + noise, -32768, 32767).astype(np.int16)


def seconds(name: str) -> float:
    return len(recording(name)) / RATE
