"""Speech recognition in a process of its own, because PocketSphinx holds the interpreter's lock while it decodes.

Two decoders hear every turn: one knows only the grammar it was set up with, the other is open. Owns what each heard and
how far they agree; what that means is the owner's. One turn at a time.

    SETUP {"grammar": JSGF}             -> READY | FAILED text
    BEGIN {"mean": cepstral mean|null}, AUDIO 16 kHz mono s16..., then FINISH or CANCEL
    <- PARTIAL {"grammar", "heard", "agreement"}..., DONE the same and {"mean"}
"""

import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from antiphon.providers.offline_workers.frames import Channel, Frame, Kind, json_frame

PARTIAL_BYTES = 64 * 32
"""Sound between two looks at the words so far: 64 ms."""

CEPSTRAL_MEAN = "41.00,-5.29,-0.12,5.09,2.48,-4.07,-1.37,-1.78,-5.08,-2.05,-6.45,-1.42,1.17"
"""The mean of the model's training data, where a talker nobody has heard yet starts from. Later turns of theirs start
from what was measured, which takes a third of the mistakes away."""

MAX_COMPARED = 160
"""Phones: no command is as long, so what is longer is not one."""

_VARIANT = re.compile(r"\(\d+\)$")


def agreement(one: Sequence[str], other: Sequence[str]) -> float:
    """1 for equal sequences, 0 for nothing alike: one less the edit distance over the longer length."""
    longer = max(len(one), len(other))
    if not one or not other or longer > MAX_COMPARED:
        return 0.0
    row = list(range(len(other) + 1))
    for i, phone in enumerate(one, 1):
        left, row[0] = i - 1, i
        for j, against in enumerate(other, 1):
            left, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, left + (phone != against))
    return 1 - row[-1] / longer


def grammar_words(grammar: str) -> set[str]:
    """The words a JSGF grammar is made of."""
    body = re.sub(r"^(#JSGF|grammar).*$|<[^>]*>|\bpublic\b", " ", grammar, flags=re.MULTILINE)
    return set(re.findall(r"[a-z][a-z']*", body))


class Ear:
    """One decoder and the phones of its words."""

    def __init__(self, **config: Any) -> None:
        from pocketsphinx import Decoder

        self.decoder = Decoder(bestpath=False, logfn="/dev/null" if sys.platform != "win32" else "NUL", **config)

    def words(self) -> list[str]:
        """With the dictionary's marks of variants; silence, noise and grammar joints left out."""
        if self.decoder.hyp() is None:
            return []
        return [segment.word for segment in self.decoder.seg() if segment.word[0] not in "<[("]

    def phones(self, words: list[str]) -> list[str]:
        return [phone for word in words for phone in (self.decoder.lookup_word(word) or "").split()]


class Recogniser:
    """Both decoders over one turn at a time. Raises ``RuntimeError`` or ``ValueError`` for a grammar that is none."""

    def __init__(self, grammar: str) -> None:
        from pocketsphinx import get_model_path

        acoustic, dictionary = get_model_path("en-us/en-us"), Path(get_model_path("en-us/cmudict-en-us.dict"))
        wanted = grammar_words(grammar)
        with tempfile.TemporaryDirectory(prefix="antiphon-") as folder, dictionary.open(encoding="utf-8") as lines:
            # Of 135,000 words the grammar needs some 200: a tenth of the memory.
            small = Path(folder) / "words.dict"
            small.write_text("".join(line for line in lines if _VARIANT.sub("", line.split()[0]) in wanted), "utf-8")
            self._strict = Ear(hmm=acoustic, dict=str(small), lm=None, beam=1e-60, wbeam=1e-40)
        self._strict.decoder.add_jsgf_string("commands", grammar)
        self._strict.decoder.activate_search("commands")
        self._open = Ear(
            hmm=acoustic, dict=str(dictionary), lm=get_model_path("en-us/en-us.lm.bin"),
            maxhmmpf=3000, maxwpf=20, fwdflat=False,
        )  # fmt: skip
        self._running = False

    def begin(self, mean: str | None) -> None:
        self.stop()
        for ear in (self._strict, self._open):
            ear.decoder.set_cmn(mean or CEPSTRAL_MEAN)
            ear.decoder.start_utt()
        self._running = True

    def hear(self, audio: bytes) -> None:
        for ear in (self._strict, self._open):
            ear.decoder.process_raw(audio)

    def stop(self) -> None:
        if self._running:
            self._strict.decoder.end_utt()
            self._open.decoder.end_utt()
            self._running = False

    @property
    def mean(self) -> str:
        return str(self._open.decoder.get_cmn())

    def words(self) -> dict[str, Any]:
        strict, heard = self._strict.words(), self._open.words()
        alike = agreement(self._strict.phones(strict), self._open.phones(heard))
        return {"grammar": _plain(strict), "heard": _plain(heard), "agreement": round(alike, 3)}


def _plain(words: list[str]) -> str:
    return " ".join(_VARIANT.sub("", word) for word in words)


class Turns:
    """What the frames of one turn after another do to a recogniser, and the frames that answer."""

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser
        self._key = 0
        self._unseen = 0
        self._last: dict[str, Any] = {}

    def take(self, frame: Frame) -> Frame | None:
        if frame.kind is Kind.BEGIN:
            self._recogniser.begin(frame.json()["mean"])
            self._key, self._unseen, self._last = frame.key, 0, {}
        elif frame.key != self._key:
            return None
        elif frame.kind is Kind.AUDIO:
            return self._hear(frame.payload)
        else:
            self._recogniser.stop()
            self._key = 0
            if frame.kind is Kind.FINISH:
                return json_frame(Kind.DONE, frame.key, {**self._recogniser.words(), "mean": self._recogniser.mean})
        return None

    def _hear(self, audio: bytes) -> Frame | None:
        self._recogniser.hear(audio)
        self._unseen += len(audio)
        if self._unseen < PARTIAL_BYTES:
            return None
        self._unseen = 0
        words = self._recogniser.words()
        if words == self._last:
            return None
        self._last = words
        return json_frame(Kind.PARTIAL, self._key, words)


def main() -> None:
    channel = Channel()
    turns: Turns | None = None
    while (frame := channel.read()) is not None:
        if frame.kind is Kind.SETUP:
            try:
                turns = Turns(Recogniser(frame.json()["grammar"]))
            except (ImportError, OSError, RuntimeError, ValueError) as error:
                channel.write(Frame(Kind.FAILED, 0, str(error).encode()))
                return
            channel.write(Frame(Kind.READY, 0))
        elif turns is not None and (answer := turns.take(frame)) is not None:
            channel.write(answer)


if __name__ == "__main__":
    main()
