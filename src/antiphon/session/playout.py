"""Paced output to people: items of the agent's speech in order, 20 ms at a time, and the word on what has left.

Pure but for the events it tells: its clock is ``next_frame`` being called every 20 ms. Owns no decisions of turns.
"""

from collections import deque
from collections.abc import Callable

import numpy as np

from antiphon.dialogue.events import PlaybackEnded, PlaybackFlushed, PlaybackStarted
from antiphon.edges.edge import FRAME_MS, VOICE_RATE, VoiceFrame
from antiphon.media.opus import OpusEncoder
from antiphon.media.pcm import PcmData
from antiphon.media.resampling import Resampler

_FRAME = VOICE_RATE * FRAME_MS // 1000
_SILENCE = PcmData.from_numpy(np.zeros(_FRAME, np.int16), VOICE_RATE)


class _Item:
    """One item's sound that has not left yet: 48 kHz mono int16 blocks."""

    def __init__(self, item_id: str) -> None:
        self.id = item_id
        self.blocks: deque[np.ndarray] = deque()
        self.waiting = 0
        self.sent = 0
        self.ended = False
        self._resampler: Resampler | None = None

    def write(self, audio: PcmData) -> None:
        if self._resampler is None:
            self._resampler = Resampler(audio.sample_rate, VOICE_RATE)
        self._append(self._resampler.push(audio))

    def end(self) -> None:
        if not self.ended and self._resampler is not None:
            self._append(self._resampler.flush())
        self.ended = True

    def take(self) -> np.ndarray:
        """Exactly one frame; the last one is filled up with silence."""
        parts: list[np.ndarray] = []
        missing = _FRAME
        while missing and self.blocks:
            block = self.blocks.popleft()
            if len(block) > missing:
                self.blocks.appendleft(block[missing:])
                block = block[:missing]
            parts.append(block)
            missing -= len(block)
        self.waiting -= _FRAME - missing
        self.sent += _FRAME - missing
        if missing:
            parts.append(np.zeros(missing, np.int16))
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def ready(self) -> bool:
        return self.waiting >= _FRAME or (self.ended and self.waiting > 0)

    @property
    def sent_ms(self) -> int:
        return self.sent * 1000 // VOICE_RATE

    def _append(self, audio: PcmData) -> None:
        samples = audio.to_int16().samples
        if samples.size:
            self.blocks.append(samples)
            self.waiting += samples.size


class Playout:
    """All items that are still to be heard, first in, first out."""

    def __init__(self, tell: Callable[[PlaybackStarted | PlaybackEnded | PlaybackFlushed], None]) -> None:
        self._tell = tell
        self._items: dict[str, _Item] = {}
        self._refused: set[str] = set()
        self._encoder = OpusEncoder()

    def write(self, response_id: str, item_id: str, audio: PcmData) -> None:
        """More sound of an item, any rate, mono. What was flushed or cancelled before is not heard."""
        if response_id in self._refused or item_id in self._refused:
            return
        self._items.setdefault(item_id, _Item(item_id)).write(audio)

    def end(self, item_id: str) -> None:
        """No more sound of this item will come; one that had none is over at once."""
        item = self._items.get(item_id)
        if item is not None:
            item.end()
        elif item_id not in self._refused:
            self._over(item_id, 0)

    def flush(self, item_id: str) -> None:
        """Drop what has not left."""
        self._refused.add(item_id)
        item = self._items.pop(item_id, None)
        self._tell(PlaybackFlushed(item_id, item.sent_ms if item is not None else 0))

    def refuse(self, response_id: str) -> None:
        """Take no more sound of this response; what it was given so far is flushed item by item."""
        self._refused.add(response_id)

    def next_frame(self) -> VoiceFrame:
        """The 20 ms that are due now; silence when there is nothing to say, or not enough of it yet."""
        self._close_finished()
        item = next(iter(self._items.values()), None)
        if item is None or not item.ready():
            return VoiceFrame(_SILENCE, None, False, self._encoder)
        starts = item.sent == 0
        frame = VoiceFrame(PcmData.from_numpy(item.take(), VOICE_RATE), item.id, starts, self._encoder)
        if starts:
            self._tell(PlaybackStarted(item.id))
        return frame

    def _close_finished(self) -> None:
        """An item is over one frame after its last sound left, when that sound has been heard."""
        while self._items:
            item = next(iter(self._items.values()))
            if not item.ended or item.waiting:
                return
            del self._items[item.id]
            self._over(item.id, item.sent_ms)

    def _over(self, item_id: str, sent_ms: int) -> None:
        self._refused.add(item_id)
        self._tell(PlaybackEnded(item_id, sent_ms))
