"""One participant's voice, as packets or as samples. Owns who is listening and when a packet must be decoded.

Media lane: each listener has a bounded queue of its own in which the oldest goes first, and is counted.
"""

import asyncio
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

from antiphon.media.opus import OpusDecoder, OpusPacket
from antiphon.media.pcm import PcmData
from antiphon.media.resampling import Resampler


class Timed(Protocol):
    """Anything that lasts."""

    @property
    def duration_ms(self) -> float: ...


T = TypeVar("T", bound=Timed)


class Listener(AsyncIterator[T], Generic[T]):
    """What one listener has not taken yet: at most ``limit_ms`` of it. Listens until ``aclose``.

    ``dropped_ms`` is what it was too slow for. Ends when its source does.
    """

    def __init__(self, listeners: "set[Listener[T]]", limit_ms: float) -> None:
        self._listeners = listeners
        self._limit_ms = limit_ms
        self._items: deque[T] = deque()
        self._waiting_ms = 0.0
        self._changed = asyncio.Event()
        self._ended = False
        self.dropped_ms = 0.0
        listeners.add(self)

    def put(self, item: T) -> None:
        """For the source; nothing after ``end``. The newest item stays even when it alone is longer than the limit."""
        if self._ended:
            return
        self._items.append(item)
        self._waiting_ms += item.duration_ms
        while self._waiting_ms > self._limit_ms and len(self._items) > 1:
            gone = self._items.popleft().duration_ms
            self._waiting_ms -= gone
            self.dropped_ms += gone
        self._changed.set()

    def end(self) -> None:
        """For the source: nothing follows. What waits can still be taken."""
        self._ended = True
        self._changed.set()

    async def __anext__(self) -> T:
        while not self._items:
            if self._ended:
                raise StopAsyncIteration
            self._changed.clear()
            await self._changed.wait()
        item = self._items.popleft()
        self._waiting_ms = self._waiting_ms - item.duration_ms if self._items else 0.0
        return item

    async def aclose(self) -> None:
        """Stop listening. May be called twice."""
        self._listeners.discard(self)
        self._items.clear()
        self.end()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


class SampleListener(Listener[PcmData]):
    """Mono sound at the listener's own rate."""

    def __init__(self, listeners: set[Listener[PcmData]], limit_ms: float, sample_rate: int) -> None:
        super().__init__(listeners, limit_ms)
        self._rate = sample_rate
        self._resampler: Resampler | None = None

    async def __anext__(self) -> PcmData:
        while True:
            try:
                pcm = await super().__anext__()
            except StopAsyncIteration:
                if self._resampler is None or (rest := self._resampler.flush()).empty:
                    raise
                return rest
            if self._resampler is None or self._resampler.rate_in != pcm.sample_rate:
                self._resampler = Resampler(pcm.sample_rate, self._rate)
            if not (out := self._resampler.push(pcm)).empty:
                return out


class AudioSource(ABC):
    """A participant's voice. Any number may listen, each from when it asks; ``limit_ms`` bounds each one's queue."""

    def __init__(self, participant: str, limit_ms: float = 200) -> None:
        self.participant = participant
        self._limit_ms = limit_ms
        self._sample_listeners: set[Listener[PcmData]] = set()
        self._ended = False

    @abstractmethod
    def packets(self) -> Listener[OpusPacket] | None:
        """The voice as it came, never decoded; None when it does not come as Opus."""

    def samples(self, sample_rate: int) -> SampleListener:
        """The voice as mono sound at that rate."""
        listener = SampleListener(self._sample_listeners, self._limit_ms, sample_rate)
        if self._ended:
            listener.end()
        return listener

    async def aclose(self) -> None:
        """The voice is over: its listeners end after what waits for them. May be called twice."""
        self._ended = True
        for listener in self._sample_listeners:
            listener.end()


class SampleSource(AudioSource):
    """A voice that comes as sound."""

    def push(self, pcm: PcmData) -> None:
        for listener in self._sample_listeners:
            listener.put(pcm)

    def packets(self) -> Listener[OpusPacket] | None:
        return None


class PacketSource(AudioSource):
    """A voice that comes as Opus. Decoded while anyone listens to samples, once for all of them.

    A decoder that starts in the middle of a stream needs a packet or two to find its feet: RFC 6716 section 2.1.8.
    """

    def __init__(
        self, participant: str, limit_ms: float = 200, decoder: Callable[[], OpusDecoder] = OpusDecoder
    ) -> None:
        super().__init__(participant, limit_ms)
        self._packet_listeners: set[Listener[OpusPacket]] = set()
        self._make_decoder = decoder
        self._decoder: OpusDecoder | None = None

    def push(self, packet: OpusPacket) -> None:
        """Raises ``MediaError`` when it must be decoded and cannot be; listeners to packets have it all the same."""
        for listener in self._packet_listeners:
            listener.put(packet)
        if not self._sample_listeners:
            self._decoder = None
            return
        if self._decoder is None:
            self._decoder = self._make_decoder()
        pcm = self._decoder.decode(packet, participant=self.participant)
        for sample_listener in self._sample_listeners:
            sample_listener.put(pcm)

    def packets(self) -> Listener[OpusPacket]:
        listener = Listener(self._packet_listeners, self._limit_ms)
        if self._ended:
            listener.end()
        return listener

    async def aclose(self) -> None:
        await super().aclose()
        for listener in self._packet_listeners:
            listener.end()
