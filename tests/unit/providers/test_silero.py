"""Turns from synthetic voice probabilities, and the real network on noise and speech."""

import wave
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from antiphon.media.pcm import PcmData
from antiphon.models import parts
from antiphon.models.parts import Completeness, Transcript, TurnDetector, TurnSignal, TurnSignalKind, VADStream
from antiphon.providers.silero import STEP_MS, VAD, TurnDetection

SPEECH = Path(__file__).parents[2] / "data" / "speech"
STEP = PcmData.silence(16 * STEP_MS, 16_000)


class ScriptedVAD(parts.VAD, VADStream):
    """Gives out the probabilities it was made with, one for each push."""

    step_ms = STEP_MS

    def __init__(self, probabilities: Iterable[float]) -> None:
        self._probabilities = iter(probabilities)

    def open(self) -> VADStream:
        return self

    def push(self, audio: PcmData) -> list[float]:
        return [next(self._probabilities)]


def heard(words: str, completeness: Completeness) -> Transcript:
    return Transcript(words, final=False, completeness=completeness)


def run(detector: TurnDetector, count: int) -> list[TurnSignal]:
    return [signal for _ in range(count) for signal in detector.push(STEP)]


def detector_for(*stretches: tuple[float, int], longest_s: float = 60.0) -> tuple[TurnDetector, int]:
    """A detector over (probability, frames) stretches, and how many frames that is."""
    frames = [probability for probability, count in stretches for _ in range(count)]
    return TurnDetection(ScriptedVAD(frames), longest_s=longest_s).open(), len(frames)


def test_a_click_starts_nothing() -> None:
    detector, count = detector_for((0, 10), (0.99, 2), (0, 10), (0.9, 1), (0, 1), (0.9, 1), (0, 20))
    assert run(detector, count) == []


def test_a_voice_starts_where_it_began_and_ends_where_it_was_last_heard() -> None:
    detector, count = detector_for((0, 10), (0.9, 20), (0, 30))
    assert run(detector, count) == [
        TurnSignal(TurnSignalKind.STARTED, 10 * STEP_MS),
        TurnSignal(TurnSignalKind.ENDED, 30 * STEP_MS, 480),
    ]


def test_onset_is_told_within_128_ms() -> None:
    detector, _ = detector_for((0, 10), (0.9, 1), (0.2, 1), (0.9, 2), (0, 30))
    assert run(detector, 13) == []
    assert [signal.kind for signal in run(detector, 1)] == [TurnSignalKind.STARTED]


def test_a_voice_that_only_weakens_goes_on() -> None:
    detector, count = detector_for((0.9, 10), (0.4, 40), (0.9, 2), (0.3, 15))
    assert [signal.kind for signal in run(detector, count)] == [TurnSignalKind.STARTED, TurnSignalKind.ENDED]


def silence_before_end(completeness: Completeness, hinted_after: int = 10) -> int:
    detector, count = detector_for((0.9, 10), (0, 40))
    signals = run(detector, hinted_after)
    detector.hint(heard("words", completeness))
    signals += run(detector, count - hinted_after)
    assert signals[-1].kind is TurnSignalKind.ENDED
    return signals[-1].silence_ms


def test_the_words_decide_how_long_a_silence_must_be() -> None:
    assert silence_before_end(Completeness.COMPLETE) == 256
    assert silence_before_end(Completeness.UNKNOWN) == 480
    assert silence_before_end(Completeness.EXTENDABLE) == 704


def test_whole_words_count_once_they_stand_still() -> None:
    assert silence_before_end(Completeness.COMPLETE, hinted_after=17) == 288


def test_the_same_hint_again_is_no_change() -> None:
    detector, count = detector_for((0.9, 10), (0, 40))
    signals: list[TurnSignal] = []
    for _ in range(count):
        detector.hint(heard("what time is it", Completeness.COMPLETE))
        signals += detector.push(STEP)
    assert signals[-1].silence_ms == 256


def test_a_hint_belongs_to_its_turn_alone() -> None:
    detector, count = detector_for((0.9, 10), (0, 20), (0.9, 10), (0, 40))
    run(detector, 5)
    detector.hint(heard("help", Completeness.COMPLETE))
    signals = run(detector, 15)
    detector.hint(heard("help", Completeness.COMPLETE))
    signals += run(detector, count - 20)
    assert [signal.silence_ms for signal in signals if signal.kind is TurnSignalKind.ENDED] == [256, 480]


def test_a_turn_has_a_longest_length_and_another_follows() -> None:
    detector, count = detector_for((0.9, 200), longest_s=3.2)
    kinds = [signal.kind for signal in run(detector, count)]
    assert kinds[:3] == [TurnSignalKind.STARTED, TurnSignalKind.ENDED, TurnSignalKind.STARTED]


def test_reset_forgets_the_turn() -> None:
    detector, count = detector_for((0.9, 10), (0, 60))
    assert len(run(detector, 10)) == 1
    detector.reset()
    assert run(detector, count - 10) == []


def test_the_network_hears_speech_at_any_rate_and_no_noise() -> None:
    with wave.open(str(SPEECH / "quick_brown_fox.wav")) as file:
        speech = PcmData.from_bytes(file.readframes(file.getnframes()), file.getframerate())
    rng = np.random.default_rng(1)
    hum = 3000 * np.sin(2 * np.pi * 50 * np.arange(32_000) / 16_000)
    noise = PcmData.from_numpy((hum + rng.normal(0, 800, 32_000)).astype(np.int16), 16_000)
    for rate in (16_000, 24_000, 48_000):
        vad = VAD()
        speech_found = vad.open().push(speech.resample(rate))
        noise_found = vad.open().push(noise.resample(rate))
        assert sum(probability > 0.5 for probability in speech_found) > 0.8 * len(speech_found)
        assert max(noise_found) < 0.5


async def test_a_spoken_command_is_one_turn() -> None:
    with wave.open(str(SPEECH / "what_time_is_it.wav")) as file:
        speech = PcmData.from_bytes(file.readframes(file.getnframes()), file.getframerate())
    quiet = PcmData.silence(16_000, 16_000)
    detection = TurnDetection()
    await detection.start()
    started, ended = detection.open().push(PcmData.concat([quiet, speech, quiet]))
    assert 900 <= started.at_ms <= 1100
    assert abs(ended.at_ms - 1000 - speech.duration_ms) < 200
