"""The agent's voice on a device's outgoing track: packets encoded once for all devices, stamped for this one."""

import asyncio
from collections import deque
from collections.abc import Callable
from fractions import Fraction

import av
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from antiphon.edges.edge import VoiceFrame
from antiphon.media.opus import FRAME, OPUS_RATE

MAX_WAITING = 10
"""Frames (20 ms each) that may wait for a connection that is slow; the oldest goes first."""

_TIME_BASE = Fraction(1, OPUS_RATE)


class VoiceTrack(MediaStreamTrack):
    """``hear`` puts frames in; aiortc takes packets out. ``began(item_id, pts)``: an item's first frame goes now."""

    kind = "audio"

    def __init__(self, began: Callable[[str, int], None]) -> None:
        super().__init__()
        self._frames: deque[VoiceFrame] = deque(maxlen=MAX_WAITING)
        self._arrived = asyncio.Event()
        self._began = began
        self._pts = 0

    def hear(self, frame: VoiceFrame) -> None:
        self._frames.append(frame)
        self._arrived.set()

    async def recv(self) -> "av.Packet[av.stream.Stream]":
        """The next packet. Raises ``MediaStreamError`` once the track is stopped."""
        while not self._frames:
            self._arrived.clear()
            await self._arrived.wait()
            if self.readyState != "live":
                raise MediaStreamError
        frame = self._frames.popleft()
        packet = av.Packet(frame.packet.data)
        packet.pts, packet.time_base = self._pts, _TIME_BASE
        if frame.starts and frame.item_id is not None:
            self._began(frame.item_id, self._pts)
        self._pts += FRAME
        return packet

    def stop(self) -> None:
        super().stop()
        self._arrived.set()
