"""One device on one peer connection (aiortc). Owns its life from the offer to the last packet.

Knows aiortc and the browser protocol; knows no session. Sound crosses in tracks, messages on the channel ``antiphon``,
which the device opens before its offer.
"""

import asyncio
import logging
import math
from collections.abc import AsyncIterator
from contextlib import suppress

import anyio
from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.exceptions import InvalidAccessError, InvalidStateError, OperationError
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame

from antiphon.edges.edge import Participant, VoiceFrame
from antiphon.edges.webrtc.internals import hold_less, rtp_timestamp
from antiphon.edges.webrtc.offer import check
from antiphon.edges.webrtc.track import VoiceTrack
from antiphon.errors import ProtocolError
from antiphon.media.opus import FRAME
from antiphon.media.pcm import PcmData
from antiphon.media.source import SampleSource
from antiphon.wire import browser

log = logging.getLogger(__name__)

CHANNEL = "antiphon"
MAX_BUFFERED_BYTES = 4_000_000
"""Messages that a device may leave untaken; beyond it the connection is given up."""
CONNECT_S = 30.0
FAREWELL_S = 0.5


class WebRtcPeer(Participant):
    """``answer`` an offer, then ``run``."""

    def __init__(self, name: str, configuration: RTCConfiguration) -> None:
        super().__init__(name)
        self._connection = RTCPeerConnection(configuration)
        self._track = VoiceTrack(self._began)
        self._sender = self._connection.addTrack(self._track)
        (transceiver,) = self._connection.getTransceivers()
        hold_less(transceiver.receiver)
        # The track gives Opus packets: a device that would rather have another codec must not take them for that.
        codecs = RTCRtpSender.getCapabilities("audio").codecs
        transceiver.setCodecPreferences([codec for codec in codecs if codec.mimeType.lower() == "audio/opus"])
        self._voice = SampleSource(self.id)
        self._channel: RTCDataChannel | None = None
        self._unsent: list[str] = []
        self._said, self._heard = anyio.create_memory_object_stream[browser.Incoming](math.inf)
        self._incoming: MediaStreamTrack | None = None
        self._has_voice, self._connected, self._open, self._gone = (asyncio.Event() for _ in range(4))
        self._connection.on("track", self._on_track)
        self._connection.on("datachannel", self._on_channel)
        self._connection.on("connectionstatechange", self._on_state)

    async def answer(self, offer: str) -> str:
        """The complete answer, all candidates in it, to an SDP offer. Raises ``ProtocolError`` for a bad one."""
        check(offer)
        try:
            await self._connection.setRemoteDescription(RTCSessionDescription(offer, "offer"))
            await self._connection.setLocalDescription(await self._connection.createAnswer())
        except (ValueError, InvalidAccessError, InvalidStateError, OperationError) as error:
            raise ProtocolError(f"The offer cannot be answered: {error}.") from error
        return self._connection.localDescription.sdp

    @property
    def audio(self) -> browser.AudioFormat:
        return browser.AudioFormat(transport="track", sample_rate=48_000)

    @property
    def voice(self) -> SampleSource:
        return self._voice

    async def ready(self) -> None:
        await self._connected.wait()
        await self._open.wait()

    async def run(self) -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._take_voice)
            tasks.start_soon(self._expect)
            await self._gone.wait()
            tasks.cancel_scope.cancel()
        self._said.close()

    async def _expect(self) -> None:
        """A device that does not get ready is given up."""
        with anyio.move_on_after(CONNECT_S):
            await self.ready()
            return
        self._gone.set()

    async def messages(self) -> AsyncIterator[browser.Incoming]:
        with suppress(anyio.ClosedResourceError):
            async for message in self._heard:
                yield message

    def send(self, message: browser.Message) -> None:
        text = message.model_dump_json(exclude_none=True)
        if self._channel is None or not self._open.is_set():
            self._unsent.append(text)
        elif self._channel.readyState == "open":
            self._channel.send(text)
            if self._channel.bufferedAmount > MAX_BUFFERED_BYTES:
                log.warning("a device takes no messages; giving it up", extra={"participant": self.id})
                self._gone.set()

    def hear(self, frame: VoiceFrame) -> None:
        self._track.hear(frame)

    async def aclose(self) -> None:
        self._gone.set()
        with anyio.CancelScope(shield=True):
            await self._say_farewell()
            await self._voice.aclose()
            await self._connection.close()
        self._said.close()
        self._heard.close()

    async def _say_farewell(self) -> None:
        """What was sent last should still arrive."""
        channel = self._channel
        if channel is None or channel.readyState != "open" or not channel.bufferedAmount:
            return
        drained = asyncio.Event()
        channel.on("bufferedamountlow", drained.set)
        with anyio.move_on_after(FAREWELL_S):
            await drained.wait()

    def _began(self, item_id: str, pts: int) -> None:
        """An item's first packet is about to go. The packet before it tells where the stream's clock began."""
        last = rtp_timestamp(self._sender)
        stamp = None if last is None or pts == 0 else (last + FRAME) % 2**32
        self.send(browser.AudioStarted(item_id=item_id, rtp_timestamp=stamp))

    async def _take_voice(self) -> None:
        await self._has_voice.wait()
        track = self._incoming
        try:
            while track is not None:
                frame = await track.recv()
                if isinstance(frame, AudioFrame):
                    self._voice.push(PcmData.from_av_frame(frame, participant=self.id).resample(48_000, 1))
        except MediaStreamError:
            await self._voice.aclose()

    def _on_track(self, track: MediaStreamTrack) -> None:
        if track.kind == "audio" and self._incoming is None:
            self._incoming = track
            self._has_voice.set()

    def _on_channel(self, channel: RTCDataChannel) -> None:
        if channel.label != CHANNEL or self._channel is not None:
            log.info("data channel ignored", extra={"participant": self.id})
            return
        self._channel = channel
        channel.on("message", self._on_message)
        channel.on("close", self._gone.set)
        self._open.set()
        for text in self._unsent:
            channel.send(text)
        self._unsent.clear()

    def _on_message(self, data: str | bytes) -> None:
        try:
            if isinstance(data, bytes):
                raise ProtocolError(f"Binary data ({len(data)} bytes) where a JSON text belongs.")
            self._said.send_nowait(browser.parse_client_message(data))
        except ProtocolError as error:
            self.send(browser.Error(code="bad_message", message=str(error)))
        except (anyio.ClosedResourceError, anyio.BrokenResourceError):
            log.debug("message after the end", extra={"participant": self.id})

    def _on_state(self) -> None:
        state = self._connection.connectionState
        if state == "connected":
            self._connected.set()
        elif state in ("failed", "closed"):
            self._gone.set()
