"""The other end of a connection, played by aiortc as it comes: a browser's part, on loopback."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from fractions import Fraction
from typing import Any

import aioice.ice
import pytest
from aiortc import RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack, MediaStreamError
from av import AudioFrame

from antiphon.edges.webrtc.ice import configuration
from antiphon.edges.webrtc.internals import use_host_addresses
from antiphon.edges.webrtc.peer import CHANNEL, WebRtcPeer
from antiphon.media.pcm import PcmData
from antiphon.testing import tone


@pytest.fixture(autouse=True)
def loopback() -> Iterator[None]:
    """Connections stay on this machine; the process is left as it was."""
    before = aioice.ice.get_host_addresses
    use_host_addresses(("127.0.0.1",))
    yield
    aioice.ice.get_host_addresses = before


class Tone(AudioStreamTrack):
    """A microphone in front of a tone."""

    def __init__(self, hz: float) -> None:
        super().__init__()
        self._sound, self._at = tone(hz, 10.0), 0

    async def recv(self) -> AudioFrame:
        silent = await super().recv()
        assert silent.pts is not None
        frame = self._sound.resample(48_000).slice(self._at, self._at + 960).to_av_frame()
        self._at += 960
        frame.pts, frame.time_base = silent.pts * 6, Fraction(1, 48_000)
        return frame


class Sniffer:
    """Every RTP packet that a far end receives: (timestamp, bytes), before any jitter buffer."""

    def __init__(self, far: "FarEnd") -> None:
        self.packets: list[tuple[int, int]] = []
        self._more = asyncio.Event()
        receiver = far.connection.getReceivers()[0]
        self._pass_on = receiver._handle_rtp_packet
        receiver._handle_rtp_packet = self._take

    async def _take(self, packet: Any, *args: Any, **kwargs: Any) -> None:
        self.packets.append((packet.timestamp, len(packet.payload)))
        self._more.set()
        await self._pass_on(packet, *args, **kwargs)

    async def until(self, count: int) -> None:
        async with asyncio.timeout(5):
            while len(self.packets) < count:
                self._more.clear()
                await self._more.wait()


class FarEnd:
    def __init__(self, hz: float | None = 500.0, channel: str | None = CHANNEL) -> None:
        self.connection = RTCPeerConnection(configuration(()))
        if hz is not None:
            self.connection.addTrack(Tone(hz))
        else:
            self.connection.addTransceiver("audio", direction="recvonly")
        self.messages: list[str] = []
        self.channel: RTCDataChannel | None = None
        self.open = asyncio.Event()
        self.said = asyncio.Event()
        if channel is not None:
            self.channel = self.connection.createDataChannel(channel)
            self.channel.on("open", self.open.set)
            self.channel.on("message", self._on_message)

    async def offer(self) -> str:
        await self.connection.setLocalDescription(await self.connection.createOffer())
        return self.connection.localDescription.sdp

    async def accept(self, answer: str) -> None:
        await self.connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    def _on_message(self, data: str) -> None:
        self.messages.append(data)
        self.said.set()

    def send(self, data: str | bytes) -> None:
        assert self.channel is not None
        self.channel.send(data)

    async def hear(self, frames: int) -> PcmData:
        """So many frames as they arrive; fewer when the line ends."""
        track = self.connection.getReceivers()[0].track
        heard = [PcmData.silence(0, 48_000)]
        try:
            while len(heard) <= frames:
                frame = await track.recv()
                assert isinstance(frame, AudioFrame)
                heard.append(PcmData.from_av_frame(frame).resample(48_000, 1))
        except MediaStreamError:
            pass
        return PcmData.concat(heard)

    async def got(self, count: int) -> list[str]:
        """So many messages."""
        async with asyncio.timeout(5):
            while len(self.messages) < count:
                self.said.clear()
                await self.said.wait()
        return self.messages


@asynccontextmanager
async def connected(peer: WebRtcPeer, far: FarEnd) -> AsyncIterator[None]:
    """Both ends up, the peer being run; both closed at the end."""
    try:
        await far.accept(await peer.answer(await far.offer()))
        async with asyncio.TaskGroup() as tasks, asyncio.timeout(20):
            running = tasks.create_task(peer.run())
            await peer.ready()
            await far.open.wait()
            yield
            running.cancel()
    finally:
        await peer.aclose()
        await far.connection.close()
