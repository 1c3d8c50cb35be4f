"""The ears of a pipeline: the people's sound in, turns and their words out.

Owns the order of things around one talker: voice onset, recognition, the end of the turn, and a turn that goes on
after it seemed over. Deciding when a turn ends is the turn detector's; words are the recogniser's.
"""

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import uuid4

import anyio

from antiphon.dialogue.events import (
    ModelFailed,
    SpeechStarted,
    SpeechStopped,
    TurnCommitted,
    TurnDiscarded,
    UserTranscribed,
)
from antiphon.errors import ModelError
from antiphon.media.pcm import PcmData
from antiphon.models.parts import STTStream, TurnDetector, TurnSignalKind
from antiphon.models.realtime import ModelEvent

PRE_ROLL_MS = 600
"""Sound from before a voice was noticed that the recogniser gets too: the onset is confirmed late."""

MAX_BACKLOG = 1500
"""Pieces of sound (some 20 ms each) that may wait for a slow recogniser before the turn is given up."""


@dataclass(slots=True)
class _Turn:
    """``parts``: the words of stretches that were over before the person went on."""

    item_id: str
    parts: list[str] = field(default_factory=list)
    speaking: bool = True

    def words(self, last: str = "") -> str:
        return " ".join(part for part in [*self.parts, last] if part)


@dataclass(frozen=True, slots=True)
class _Begin:
    turn: _Turn


@dataclass(frozen=True, slots=True)
class _Finish:
    turn: _Turn


@dataclass(frozen=True, slots=True)
class _Drop:
    turn: _Turn


class Ears:
    """One talker (or the mix of several) being listened to."""

    def __init__(self, stt: STTStream, detector: TurnDetector, tell: Callable[[ModelEvent], None]) -> None:
        self._stt, self._detector, self._tell = stt, detector, tell
        self._turn: _Turn | None = None
        self._pre_roll: deque[PcmData] = deque()
        self._pre_roll_ms = 0.0
        self._work, self._todo = anyio.create_memory_object_stream[_Begin | PcmData | _Finish | _Drop](MAX_BACKLOG)

    def hear(self, audio: PcmData) -> None:
        """More sound, in real time. Onset is told from here, so that barge-in waits for nothing."""
        if self._turn is None or not self._turn.speaking:
            self._keep(audio)
        elif not self._do(audio):
            return
        for signal in self._detector.push(audio):
            if signal.kind is TurnSignalKind.STARTED:
                self._started()
            elif self._turn is not None and self._turn.speaking:
                self._turn.speaking = False
                self._tell(SpeechStopped(self._turn.item_id, signal.silence_ms))
                self._do(_Finish(self._turn))

    def reset(self) -> None:
        """Drop the turn that is under way."""
        self._detector.reset()
        turn, self._turn = self._turn, None
        if turn is not None:
            self._do(_Drop(turn))
            self._tell(TurnDiscarded(turn.item_id))

    async def run(self) -> None:
        """Recognise until cancelled."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._follow_partials)
            with suppress(anyio.ClosedResourceError):  # closed with sound still waiting
                async for job in self._todo:
                    try:
                        await self._recognise(job)
                    except ModelError as error:
                        self._give_up("recognition_failed", str(error))

    async def aclose(self) -> None:
        self._work.close()
        self._todo.close()
        await self._stt.aclose()

    def _started(self) -> None:
        if self._turn is None:
            self._turn = _Turn(f"item_{uuid4().hex[:20]}")
        self._turn.speaking = True
        self._tell(SpeechStarted(self._turn.item_id))
        if self._do(_Begin(self._turn)):
            for audio in self._pre_roll:
                if not self._do(audio):
                    break
        self._pre_roll.clear()
        self._pre_roll_ms = 0.0

    def _keep(self, audio: PcmData) -> None:
        self._pre_roll.append(audio)
        self._pre_roll_ms += audio.duration_ms
        while self._pre_roll_ms - self._pre_roll[0].duration_ms >= PRE_ROLL_MS:
            self._pre_roll_ms -= self._pre_roll.popleft().duration_ms

    def _do(self, job: _Begin | PcmData | _Finish | _Drop) -> bool:
        try:
            self._work.send_nowait(job)
        except anyio.WouldBlock:
            self._give_up("recognition_too_slow", "Speech recognition cannot keep up; please say that again.")
            return False
        return True

    def _give_up(self, code: str, message: str) -> None:
        turn, self._turn = self._turn, None
        self._detector.reset()
        self._tell(ModelFailed(code, message, fatal=False))
        if turn is not None:
            self._tell(TurnDiscarded(turn.item_id))

    async def _recognise(self, job: _Begin | PcmData | _Finish | _Drop) -> None:
        match job:
            case _Begin():
                await self._stt.begin()
            case PcmData():
                await self._stt.push(job)
            case _Drop():
                await self._stt.cancel()
            case _Finish(turn):
                transcript = await self._stt.finish()
                if turn is self._turn:
                    turn.parts.append(transcript.text)
                    if not turn.speaking:
                        self._conclude(turn)

    def _conclude(self, turn: _Turn) -> None:
        self._turn = None
        words = turn.words()
        if words:
            self._tell(UserTranscribed(turn.item_id, words, final=True))
            self._tell(TurnCommitted(turn.item_id))
        else:
            self._tell(TurnDiscarded(turn.item_id))

    async def _follow_partials(self) -> None:
        async for partial in self._stt.partials():
            if self._turn is not None and self._turn.speaking:
                self._detector.hint(partial)
                self._tell(UserTranscribed(self._turn.item_id, self._turn.words(partial.text), final=False))
