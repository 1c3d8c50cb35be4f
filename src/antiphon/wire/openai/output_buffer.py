"""Sound on its way out over WebRTC: what was handed over, what has left, what is dropped by an interruption.

Owns how much of each item was sent, hence heard, and the events ``output_audio_buffer.*``. The pacing itself is done
elsewhere and told here. On a WebSocket there is no such buffer: the client plays, and only it knows.
"""

from collections import deque
from dataclasses import dataclass

from antiphon.wire.openai.events_base import ServerEvent
from antiphon.wire.openai.events_server_response import OutputAudioCleared, OutputAudioStarted, OutputAudioStopped


@dataclass(slots=True)
class _Segment:
    response_id: str
    item_id: str
    ms: float


@dataclass(frozen=True, slots=True)
class Cut:
    """An item that was not sent to its end: ``sent_ms`` of it were."""

    item_id: str
    sent_ms: int


class OutputBuffer:
    """Empty, or playing one response. Responses are sent one after the other, in the order they were handed over."""

    def __init__(self) -> None:
        self._queue: deque[_Segment] = deque()
        self._sent: dict[str, float] = {}
        self._playing: str | None = None
        self._finished: set[str] = set()
        self._cleared: set[str] = set()

    @property
    def playing(self) -> str | None:
        """The response whose sound is going out."""
        return self._playing

    @property
    def waiting_ms(self) -> float:
        """Sound handed over and not sent."""
        return sum(segment.ms for segment in self._queue)

    def queue(self, response_id: str, item_id: str, ms: float) -> bool:
        """Sound is handed over. False: it was cleared, drop it."""
        if response_id in self._cleared:
            return False
        if self._queue and self._queue[-1].item_id == item_id:
            self._queue[-1].ms += ms
        else:
            self._queue.append(_Segment(response_id, item_id, ms))
        return True

    def sent(self, ms: float) -> list[ServerEvent]:
        """``ms`` of what was handed over have left, the oldest first."""
        events: list[ServerEvent] = []
        while ms > 0 and self._queue:
            segment = self._queue[0]
            events += self._play(segment.response_id)
            part = min(ms, segment.ms)
            self._sent[segment.item_id] = self._sent.get(segment.item_id, 0.0) + part
            segment.ms -= part
            ms -= part
            if segment.ms <= 1e-6:
                self._queue.popleft()
        return events + self._stop_if_drained()

    def generated(self, response_id: str) -> list[ServerEvent]:
        """The response is done: when its sound has left, no more will come. To be told after ``response.done``."""
        self._cleared.discard(response_id)
        if response_id == self._playing or any(segment.response_id == response_id for segment in self._queue):
            self._finished.add(response_id)
        return self._stop_if_drained()

    def clear(self) -> tuple[list[ServerEvent], list[Cut]]:
        """Drop what has not left. The items that are cut short are to be truncated; nothing if there was nothing.

        More sound of a response that is not done is refused from now on.
        """
        playing = [self._playing] if self._playing is not None else []
        responses = list(dict.fromkeys([*playing, *(segment.response_id for segment in self._queue)]))
        cut = {
            segment.item_id: Cut(segment.item_id, int(self._sent.get(segment.item_id, 0.0) + 1e-6))
            for segment in self._queue
        }
        self._queue.clear()
        self._sent.clear()
        self._playing = None
        self._cleared.update(response_id for response_id in responses if response_id not in self._finished)
        self._finished.clear()
        return [OutputAudioCleared(response_id=response_id) for response_id in responses], list(cut.values())

    def _play(self, response_id: str) -> list[ServerEvent]:
        if response_id == self._playing:
            return []
        events: list[ServerEvent] = []
        if self._playing is not None:
            events = self._stop(self._playing)
        self._playing = response_id
        return [*events, OutputAudioStarted(response_id=response_id)]

    def _stop_if_drained(self) -> list[ServerEvent]:
        playing = self._playing
        if playing is None or playing not in self._finished:
            return []
        return [] if any(segment.response_id == playing for segment in self._queue) else self._stop(playing)

    def _stop(self, response_id: str) -> list[ServerEvent]:
        self._playing = None
        self._finished.discard(response_id)
        self._sent.clear()
        return [OutputAudioStopped(response_id=response_id)]
