"""Parts that a test plays by hand."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import suppress

import anyio
import numpy as np

from antiphon.dialogue.items import Item
from antiphon.errors import ModelUnavailable
from antiphon.media.pcm import PcmData
from antiphon.models.parts import (
    LLM,
    TTS,
    STTStream,
    TextDelta,
    ToolCallDelta,
    ToolSpec,
    Transcript,
    TurnDetector,
    TurnSignal,
    TurnSignalKind,
)

RATE = 16_000


def frame(value: int = 0) -> PcmData:
    """20 ms in which every sample is ``value``, so that it is known again."""
    return PcmData.from_numpy(np.full(RATE // 50, value, np.int16), RATE)


class HandDetector(TurnDetector):
    """Signals what the test says, at the frame the test says."""

    def __init__(self) -> None:
        self.next: TurnSignal | None = None
        self.hints: list[Transcript] = []
        self.resets = 0

    def started(self) -> None:
        self.next = TurnSignal(TurnSignalKind.STARTED, 0)

    def ended(self, silence_ms: int = 400) -> None:
        self.next = TurnSignal(TurnSignalKind.ENDED, 0, silence_ms)

    def push(self, audio: PcmData) -> list[TurnSignal]:
        signal, self.next = self.next, None
        return [] if signal is None else [signal]

    def hint(self, transcript: Transcript) -> None:
        self.hints.append(transcript)

    def reset(self) -> None:
        self.resets += 1


class HandSTT(STTStream):
    """Writes down what it is told; answers when ``gate`` is open with the next of ``words`` (an error is raised)."""

    def __init__(self, *words: str | Exception) -> None:
        self.words = list(words)
        self.calls: list[str] = []
        self.gate, self.push_gate = anyio.Event(), anyio.Event()
        self.gate.set()
        self.push_gate.set()
        self.closed = 0
        self._send, self._receive = anyio.create_memory_object_stream[Transcript](100)

    async def begin(self) -> None:
        self.calls.append("begin")

    async def push(self, audio: PcmData) -> None:
        await self.push_gate.wait()
        self.calls.append(str(int(audio.samples[0])))

    async def finish(self) -> Transcript:
        self.calls.append("finish")
        await self.gate.wait()
        word = self.words.pop(0)
        if isinstance(word, Exception):
            raise word
        return Transcript(word, final=True)

    async def cancel(self) -> None:
        self.calls.append("cancel")

    def partial(self, text: str) -> None:
        self._send.send_nowait(Transcript(text, final=False))

    async def partials(self) -> AsyncIterator[Transcript]:
        with suppress(anyio.ClosedResourceError):
            async for partial in self._receive:
                yield partial

    async def aclose(self) -> None:
        self.closed += 1
        self._send.close()
        self._receive.close()


class HandLLM(LLM):
    """Gives these pieces; an ``anyio.Event`` among them is waited for, an error is raised."""

    def __init__(self, *pieces: str | ToolCallDelta | Exception | anyio.Event) -> None:
        self.pieces = pieces
        self.asked: list[tuple[tuple[Item, ...], str, str | None]] = []
        self.closed = 0

    async def respond(
        self, history: Sequence[Item], *, instructions: str, tools: Sequence[ToolSpec], prompt: str | None = None
    ) -> AsyncGenerator[TextDelta | ToolCallDelta]:
        self.asked.append((tuple(history), instructions, prompt))
        try:
            for piece in self.pieces:
                await anyio.lowlevel.checkpoint()
                match piece:
                    case anyio.Event():
                        await piece.wait()
                    case Exception():
                        raise piece
                    case str():
                        yield TextDelta(piece)
                    case _:
                        yield piece
        finally:
            self.closed += 1


class HandTTS(TTS):
    """100 ms of sound a sentence, in two pieces; waits at ``gate`` between them; fails for what contains ``bad``."""

    def __init__(self, bad: str = "\0") -> None:
        self.said: list[str] = []
        self.gate = anyio.Event()
        self.gate.set()
        self.closed = 0
        self._bad = bad

    async def synthesize(self, text: str) -> AsyncGenerator[PcmData]:
        self.said.append(text)
        try:
            yield PcmData.silence(800, RATE)
            await self.gate.wait()
            if self._bad in text:
                raise ModelUnavailable("The voice broke.")
            yield PcmData.silence(800, RATE)
        finally:
            self.closed += 1
