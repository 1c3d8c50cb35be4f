"""``TTS``: flite's voice ``slt`` where the system has it, eSpeak NG otherwise, in worker processes.

eSpeak NG is GPL-3 and comes with the extra ``offline`` (espeakng-loader). Owns which voice it is and the path of its
sound; the engines are the worker's.
"""

from collections.abc import AsyncGenerator
from importlib.util import find_spec
from typing import Literal

from antiphon.errors import ConfigurationError, MissingExtraError, ModelUnavailable
from antiphon.media.pcm import PcmData
from antiphon.models import parts
from antiphon.providers.offline.onset import OnsetTrimmer
from antiphon.providers.offline.wording import spoken
from antiphon.providers.offline.workers import Pool
from antiphon.providers.offline_workers.frames import Kind

Voice = Literal["auto", "espeak", "flite"]
PIECE_MS = 60
"""Sound is handed on in pieces of at least this length."""


class TTS(parts.TTS):
    """English speech offline: 16 kHz (flite) or 22.05 kHz (eSpeak), mono.

    ``voice``: "auto" takes flite when its libraries are there (Debian: ``apt install libflite1``), else eSpeak NG.
    ``workers``: utterances that can be made at the same moment; more wait their turn. ``words_per_minute``: eSpeak's.
    """

    def __init__(self, *, voice: Voice = "auto", workers: int = 2, words_per_minute: int = 165) -> None:
        self._voice, self._workers, self._words_per_minute = voice, workers, words_per_minute
        self._pool: Pool | None = None

    async def start(self) -> None:
        if self._pool is None:
            self._pool = Pool(
                "antiphon.providers.offline_workers.speech", self._setup(), size=self._workers, what="speech"
            )
        try:
            await self._pool.start()
        except ConfigurationError as error:
            if self._voice != "flite" and find_spec("espeakng_loader") is None:
                raise MissingExtraError("Offline speech needs an extra: pip install antiphon[offline]") from error
            raise

    async def aclose(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.aclose()

    @property
    def pids(self) -> list[int]:
        """The worker processes that run now."""
        return [] if self._pool is None else [worker.pid for worker in self._pool.workers if worker.pid is not None]

    async def synthesize(self, text: str) -> AsyncGenerator[PcmData]:
        words = spoken(text)
        if not any(char.isalnum() for char in words):
            return
        if self._pool is None:
            raise ModelUnavailable("Offline speech is not running.")
        worker = self._pool.least_busy()
        exchange = await worker.exchange()
        rate = worker.facts["rate"]
        exchange.send(Kind.BEGIN, words.encode())
        done, trimmer = False, OnsetTrimmer()
        pending = b""
        try:
            while not done:
                frame = await exchange.receive()
                done = frame.kind is Kind.DONE
                pending += frame.payload
                if pending and (done or len(pending) >= 2 * rate * PIECE_MS // 1000):
                    heard = trimmer.push(PcmData.from_bytes(pending, rate))
                    pending = b""
                    if not heard.empty:
                        yield heard
        finally:
            if not done:
                exchange.send(Kind.CANCEL)
            exchange.close()

    def _setup(self) -> dict[str, object]:
        setup: dict[str, object] = {"engine": self._voice, "words_per_minute": self._words_per_minute}
        if self._voice == "flite" or find_spec("espeakng_loader") is None:
            return setup
        import espeakng_loader

        return {**setup, "library": espeakng_loader.get_library_path(), "data": espeakng_loader.get_data_path()}
