"""What is heard and not committed yet: the input timeline, turns, and the idle timer.

Owns time: milliseconds of sound ever appended, which never start again, so that every turn has its place on one line.
Whether somebody speaks is decided elsewhere and told here. Sound is PCM16 mono (24 kHz unless said otherwise), already
decoded; lost packets are filled with silence by whoever appends. ``now`` is in seconds.
"""

from collections import deque
from dataclasses import dataclass

from antiphon.wire.openai import errors, ids
from antiphon.wire.openai.errors import Code, WireError
from antiphon.wire.openai.events_base import ServerEvent
from antiphon.wire.openai.events_server_input import (
    InputAudioCleared,
    SpeechStarted,
    SpeechStopped,
    TimeoutTriggered,
)
from antiphon.wire.openai.ids import IdSource
from antiphon.wire.openai.session_shape import SemanticVad, ServerVad

MIN_COMMIT_MS = 100
SEMANTIC_PADDING_MS = 300
DETECTION_LAG_MS = 1_000
"""How late a detector may be: sound this much older than the padding is kept while nobody speaks."""
LIMIT_MS = 600_000
"""Longest sound that waits for a commit, so that a client cannot fill the memory."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Sound that is to become an item. ``audio`` lies between ``start_ms`` and ``end_ms`` of the input timeline."""

    item_id: str
    audio: bytes
    start_ms: int
    end_ms: int


class InputBuffer:
    """Idle or in speech when turns are detected; just collecting when they are not."""

    def __init__(
        self, next_id: IdSource, turn_detection: ServerVad | SemanticVad | None, *, bytes_per_ms: int = 48
    ) -> None:
        self._next_id = next_id
        self._detection = turn_detection
        self._bytes_per_ms = bytes_per_ms
        self._chunks: deque[bytes] = deque()
        self._held_bytes = 0
        self._total_bytes = 0
        self._item_id = next_id(ids.ITEM)
        self._speaking = False
        self._idle_at: float | None = None

    @property
    def total_ms(self) -> int:
        """All sound ever appended: where the timeline is now."""
        return self._total_bytes // self._bytes_per_ms

    @property
    def held_ms(self) -> int:
        return self._held_bytes // self._bytes_per_ms

    @property
    def speaking(self) -> bool:
        return self._speaking

    def configure(self, turn_detection: ServerVad | SemanticVad | None) -> None:
        """Another turn detection from now on; what was heard stays."""
        self._detection = turn_detection
        self._speaking = self._speaking and turn_detection is not None
        if not isinstance(turn_detection, ServerVad) or turn_detection.idle_timeout_ms is None:
            self._idle_at = None

    def append(self, data: bytes) -> None:
        """Raises ``WireError`` when too much waits for a commit."""
        if not self._idle and self.held_ms + len(data) // self._bytes_per_ms > LIMIT_MS:
            raise errors.invalid("audio", f"more than {LIMIT_MS} ms of audio wait for a commit.")
        if self._idle:
            self._drop_before(self._total_bytes - self._retained_ms() * self._bytes_per_ms)
        self._chunks.append(data)
        self._held_bytes += len(data)
        self._total_bytes += len(data)

    def speech_started(self, detected_ms: int) -> list[ServerEvent]:
        """Somebody began to speak at ``detected_ms`` of the timeline. Nothing when turns are not detected here."""
        if self._detection is None or self._speaking:
            return []
        start_ms = max(0, detected_ms - self._padding_ms())
        self._drop_before(start_ms * self._bytes_per_ms)
        self._speaking = True
        self._idle_at = None
        return [SpeechStarted(audio_start_ms=start_ms, item_id=self._item_id)]

    def speech_stopped(self, decided_ms: int) -> tuple[list[ServerEvent], Turn | None]:
        """The turn is over by a decision at ``decided_ms``, its closing silence included. What lies after that stays.

        Nothing when no speech had started: a ``clear`` forgets it.
        """
        if not self._speaking:
            return [], None
        turn = self._take(min(decided_ms, self.total_ms))
        return [SpeechStopped(audio_end_ms=turn.end_ms, item_id=turn.item_id)], turn

    def commit(self) -> Turn:
        """All that is held, as a turn. Raises ``WireError`` for less than 100 ms."""
        held = self._held_bytes / self._bytes_per_ms
        if held < MIN_COMMIT_MS:
            raise WireError(
                Code.COMMIT_EMPTY,
                "Error committing input audio buffer: buffer too small. Expected at least "
                f"{MIN_COMMIT_MS}ms of audio, but buffer only has {held:.2f}ms of audio.",
            )
        return self._take(self.total_ms)

    def clear(self) -> list[ServerEvent]:
        """Drop what is held, a turn under way included. The timeline goes on."""
        self._drop_before(self._total_bytes)
        self._begin_turn()
        return [InputAudioCleared()]

    # The idle timer

    def answered(self, now: float, playback_left_ms: float) -> None:
        """A response is done and will be heard for ``playback_left_ms`` more: from then on silence is counted."""
        vad = self._detection
        if isinstance(vad, ServerVad) and vad.idle_timeout_ms is not None and not self._speaking:
            self._idle_at = now + (playback_left_ms + vad.idle_timeout_ms) / 1000

    def busy(self) -> None:
        """Another response begins: nobody is being waited for."""
        self._idle_at = None

    def deadline(self) -> float | None:
        """When ``expire`` is to be called, unless something happens before."""
        return self._idle_at

    def expire(self, now: float) -> tuple[list[ServerEvent], Turn | None]:
        """Nobody spoke for the idle timeout: the silence since the last answer is a turn. Nothing before its time."""
        vad = self._detection
        if self._idle_at is None or now < self._idle_at or not isinstance(vad, ServerVad):
            return [], None
        self._idle_at = None
        self._drop_before((self.total_ms - (vad.idle_timeout_ms or 0)) * self._bytes_per_ms)
        turn = self._take(self.total_ms)
        return [TimeoutTriggered(audio_start_ms=turn.start_ms, audio_end_ms=turn.end_ms, item_id=turn.item_id)], turn

    @property
    def _idle(self) -> bool:
        return self._detection is not None and not self._speaking

    def _padding_ms(self) -> int:
        return self._detection.prefix_padding_ms if isinstance(self._detection, ServerVad) else SEMANTIC_PADDING_MS

    def _retained_ms(self) -> int:
        vad = self._detection
        timeout = (vad.idle_timeout_ms or 0) if isinstance(vad, ServerVad) else 0
        return max(self._padding_ms() + DETECTION_LAG_MS, timeout)

    def _drop_before(self, place: int) -> bytes:
        """Take what lies before ``place``, in bytes of the timeline, out of what is held, and give it."""
        taken = bytearray()
        excess = place - (self._total_bytes - self._held_bytes)
        while excess > 0 and self._chunks:
            first = self._chunks.popleft()
            taken += first[:excess]
            if len(first) > excess:
                self._chunks.appendleft(first[excess:])
            excess -= len(first)
        self._held_bytes -= len(taken)
        return bytes(taken)

    def _take(self, end_ms: int) -> Turn:
        start_ms = (self._total_bytes - self._held_bytes) // self._bytes_per_ms
        end_ms = max(end_ms, start_ms)
        end = self._total_bytes if end_ms == self.total_ms else end_ms * self._bytes_per_ms
        turn = Turn(self._item_id, self._drop_before(end), start_ms, end_ms)
        self._begin_turn()
        return turn

    def _begin_turn(self) -> None:
        self._speaking = False
        self._item_id = self._next_id(ids.ITEM)
