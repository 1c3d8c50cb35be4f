"""A line to a real server: its public HTTP routes, then a peer connection of aiortc, as a browser would have it."""

import asyncio
import json
import urllib.error
import urllib.request
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from fractions import Fraction
from typing import Any

import anyio
from aiortc import RTCDataChannel, RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from av import AudioFrame
from pydantic import TypeAdapter

from antiphon.clock import LoopClock
from antiphon.edges.webrtc.ice import configuration
from antiphon.edges.webrtc.internals import received_origin, use_host_addresses
from antiphon.edges.webrtc.peer import CHANNEL
from antiphon.errors import ProtocolError
from antiphon.media.pacing import Pacer
from antiphon.media.pcm import PcmData
from antiphon.testing.line import FRAME_SAMPLES, Line
from antiphon.wire import browser

ANSWER_S = 20
"""How long the server may take for one request, seconds."""

_SAMPLES_PER_MS = 48
_server_message: TypeAdapter[browser.Message] = TypeAdapter(browser.ServerMessage)


class Microphone(MediaStreamTrack):
    """Frames that are said, silence else, one each 20 ms on an absolute clock."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.said = asyncio.Event()
        self._frames: deque[PcmData] = deque()
        self._clock, self._pacer = LoopClock(), Pacer()
        self._pts = 0

    def speak(self, frames: list[PcmData]) -> None:
        self.said.clear()
        self._frames.extend(frames)

    async def recv(self) -> AudioFrame:
        await self._clock.sleep_until(self._pacer.next(self._clock.now()))
        if self.readyState != "live":
            raise MediaStreamError
        pcm = self._frames.popleft() if self._frames else PcmData.silence(FRAME_SAMPLES, 48_000)
        if not self._frames:
            self.said.set()
        frame = pcm.to_av_frame()
        frame.pts, frame.time_base = self._pts, Fraction(1, 48_000)
        self._pts += FRAME_SAMPLES
        return frame


class WebRtcLine(Line):
    """``session_id`` and ``token`` are what the server gave for this session."""

    def __init__(self, connection: RTCPeerConnection) -> None:
        super().__init__()
        self.session_id = self.token = ""
        self._connection = connection
        self._microphone = Microphone()
        connection.addTrack(self._microphone)
        self._channel: RTCDataChannel = connection.createDataChannel(CHANNEL)
        self._channel.on("message", self._on_message)
        self._channel.on("close", self._hang_up)
        connection.on("connectionstatechange", self._on_state)
        self._gone = False
        self._starts: dict[str, int] = {}
        self._heard_to: int | None = None

    @classmethod
    @asynccontextmanager
    async def open(
        cls, base_url: str, conversation_id: str | None = None, agent: str | None = None
    ) -> AsyncIterator["WebRtcLine"]:
        """See ``Person.call``. Which addresses ICE uses is set for the whole process: loopback is among them."""
        use_host_addresses(None)
        wanted = {"conversation_id": conversation_id, "agent": agent}
        body = json.dumps({key: value for key, value in wanted.items() if value is not None}).encode()
        session = json.loads(await _post(f"{base_url}/api/realtime/session", body, "application/json"))
        connection = RTCPeerConnection(configuration(()))
        try:
            line = cls(connection)
            line.session_id, line.token = session["session_id"], session["token"]
            await connection.setLocalDescription(await connection.createOffer())
            answer = await _post(
                f"{base_url}/api/realtime/sdp/{line.session_id}",
                connection.localDescription.sdp.encode(),
                "application/sdp",
                line.token,
            )
            await connection.setRemoteDescription(RTCSessionDescription(answer, "answer"))
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(line._listen, connection.getReceivers()[0])
                yield line
                tasks.cancel_scope.cancel()
        finally:
            with anyio.CancelScope(shield=True):
                await connection.close()

    @property
    def gone(self) -> bool:
        return self._gone

    def now(self) -> float:
        return asyncio.get_running_loop().time()

    async def wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def speak(self, frames: list[PcmData]) -> None:
        if frames:
            self._microphone.speak(frames)
            await self._microphone.said.wait()

    def send(self, message: browser.Incoming) -> None:
        self.send_raw(message.model_dump_json(exclude_none=True))

    def send_raw(self, data: str | bytes) -> None:
        """Anything at all on the data channel."""
        if self._channel.readyState == "open":
            self._channel.send(data)

    def played_ms(self, item_id: str) -> int:
        start = self._starts.get(item_id)
        if start is None or self._heard_to is None:
            return 0
        return max(0, _ahead(self._heard_to, start)) // _SAMPLES_PER_MS

    async def _listen(self, receiver: RTCRtpReceiver) -> None:
        try:
            while True:
                frame = await receiver.track.recv()
                origin = received_origin(receiver)
                if isinstance(frame, AudioFrame) and frame.pts is not None and origin is not None:
                    self._take_frame(frame, (origin + frame.pts) % 2**32)
        except MediaStreamError:
            self._hang_up()

    def _take_frame(self, frame: AudioFrame, stamp: int) -> None:
        pcm = PcmData.from_av_frame(frame).resample(48_000, 1)
        self._heard_to = (stamp + pcm.sample_count) % 2**32
        item_id = None
        for candidate, start in self._starts.items():
            if _ahead(stamp, start) >= 0:
                item_id = candidate
        self.on_frame(item_id, pcm)

    def _on_message(self, data: str | bytes) -> None:
        message = _server_message.validate_json(data)
        if isinstance(message, browser.AudioStarted):
            stamp = message.rtp_timestamp if message.rtp_timestamp is not None else self._heard_to
            if stamp is not None:
                self._starts[message.item_id] = stamp
        self.on_message(message)

    def _on_state(self) -> None:
        if self._connection.connectionState in ("failed", "closed"):
            self._hang_up()

    def _hang_up(self) -> None:
        self._gone = True


def _ahead(stamp: int, start: int) -> int:
    """Samples from ``start`` to ``stamp``, which wrap at 2**32 (RFC 3550 section 5.1)."""
    return (stamp - start + 2**31) % 2**32 - 2**31


async def _post(url: str, body: bytes, content_type: str, token: str | None = None) -> str:
    headers = {"Content-Type": content_type, **({"Authorization": f"Bearer {token}"} if token else {})}
    if not url.startswith(("http://", "https://")):
        raise ProtocolError(f"{url} is not an address of a server")
    request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310
    return await asyncio.to_thread(_answer, request)


def _answer(request: urllib.request.Request) -> str:
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_S) as response:  # noqa: S310
            text: str = response.read().decode()
            return text
    except urllib.error.HTTPError as error:
        with error:
            problem: dict[str, Any] = json.loads(error.read() or b"{}")
        raise ProtocolError(f"{error.code}: {problem.get('detail', error.reason)}") from error
