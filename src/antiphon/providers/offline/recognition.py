"""``STT``: commands by grammar, with an open decoder as second opinion, both in worker processes.

The grammar forces some command onto anything, so its words count only when they sound like what the open decoder heard;
otherwise the words are the open decoder's, which are poor but honest. Owns that judgement and the workers' lending:
one worker a *turn*, not a call, because people mostly listen.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from importlib.util import find_spec

from antiphon.errors import MissingExtraError, ModelUnavailable
from antiphon.media.pcm import PcmData
from antiphon.media.resampling import Resampler
from antiphon.models import parts
from antiphon.models.parts import Completeness, STTStream, Transcript
from antiphon.providers.offline.grammar import GRAMMAR
from antiphon.providers.offline.intents import goes_on, is_bare, parse
from antiphon.providers.offline.workers import Exchange, Pool, Worker
from antiphon.providers.offline_workers.frames import Frame, Kind

RATE = 16_000
AGREEMENT = 0.38
"""How alike (0 to 1, phone by phone) the two decoders must be for the grammar's words to count."""

BARE_AGREEMENT = 0.5
"""The same for a bare sum or length of time ("five plus two"), which no word of command speaks for."""

CALLS_PER_WORKER = 4


def judge(grammar: str, heard: str, agreement: float, *, final: bool) -> Transcript:
    """What two decoders' words amount to."""
    agreed = agreement >= (BARE_AGREEMENT if is_bare(grammar) else AGREEMENT) and bool(grammar)
    if agreed and parse(grammar) is not None:
        completeness = Completeness.EXTENDABLE if goes_on(grammar) else Completeness.COMPLETE
        return Transcript(grammar, final, completeness)
    if agreed and not final:
        return Transcript(grammar, final, Completeness.EXTENDABLE)
    return Transcript(heard, final, Completeness.UNKNOWN)


class STT(parts.STT):
    """English commands offline, by PocketSphinx; about 130 MB a worker.

    ``workers``: people who can speak at the same moment. ``calls``: streams open at the same time (four a worker when
    left out). ``patience_s``: how long a turn waits for a worker before it is refused.
    """

    def __init__(self, *, workers: int = 2, calls: int | None = None, patience_s: float = 3.0) -> None:
        self._pool = Pool(
            "antiphon.providers.offline_workers.recognition", {"grammar": GRAMMAR}, size=workers, what="recognition"
        )
        self._calls = CALLS_PER_WORKER * workers if calls is None else calls
        self._patience_s = patience_s
        self._open = 0

    async def start(self) -> None:
        if find_spec("pocketsphinx") is None:
            raise MissingExtraError("Offline speech recognition needs an extra: pip install antiphon[offline]")
        await self._pool.start()

    async def aclose(self) -> None:
        await self._pool.aclose()

    @property
    def pids(self) -> list[int]:
        """The worker processes that run now."""
        return [worker.pid for worker in self._pool.workers if worker.pid is not None]

    def open(self) -> "OfflineSTTStream":
        if self._open >= self._calls:
            raise ModelUnavailable(f"All {self._calls} places for speech recognition are taken; try again later.")
        self._open += 1
        return OfflineSTTStream(self._pool, self._patience_s, self._closed)

    def _closed(self) -> None:
        self._open -= 1


class OfflineSTTStream(STTStream):
    """One talker. What their microphone sounds like (the cepstral mean) is carried from turn to turn."""

    def __init__(self, pool: Pool, patience_s: float, on_close: Callable[[], None]) -> None:
        self._pool, self._patience_s, self._on_close = pool, patience_s, on_close
        self._mean: str | None = None
        self._resampler: Resampler | None = None
        self._worker: Worker | None = None
        self._exchange: Exchange | None = None
        self._latest: Transcript | None = None
        self._news = asyncio.Event()
        self._closed = False

    async def begin(self) -> None:
        """Raises ``ModelUnavailable`` when everybody else is speaking too."""
        await self.cancel()
        worker = await self._pool.take(self._patience_s)
        if worker is None:
            raise ModelUnavailable("Too many people are speaking at once; please say that again.")
        try:
            self._exchange = await worker.exchange(self._partial)
        except BaseException:
            self._pool.give_back(worker)
            raise
        self._worker = worker
        self._exchange.send_json(Kind.BEGIN, {"mean": self._mean})
        if self._resampler is not None:
            self._resampler.reset()

    async def push(self, audio: PcmData) -> None:
        """Without a turn under way: nothing. Raises ``ModelUnavailable`` when the worker died."""
        if self._exchange is None:
            return
        if not self._exchange.alive:
            self._release()
            raise ModelUnavailable("Speech recognition stopped unexpectedly; please say that again.")
        if self._resampler is None:
            self._resampler = Resampler(audio.sample_rate, RATE)
        self._exchange.send(Kind.AUDIO, self._resampler.push(audio).to_int16().to_bytes())

    async def finish(self) -> Transcript:
        """Without a turn under way: no words."""
        if self._exchange is None:
            return Transcript("", final=True)
        self._exchange.send(Kind.FINISH)
        try:
            result = (await self._exchange.receive()).json()
        finally:
            self._release()
        transcript = judge(result["grammar"], result["heard"], result["agreement"], final=True)
        if transcript.text:
            self._mean = result["mean"]
        return transcript

    async def cancel(self) -> None:
        if self._exchange is not None:
            self._exchange.send(Kind.CANCEL)
        self._release()

    async def partials(self) -> AsyncIterator[Transcript]:
        """The newest only: one that was overtaken before anybody looked is not given."""
        while not self._closed:
            await self._news.wait()
            self._news.clear()
            latest, self._latest = self._latest, None
            if latest is not None:
                yield latest

    async def aclose(self) -> None:
        if self._closed:
            return
        self._closed = True
        await self.cancel()
        self._news.set()
        self._on_close()

    def _partial(self, frame: Frame) -> None:
        words = frame.json()
        self._latest = judge(words["grammar"], words["heard"], words["agreement"], final=False)
        self._news.set()

    def _release(self) -> None:
        if self._exchange is not None:
            self._exchange.close()
        if self._worker is not None:
            self._pool.give_back(self._worker)
        self._exchange = self._worker = self._latest = None
