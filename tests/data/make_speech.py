"""Make the talkers' WAV files in tests/data/speech with flite (Debian: ``apt install flite``): 16 kHz, mono, 16 bits.

``python tests/data/make_speech.py`` writes them again; the tests need the files only. Without leading or trailing
silence: whoever plays them adds it.
"""

import io
import subprocess
import wave
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parent / "speech"
QUIET = 200
KEPT = 800

SPEECH = {
    "what_time_is_it": ("slt", "what time is it"),
    "what_time_is_it_rms": ("rms", "what time is it"),
    "what_day_is_it": ("slt", "what day is it today"),
    "set_a_timer_five_minutes": ("slt", "set a timer for five minutes"),
    "set_a_timer_two_seconds": ("slt", "set a timer for two seconds"),
    "seven_times_six": ("slt", "what is seven times six"),
    "convert_ten_miles": ("slt", "convert ten miles to kilometers"),
    "convert_ten_miles_rms": ("rms", "convert ten miles to kilometers"),
    "take_a_note": ("slt", "take a note"),
    "buy_milk": ("slt", "buy milk and eggs"),
    "read_my_notes": ("slt", "read my notes"),
    "repeat_that": ("slt", "repeat that"),
    "help": ("slt", "help"),
    "stop_please": ("slt", "stop please"),
    "long_interruption": ("slt", "no wait a moment i want to say something else now and it is quite important to me"),
    "quick_brown_fox": ("slt", "the quick brown fox jumps over the lazy dog"),
    "goodbye": ("slt", "goodbye"),
}


def trimmed(samples: np.ndarray) -> np.ndarray:
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > QUIET)
    return samples[max(0, loud[0] - KEPT) : loud[-1] + KEPT]


def make(name: str, voice: str, text: str) -> int:
    done = subprocess.run(["flite", "-voice", voice, "-t", text, "-o", "/dev/stdout"], capture_output=True, check=True)
    with wave.open(io.BytesIO(done.stdout)) as made:
        assert (made.getframerate(), made.getnchannels(), made.getsampwidth()) == (16_000, 1, 2)
        samples = np.frombuffer(made.readframes(made.getnframes()), np.int16)
    path = FOLDER / f"{name}.wav"
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(16_000)
        out.writeframes(trimmed(samples).tobytes())
    return path.stat().st_size


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    sizes = {name: make(name, voice, text) for name, (voice, text) in SPEECH.items()}
    print(f"{len(sizes)} files, {sum(sizes.values())} bytes")
