import numpy as np
import pytest

from antiphon.media.levels import SILENCE_DBFS, rms_dbfs
from tests.unit.media.sounds import tone


def test_levels_of_known_sounds() -> None:
    assert rms_dbfs(tone(1000, 48_000, 1, amplitude=1.0).samples) == pytest.approx(-3.01, abs=0.01)
    assert rms_dbfs(tone(1000, 48_000, 1, amplitude=0.1).to_float32().samples) == pytest.approx(-23.01, abs=0.01)
    assert rms_dbfs(np.full(480, -32768, np.int16)) == pytest.approx(0)
    assert rms_dbfs(np.ones((2, 480), np.int16)) == pytest.approx(-90.3, abs=0.01)


def test_silence_and_nothing_are_the_floor() -> None:
    assert rms_dbfs(np.zeros(480, np.int16)) == SILENCE_DBFS == rms_dbfs(np.zeros(0, np.float32))
    assert rms_dbfs(np.full(480, 1e-12, np.float32)) == SILENCE_DBFS
