"""``Pipeline``: STT, LLM, TTS and turn detection presented as one ``Realtime``."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio

from antiphon.errors import ConfigurationError
from antiphon.models.parts import LLM, STT, TTS, Part, TurnDetection
from antiphon.models.pipeline.connection import PipelineConnection
from antiphon.models.realtime import Capabilities, ModelSetup, Realtime


class Pipeline(Realtime):
    """Parts as one model. Without ``stt`` it only reads; without ``tts`` it only writes.

    The parts are there to be read. Raises ``ConfigurationError`` when it is given ears without turn detection, or the
    other way round.
    """

    def __init__(
        self,
        *,
        llm: LLM,
        stt: STT | None = None,
        tts: TTS | None = None,
        turn_detection: TurnDetection | None = None,
    ) -> None:
        if (stt is None) != (turn_detection is None):
            raise ConfigurationError("Speech recognition (stt) and turn_detection go together: give both or neither.")
        self.llm, self.stt, self.tts, self.turn_detection = llm, stt, tts, turn_detection

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(hears=self.stt is not None, speaks=self.tts is not None, input_rate=16_000)

    def _parts(self) -> list[Part]:
        return [part for part in (self.llm, self.stt, self.tts, self.turn_detection) if part is not None]

    async def start(self) -> None:
        async with anyio.create_task_group() as tasks:
            for part in self._parts():
                tasks.start_soon(part.start)

    async def aclose(self) -> None:
        for part in self._parts():
            await part.aclose()

    @asynccontextmanager
    async def connect(self, setup: ModelSetup) -> AsyncIterator[PipelineConnection]:
        await self.start()
        # Opened outside the group: what they raise is not to be wrapped in one.
        detector = None if self.turn_detection is None else self.turn_detection.open()
        ears = None if self.stt is None or detector is None else (self.stt.open(), detector)
        async with (
            anyio.create_task_group() as tasks,
            PipelineConnection(setup, tasks, llm=self.llm, tts=self.tts, ears=ears) as connection,
        ):
            yield connection
            tasks.cancel_scope.cancel()
