import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from antiphon.errors import AudioFormatError
from antiphon.media.pacing import Pacer


def test_frames_are_due_on_a_grid_that_does_not_drift() -> None:
    pacer = Pacer(20)
    now = 1000.0
    dues = []
    for _ in range(180_000):  # an hour
        dues.append(pacer.next(now))
        now = max(now, dues[-1]) + 0.003  # every frame a little late
    assert dues[-1] == pytest.approx(1000 + 179_999 * 0.02, abs=1e-6)
    assert pacer.skipped == 0


def test_a_small_delay_is_caught_up() -> None:
    pacer = Pacer(20)
    assert [pacer.next(t) for t in (0, 0.001, 0.035, 0.036)] == pytest.approx([0, 0.02, 0.04, 0.06])
    assert pacer.next(0.095) == pytest.approx(0.08)  # 15 ms late: at once
    assert pacer.skipped == 0


def test_after_a_stall_it_skips_ahead_rather_than_bursting() -> None:
    pacer = Pacer(20)
    pacer.next(0)
    assert pacer.next(1.005) == pytest.approx(1.02)
    assert pacer.next(1.02) == pytest.approx(1.04)
    assert pacer.skipped == 50


@given(st.lists(st.floats(0, 0.3), max_size=60))
def test_never_more_than_one_frame_late_and_never_two_for_one_place(delays: list[float]) -> None:
    pacer, now, dues = Pacer(20), 5.0, []
    for delay in delays:
        asked = now
        dues.append(pacer.next(asked))
        assert dues[-1] > asked - 0.02 - 1e-6
        now = max(now, dues[-1]) + delay
    assert all(b - a > 0.02 - 1e-6 for a, b in itertools.pairwise(dues))


def test_a_frame_has_a_length() -> None:
    with pytest.raises(AudioFormatError):
        Pacer(0)
