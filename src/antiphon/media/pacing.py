"""``Pacer``: when the next frame is due, on an absolute clock. Pure: time is an argument."""

from math import ceil

from antiphon.errors import AudioFormatError

_ROUNDING = 1e-6  # of a frame: what floating point makes of a whole number of frames


class Pacer:
    """Frames of ``frame_ms`` on a grid that begins with the first.

    A frame late by less than a frame is due at once and the next keeps its place, so that small delays do not add up.
    After a longer stall the places missed are given up (``skipped`` counts them): the next frame is due at the first
    place still to come, never several at once.
    """

    def __init__(self, frame_ms: float = 20) -> None:
        if frame_ms <= 0:
            raise AudioFormatError(f"frames of {frame_ms} ms")
        self._period = frame_ms / 1000
        self._start: float | None = None
        self._index = 0
        self.skipped = 0

    def next(self, now: float) -> float:
        """When the frame asked for at ``now`` (seconds) is due. Each call is one frame."""
        if self._start is None:
            self._start = now
        place = (now - self._start) / self._period
        if place - self._index >= 1 - _ROUNDING:
            missed = ceil(place - _ROUNDING) - self._index
            self._index += missed
            self.skipped += missed
        due = self._start + self._index * self._period
        self._index += 1
        return due
