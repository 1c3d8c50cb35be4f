"""Real parts over real worker processes, started once for a module's tests' loop each time: half a second."""

import wave
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from antiphon.media.pcm import PcmData
from antiphon.providers.offline.recognition import STT

SPEECH = Path(__file__).parents[3] / "data" / "speech"


@pytest.fixture
def talker() -> Callable[[str], PcmData]:
    """A WAV file's sound with half a second of silence around it."""

    def load(name: str) -> PcmData:
        with wave.open(str(SPEECH / f"{name}.wav")) as file:
            speech = PcmData.from_bytes(file.readframes(file.getnframes()), file.getframerate())
        quiet = PcmData.silence(8_000, 16_000)
        return PcmData.concat([quiet, speech, quiet])

    return load


@pytest.fixture
async def stt() -> AsyncIterator[STT]:
    async with STT(workers=1, patience_s=0.05) as part:
        await part.start()
        yield part
