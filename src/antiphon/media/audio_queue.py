"""``AudioQueue``: sound waiting to be used, bounded in milliseconds. Owns the bound and what it drops, no clock."""

import asyncio
from collections import deque

from antiphon.errors import AudioFormatError
from antiphon.media.pcm import PcmData


class AudioQueue:
    """First in, first out; when there is more than ``buffer_limit_ms`` the oldest goes, and is counted.

    For one event loop; putting never waits. All sound in it at one time has one rate and number of channels; an empty
    queue takes any. ``get...`` wait for sound and return None once the queue is closed and empty; ``..._nowait`` return
    None when there is none.
    """

    def __init__(self, buffer_limit_ms: float) -> None:
        if buffer_limit_ms <= 0:
            raise AudioFormatError(f"a queue of {buffer_limit_ms} ms")
        self._limit_ms = buffer_limit_ms
        self._parts: deque[PcmData] = deque()
        self._count = 0
        self._rate = 0
        self._changed = asyncio.Event()
        self._closed = False
        self.dropped_ms = 0.0
        """All that was dropped for want of room."""

    @property
    def sample_count(self) -> int:
        """Samples of each channel."""
        return self._count

    @property
    def duration_ms(self) -> float:
        return 1000 * self._count / self._rate if self._count else 0.0

    @property
    def closed(self) -> bool:
        return self._closed

    def put(self, pcm: PcmData) -> float:
        """Add sound; returns how many milliseconds of the oldest had to go for it, itself included.

        Raises ``AudioFormatError`` for another rate or number of channels than what is waiting. After ``close`` sound
        is dropped, and counted.
        """
        if self._closed:
            self.dropped_ms += pcm.duration_ms
            return pcm.duration_ms
        if pcm.empty:
            return 0.0
        if self._parts and (pcm.sample_rate, pcm.channels) != (self._rate, self._parts[0].channels):
            raise AudioFormatError(
                f"sound of {pcm.sample_rate} Hz, {pcm.channels} channel(s) behind sound of {self._rate} Hz, "
                f"{self._parts[0].channels} channel(s): resample first"
            )
        self._rate = pcm.sample_rate
        self._parts.append(pcm)
        self._count += pcm.sample_count
        excess = self._count - int(self._limit_ms * self._rate / 1000)
        if excess > 0:
            self._discard(excess)
        self._changed.set()
        dropped = max(0.0, 1000 * excess / self._rate)
        self.dropped_ms += dropped
        return dropped

    def clear(self) -> float:
        """Forget everything that waits; returns how many milliseconds that was."""
        ms = self.duration_ms
        self._parts.clear()
        self._count = 0
        return ms

    def close(self) -> None:
        """No more sound. What waits can still be taken."""
        self._closed = True
        self._changed.set()

    async def get(self) -> PcmData | None:
        """The oldest piece, as it was put."""
        await self._wait()
        return self.get_nowait()

    async def get_duration(self, ms: float) -> PcmData | None:
        """Up to ``ms`` of sound, as soon as there is any."""
        await self._wait()
        return self.get_samples_nowait(round(ms * self._rate / 1000))

    async def get_samples(self, n: int) -> PcmData | None:
        """Up to ``n`` samples of each channel, as soon as there are any."""
        await self._wait()
        return self.get_samples_nowait(n)

    def get_nowait(self) -> PcmData | None:
        """The oldest piece, as it was put."""
        if not self._parts:
            return None
        self._count -= self._parts[0].sample_count
        return self._parts.popleft()

    def get_samples_nowait(self, n: int) -> PcmData | None:
        """Up to ``n`` samples of each channel."""
        if not self._parts or n <= 0:
            return None
        taken: list[PcmData] = []
        while self._parts and n > 0:
            taken.append(self._take(n))
            n -= taken[-1].sample_count
        return PcmData.concat(taken)

    def get_frame_nowait(self, n: int, *, partial: bool) -> PcmData | None:
        """Exactly ``n`` samples of each channel. When fewer wait: None, or with ``partial`` those and silence."""
        if self._count < n and not partial:
            return None
        pcm = self.get_samples_nowait(n)
        return None if pcm is None else pcm.padded(n)

    async def _wait(self) -> None:
        while not self._parts and not self._closed:
            self._changed.clear()
            await self._changed.wait()

    def _take(self, n: int) -> PcmData:
        """The oldest piece, or its first ``n`` samples."""
        first = self._parts[0]
        if first.sample_count <= n:
            self._parts.popleft()
        else:
            self._parts[0] = first.slice(n, first.sample_count)
            first = first.slice(0, n)
        self._count -= first.sample_count
        return first

    def _discard(self, n: int) -> None:
        while n > 0:
            n -= self._take(n).sample_count
