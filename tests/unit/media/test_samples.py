import numpy as np
import pytest

from antiphon.errors import AudioFormatError
from antiphon.media.samples import deinterleave, interleave, remix, to_int16


def test_channels_are_told_apart_and_put_together() -> None:
    flat = np.arange(12, dtype=np.int16)
    assert deinterleave(flat, 3)[1].tolist() == [1, 4, 7, 10]
    assert interleave(deinterleave(flat, 3)).tolist() == flat.tolist()
    with pytest.raises(AudioFormatError):
        deinterleave(flat, 5)


def test_to_mono_is_the_mean() -> None:
    assert remix(np.array([[100, -32768], [300, -32768]], np.int16), 1).tolist() == [200, -32768]


def test_surround_to_stereo_hears_the_centre_on_both_sides() -> None:
    surround = np.zeros((6, 4), np.float32)
    surround[2] = 0.5
    left, right = remix(surround, 2)
    assert left.tolist() == right.tolist()
    assert left[0] > 0.1
    surround = np.zeros((6, 4), np.float32)
    surround[3] = 0.5  # low frequencies
    assert not remix(surround, 2).any()


def test_what_is_no_number_or_too_large_is_limited() -> None:
    loud = np.array([np.inf, -np.inf, np.nan, 1e30], np.float32)
    assert to_int16(loud).tolist() == [32767, -32768, 0, 32767]
