"""Speech synthesis in a process of its own: the engines are C libraries with one state for the whole process.

Owns the two engines behind one face. Utterances are spoken in the order they came; one that was cancelled stops within
the piece of sound being made.

    SETUP {"engine", "words_per_minute", "library"?, "data"?} -> READY {"rate": hertz} | FAILED text
    BEGIN text | CANCEL                         -> SOUND mono s16..., DONE | FAILED text
"""

import ctypes as c
import os
import queue
import threading
import unicodedata
from collections.abc import Callable
from typing import Any, Protocol

from antiphon.providers.offline_workers.frames import Channel, Frame, Kind, json_frame

Emit = Callable[[bytes], bool]
"""Takes a piece of sound; False when no more is wanted."""


class Engine(Protocol):
    rate: int

    def speak(self, text: str, emit: Emit) -> None:
        """Raises ``OSError`` when the engine fails."""
        ...


class Espeak:
    """eSpeak NG; the numbers are those of speak_lib.h."""

    _SYNCHRONOUS, _PIECE_MS, _UTF8, _RATE = 2, 20, 1, 1

    def __init__(self, library: str, data: str, words_per_minute: int) -> None:
        self._lib = c.CDLL(library)
        self.rate = self._lib.espeak_Initialize(self._SYNCHRONOUS, self._PIECE_MS, os.fsencode(data), 0)
        if self.rate <= 0:
            raise OSError(f"eSpeak NG does not start with the data in {data}")
        self._emit: Emit | None = None
        kind = c.CFUNCTYPE(c.c_int, c.POINTER(c.c_int16), c.c_int, c.c_void_p)
        self._callback = kind(self._made)
        self._lib.espeak_SetSynthCallback(self._callback)
        if self._lib.espeak_SetVoiceByName(b"en-us"):
            raise OSError("eSpeak NG has no voice en-us")
        self._lib.espeak_SetParameter(self._RATE, words_per_minute, 0)

    def speak(self, text: str, emit: Emit) -> None:
        data = text.encode()
        self._emit = emit
        if self._lib.espeak_Synth(data, c.c_size_t(len(data) + 1), 0, 1, 0, self._UTF8, None, None):
            raise OSError("eSpeak NG could not speak this")

    def _made(self, samples: Any, count: int, _events: int | None) -> int:
        if not samples or count <= 0 or self._emit is None:
            return 0
        return 0 if self._emit(c.string_at(samples, 2 * count)) else 1


class _FliteWave(c.Structure):
    """``cst_wave`` of flite's cst_wave.h."""

    _fields_ = (
        ("type", c.c_char_p), ("sample_rate", c.c_int), ("num_samples", c.c_int), ("num_channels", c.c_int),
        ("samples", c.POINTER(c.c_int16)),
    )  # fmt: skip


_FLITE_CALLBACK = c.CFUNCTYPE(c.c_int, c.POINTER(_FliteWave), c.c_int, c.c_int, c.c_int, c.c_void_p)


class _FliteStreaming(c.Structure):
    """``cst_audio_streaming_info`` of flite's cst_audio.h."""

    _fields_ = (
        ("min_buffsize", c.c_int), ("asc", _FLITE_CALLBACK), ("utt", c.c_void_p), ("item", c.c_void_p),
        ("userdata", c.c_void_p),
    )  # fmt: skip


class _FliteVoice(c.Structure):
    """The head of ``cst_voice`` of flite's cst_voice.h."""

    _fields_ = (("name", c.c_char_p), ("features", c.c_void_p))


class Flite:
    """Flite's voice ``slt`` from the system's shared libraries (Debian: libflite1)."""

    rate = 16_000

    def __init__(self) -> None:
        self._lib = c.CDLL("libflite.so.1", mode=c.RTLD_GLOBAL)
        for needed in ("libflite_usenglish.so.1", "libflite_cmulex.so.1"):
            c.CDLL(needed, mode=c.RTLD_GLOBAL)
        register = c.CDLL("libflite_cmu_us_slt.so.1").register_cmu_us_slt
        register.restype, register.argtypes = c.POINTER(_FliteVoice), [c.c_char_p]
        lib = self._lib
        lib.new_audio_streaming_info.restype = c.POINTER(_FliteStreaming)
        lib.audio_streaming_info_val.restype, lib.audio_streaming_info_val.argtypes = c.c_void_p, [c.c_void_p]
        lib.feat_set.argtypes = [c.c_void_p, c.c_char_p, c.c_void_p]
        lib.flite_text_to_wave.restype = c.c_void_p
        lib.flite_text_to_wave.argtypes = [c.c_char_p, c.c_void_p]
        lib.delete_wave.argtypes = [c.c_void_p]
        lib.flite_init()
        self._voice = register(None)
        self._emit: Emit | None = None
        self._callback = _FLITE_CALLBACK(self._made)
        streaming = lib.new_audio_streaming_info()
        streaming.contents.asc = self._callback
        lib.feat_set(self._voice.contents.features, b"streaming_info", lib.audio_streaming_info_val(streaming))

    def speak(self, text: str, emit: Emit) -> None:
        self._emit = emit
        plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore")  # flite reads bytes above 127 as noise
        wave = self._lib.flite_text_to_wave(plain, self._voice)
        if wave:
            self._lib.delete_wave(wave)

    def _made(self, wave: Any, start: int, size: int, _last: int, _info: int | None) -> int:
        if self._emit is None or size <= 0:
            return 0
        at = c.addressof(wave.contents.samples.contents) + 2 * start
        return 0 if self._emit(c.string_at(at, 2 * size)) else -1


def load(setup: dict[str, Any]) -> Engine:
    """Raises ``OSError`` when the engine or its voice cannot be loaded. "auto" is flite where its libraries are."""
    if setup["engine"] in ("auto", "flite"):
        try:
            return Flite()
        except OSError:
            if setup["engine"] == "flite" or "library" not in setup:
                raise
    if "library" not in setup:
        raise OSError("eSpeak NG is not installed")
    return Espeak(setup["library"], setup["data"], setup["words_per_minute"])


class Speaker:
    """Utterances in turn, on the main thread; frames are read on another, so that a cancel is seen at once."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._frames: queue.SimpleQueue[Frame] = queue.SimpleQueue()
        self._waiting: set[int] = set()

    def run(self) -> None:
        threading.Thread(target=self._read, daemon=True).start()
        engine: Engine | None = None
        while True:
            frame = self._frames.get()
            try:
                if frame.kind is Kind.SETUP:
                    engine = load(frame.json())
                    self._channel.write(json_frame(Kind.READY, 0, {"rate": engine.rate}))
                elif engine is not None:
                    self._speak(engine, frame)
            except OSError as error:
                self._channel.write(Frame(Kind.FAILED, frame.key, str(error).encode()))

    def _speak(self, engine: Engine, frame: Frame) -> None:
        def emit(sound: bytes) -> bool:
            if frame.key in self._waiting:
                self._channel.write(Frame(Kind.SOUND, frame.key, sound))
            return frame.key in self._waiting

        if frame.key in self._waiting:
            engine.speak(frame.payload.decode(), emit)
        self._waiting.discard(frame.key)
        self._channel.write(Frame(Kind.DONE, frame.key))

    def _read(self) -> None:
        while (frame := self._channel.read()) is not None:
            if frame.kind is Kind.CANCEL:
                self._waiting.discard(frame.key)
                continue
            self._waiting.add(frame.key)
            self._frames.put(frame)
        os._exit(0)


if __name__ == "__main__":
    Speaker(Channel()).run()
