"""The silence before the first sound is cut; the sound itself never is."""

import numpy as np
import pytest

from antiphon.media.pcm import PcmData
from antiphon.providers.offline.onset import KEPT_MS, OnsetTrimmer

RATE = 16_000


def silence(ms: int) -> np.ndarray:
    return np.full(RATE * ms // 1000, 3, np.int16)


def voice(ms: int) -> np.ndarray:
    return np.full(RATE * ms // 1000, 9000, np.int16)


@pytest.mark.parametrize("piece_ms", [5, 20, 100, 1000])
@pytest.mark.parametrize("silent_ms", [0, 10, 20, 200])
def test_only_silence_before_the_voice_goes(piece_ms: int, silent_ms: int) -> None:
    spoken = np.concatenate([silence(silent_ms), voice(60), silence(150), voice(40), silence(90)])
    trimmer = OnsetTrimmer()
    pieces = PcmData.from_numpy(spoken, RATE).chunks(RATE * piece_ms // 1000)
    heard = np.concatenate([trimmer.push(piece).samples for piece in pieces])
    kept = min(silent_ms, KEPT_MS)
    assert heard.tolist() == np.concatenate([silence(kept), spoken[RATE * silent_ms // 1000 :]]).tolist()


def test_what_is_all_silence_is_not_heard() -> None:
    trimmer = OnsetTrimmer()
    assert all(trimmer.push(PcmData.from_numpy(silence(50), RATE)).empty for _ in range(5))
