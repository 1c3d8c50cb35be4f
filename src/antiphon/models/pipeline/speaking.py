"""One response of a pipeline: the model's text cut into sentences, each spoken as soon as it closes.

Owns the order of events within a response. A response that is cancelled stops everything downstream at once.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from antiphon.dialogue.effects import CreateResponse
from antiphon.dialogue.events import (
    AgentItemStarted,
    AgentSpeechEnded,
    AgentText,
    ResponseEnded,
    ResponseStarted,
    SpeechMarked,
    ToolCalled,
)
from antiphon.errors import ModelError
from antiphon.models.parts import LLM, TTS, TextDelta, ToolCallDelta
from antiphon.models.pipeline.sentences import SentenceCutter
from antiphon.models.realtime import AgentAudio, ModelEvent, ModelSetup

SENTENCES_AHEAD = 8
"""How many sentences may wait for the voice before the model is made to wait too."""


class Answer:
    """One response, from asking to its end. ``run`` tells everything through ``tell``; ``ResponseEnded`` is last."""

    def __init__(
        self,
        request: CreateResponse,
        setup: ModelSetup,
        llm: LLM,
        tts: TTS | None,
        tell: Callable[[ModelEvent | AgentAudio], None],
    ) -> None:
        self._request, self._setup, self._llm, self._tts, self._tell = request, setup, llm, tts, tell
        self._id = request.response_id
        self._item_id = f"{request.response_id}_speech"
        self._scope = anyio.CancelScope()

    def cancel(self) -> None:
        """Stop. Safe at any time."""
        self._scope.cancel()

    async def run(self) -> None:
        self._tell(ResponseStarted(self._id))
        end = ResponseEnded(self._id, "cancelled")
        try:
            with self._scope:
                end = await self._answer()
        finally:
            self._tell(end)

    async def _answer(self) -> ResponseEnded:
        failure: str | None = None
        try:
            send, receive = anyio.create_memory_object_stream[str](SENTENCES_AHEAD)
            # Closed here, not by who speaks: a voice that fails is to be the only fault, not a broken stream as well.
            async with send, receive, anyio.create_task_group() as tasks:
                tasks.start_soon(self._speak, receive)
                await self._think(send)
        except* ModelError as errors:
            failure = _first_sentence(errors)
        if failure is not None:
            return ResponseEnded(self._id, "failed", failure)
        return ResponseEnded(self._id, "completed")

    async def _think(self, sentences: MemoryObjectSendStream[str]) -> None:
        cutter = SentenceCutter()
        async with sentences, aclosing(self._deltas()) as deltas:
            async for delta in deltas:
                if isinstance(delta, ToolCallDelta):
                    for sentence in cutter.flush():  # "Let me see." is heard while the tool runs, not after it
                        await sentences.send(sentence)
                    await anyio.lowlevel.checkpoint()
                    self._tell(ToolCalled(self._id, delta.call_id, delta.name, delta.arguments))
                    continue
                for sentence in cutter.push(delta.text):
                    await sentences.send(sentence)
            for sentence in cutter.flush():
                await sentences.send(sentence)

    async def _deltas(self) -> AsyncGenerator[TextDelta | ToolCallDelta]:
        request = self._request
        if request.say is not None:
            yield TextDelta(request.say)
            return
        answer = self._llm.respond(
            request.history, instructions=self._setup.instructions, tools=self._setup.tools, prompt=request.prompt
        )
        async with aclosing(answer):
            async for delta in answer:
                yield delta

    async def _speak(self, sentences: MemoryObjectReceiveStream[str]) -> None:
        chars, audio_ms = 0, 0.0
        async for sentence in sentences:
            if not chars:
                self._tell(AgentItemStarted(self._id, self._item_id))
            text = f" {sentence}" if chars else sentence
            chars += len(text)
            self._tell(AgentText(self._id, self._item_id, text))
            if self._tts is None:
                continue
            async with aclosing(self._tts.synthesize(sentence)) as voice:
                async for audio in voice:
                    audio_ms += audio.duration_ms
                    self._tell(AgentAudio(self._id, self._item_id, audio))
            self._tell(SpeechMarked(self._id, self._item_id, chars, int(audio_ms)))
        if chars:
            self._tell(AgentSpeechEnded(self._id, self._item_id, int(audio_ms)))


def _first_sentence(errors: BaseExceptionGroup[ModelError]) -> str:
    first: BaseException = errors
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return str(first)
