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

    Raises ``ConfigurationError`` when it is given ears without turn detection, or the other way round.
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
        self._llm, self._stt, self._tts, self._turns = llm, stt, tts, turn_detection

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(hears=self._stt is not None, speaks=self._tts is not None, input_rate=16_000)

    def _parts(self) -> list[Part]:
        return [part for part in (self._llm, self._stt, self._tts, self._turns) if part is not None]

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
        detector = None if self._turns is None else self._turns.open()
        ears = None if self._stt is None or detector is None else (self._stt.open(), detector)
        async with (
            anyio.create_task_group() as tasks,
            PipelineConnection(setup, tasks, llm=self._llm, tts=self._tts, ears=ears) as connection,
        ):
            yield connection
            tasks.cancel_scope.cancel()
