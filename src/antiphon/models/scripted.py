"""A model that follows a script: for tests, demos and fault injection. No network, no key, no randomness.

It is a ``Pipeline`` of scripted parts, so that everything around it is the real thing: ears that notice a voice by its
level and "understand" the next line of the script, a mind that gives the next reply, and a voice that is a tone (a
different one for each sentence, so that what was heard can be told from a recording).
"""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from dataclasses import dataclass, field

import anyio
import numpy as np

from antiphon.clock import Clock, LoopClock
from antiphon.dialogue.items import Item
from antiphon.errors import ModelUnavailable
from antiphon.media.levels import rms_dbfs
from antiphon.media.pcm import PcmData
from antiphon.models.parts import (
    LLM,
    STT,
    TTS,
    STTStream,
    TextDelta,
    ToolCallDelta,
    ToolSpec,
    Transcript,
    TurnDetection,
    TurnDetector,
    TurnSignal,
    TurnSignalKind,
)
from antiphon.models.pipeline import Pipeline

TONE_RATE = 24_000


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: its words, the tools it calls as ``(name, arguments JSON)``, and what goes wrong with it.

    delay_s: before the first word. stall_after: words after which nothing more comes. fail: the model fails with this.
    """

    text: str = ""
    tools: Sequence[tuple[str, str]] = ()
    delay_s: float = 0.0
    stall_after: int | None = None
    fail: str | None = None


@dataclass(slots=True)
class Script:
    """What happens, in order. When ``hears`` runs out the person is understood to say ``default_hears``; when
    ``replies`` runs out the last one is given again."""

    replies: Sequence[Reply]
    hears: Sequence[str] = ()
    default_hears: str = "hello"
    requests: list[tuple[Item, ...]] = field(default_factory=list)
    """The history of every request that was made: what a test asks about."""
    _heard: int = 0

    def next_words(self) -> str:
        self._heard += 1
        return self.hears[self._heard - 1] if self._heard <= len(self.hears) else self.default_hears

    def next_reply(self, history: tuple[Item, ...]) -> tuple[int, Reply]:
        self.requests.append(history)
        index = min(len(self.requests), len(self.replies)) - 1
        return len(self.requests), self.replies[index]


class ScriptedSTT(STT):
    """Understands the script."""

    def __init__(self, script: Script) -> None:
        self._script = script

    def open(self) -> STTStream:
        return _ScriptedEars(self._script)


class _ScriptedEars(STTStream):
    def __init__(self, script: Script) -> None:
        self._script = script

    async def begin(self) -> None:
        """Nothing to prepare."""

    async def push(self, audio: PcmData) -> None:
        """The words are known already."""

    async def finish(self) -> Transcript:
        return Transcript(self._script.next_words(), final=True)

    async def cancel(self) -> None:
        """Nothing was taken from the script."""

    async def partials(self) -> AsyncIterator[Transcript]:
        await anyio.sleep_forever()
        yield Transcript("", final=False)


class ScriptedLLM(LLM):
    """Replies as the script says, word by word."""

    def __init__(self, script: Script, clock: Clock | None = None) -> None:
        self._script, self._clock = script, clock or LoopClock()

    async def respond(
        self, history: Sequence[Item], *, instructions: str, tools: Sequence[ToolSpec], prompt: str | None = None
    ) -> AsyncGenerator[TextDelta | ToolCallDelta]:
        number, reply = self._script.next_reply(tuple(history))
        if reply.delay_s:
            await self._clock.sleep_until(self._clock.now() + reply.delay_s)
        if reply.fail is not None:
            raise ModelUnavailable(reply.fail)
        for index, word in enumerate(reply.text.split(" ") if reply.text else ()):
            if index == reply.stall_after:
                await anyio.sleep_forever()
            yield TextDelta(word if index == 0 else f" {word}")
        for index, (name, arguments) in enumerate(reply.tools):
            yield ToolCallDelta(f"call_{number}_{index}", name, arguments)


class ToneTTS(TTS):
    """Speaks tones: ``ms_per_char`` of sound for each character, ``first_hz`` for the first sentence, ``step_hz`` more
    for each one after it, back to the first after eight."""

    def __init__(self, ms_per_char: int = 60, first_hz: int = 400, step_hz: int = 100) -> None:
        self._ms_per_char, self._first_hz, self._step_hz = ms_per_char, first_hz, step_hz
        self._sentences = 0

    async def synthesize(self, text: str) -> AsyncGenerator[PcmData]:
        hz = self._first_hz + self._step_hz * (self._sentences % 8)
        self._sentences += 1
        block = TONE_RATE // 10
        total = TONE_RATE * self._ms_per_char * len(text) // 1000
        for start in range(0, total, block):
            at = np.arange(start, min(start + block, total)) / TONE_RATE
            yield PcmData.from_numpy((0.3 * 32767 * np.sin(2 * np.pi * hz * at)).astype(np.int16), TONE_RATE)
            await anyio.lowlevel.checkpoint()


class LevelTurnDetection(TurnDetection):
    """A voice is what is louder than ``threshold_dbfs`` for ``onset_ms``; ``silence_ms`` without ends a turn."""

    def __init__(self, threshold_dbfs: float = -45.0, onset_ms: int = 60, silence_ms: int = 400) -> None:
        self._threshold, self._onset_ms, self._silence_ms = threshold_dbfs, onset_ms, silence_ms

    def open(self) -> TurnDetector:
        return _LevelDetector(self._threshold, self._onset_ms, self._silence_ms)


class _LevelDetector(TurnDetector):
    def __init__(self, threshold: float, onset_ms: int, silence_ms: int) -> None:
        self._threshold, self._onset_ms, self._silence_ms = threshold, onset_ms, silence_ms
        self._at = self._loud = self._quiet = 0.0
        self._speaking = False

    def push(self, audio: PcmData) -> list[TurnSignal]:
        self._at += audio.duration_ms
        if rms_dbfs(audio.samples) > self._threshold:
            self._loud, self._quiet = self._loud + audio.duration_ms, 0.0
        else:
            self._loud, self._quiet = 0.0, self._quiet + audio.duration_ms
        if not self._speaking and self._loud >= self._onset_ms:
            self._speaking = True
            return [TurnSignal(TurnSignalKind.STARTED, int(self._at - self._loud))]
        if self._speaking and self._quiet >= self._silence_ms:
            self._speaking = False
            return [TurnSignal(TurnSignalKind.ENDED, int(self._at - self._quiet), int(self._quiet))]
        return []

    def hint(self, transcript: Transcript) -> None:
        """Silence alone ends a turn."""

    def reset(self) -> None:
        self._speaking, self._loud, self._quiet = False, 0.0, 0.0


class ScriptedModel(Pipeline):
    """``ScriptedModel(Script([Reply("It is noon.")], hears=["what time is it"]))``; ``script`` tells what was asked."""

    def __init__(
        self, script: Script, *, clock: Clock | None = None, tts: TTS | None = None, turns: TurnDetection | None = None
    ) -> None:
        self.script = script
        super().__init__(
            llm=ScriptedLLM(script, clock),
            stt=ScriptedSTT(script),
            tts=tts or ToneTTS(),
            turn_detection=turns or LevelTurnDetection(),
        )
