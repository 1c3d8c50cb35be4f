"""The live link to a pipeline: ears, one answer at a time, and the stream of what they tell."""

import math
from collections.abc import AsyncIterator
from contextlib import suppress

import anyio
from anyio.abc import TaskGroup

from antiphon.dialogue.effects import CreateResponse, TruncateItem
from antiphon.dialogue.items import Item
from antiphon.media.pcm import PcmData
from antiphon.models.parts import LLM, TTS, STTStream, TurnDetector
from antiphon.models.pipeline.listening import Ears
from antiphon.models.pipeline.speaking import Answer
from antiphon.models.realtime import AgentAudio, ModelEvent, ModelSetup, RealtimeConnection


class PipelineConnection(RealtimeConnection):
    """Keeps no history: each request brings what there is to know."""

    def __init__(
        self,
        setup: ModelSetup,
        tasks: TaskGroup,
        *,
        llm: LLM,
        tts: TTS | None,
        ears: tuple[STTStream, TurnDetector] | None,
    ) -> None:
        self._setup, self._tasks, self._llm, self._tts = setup, tasks, llm, tts
        self._told, self._events = anyio.create_memory_object_stream[ModelEvent | AgentAudio](math.inf)
        self._answers: dict[str, Answer] = {}
        self._ears: Ears | None = None
        if ears is not None:
            self._ears = Ears(*ears, tell=self._tell)
            tasks.start_soon(self._ears.run)

    async def events(self) -> AsyncIterator[ModelEvent | AgentAudio]:
        with suppress(anyio.ClosedResourceError):  # the link was closed with things still unsaid
            async for event in self._events:
                yield event

    async def send_audio(self, audio: PcmData) -> None:
        if self._ears is not None:
            self._ears.hear(audio)

    async def add_item(self, item: Item) -> None:
        """Nothing to do: the next request carries it."""

    async def create_response(self, request: CreateResponse) -> None:
        answer = Answer(request, self._setup, self._llm, self._tts, self._tell)
        self._answers[request.response_id] = answer
        self._tasks.start_soon(self._run, request.response_id, answer)

    async def cancel_response(self, response_id: str) -> None:
        answer = self._answers.get(response_id)
        if answer is not None:
            answer.cancel()

    async def truncate(self, request: TruncateItem) -> None:
        """Nothing to do: the next request carries what was heard."""

    async def reset_turn(self) -> None:
        if self._ears is not None:
            self._ears.reset()

    async def aclose(self) -> None:
        for answer in self._answers.values():
            answer.cancel()
        if self._ears is not None:
            await self._ears.aclose()
        self._told.close()
        self._events.close()

    async def _run(self, response_id: str, answer: Answer) -> None:
        try:
            await answer.run()
        finally:
            del self._answers[response_id]

    def _tell(self, event: ModelEvent | AgentAudio) -> None:
        """What is told after the link was closed has nobody to hear it."""
        try:
            self._told.send_nowait(event)
        except (anyio.ClosedResourceError, anyio.BrokenResourceError):
            return
