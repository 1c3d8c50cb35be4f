"""The sound of a conversation's parts: how long each is, and its bytes for as long as there is room for them.

Owns lengths and the bound on memory. Lengths are never forgotten while the item is there; bytes of the oldest parts
are, when the bound is reached. Knows no item and no event.
"""

from dataclasses import dataclass, field

from antiphon.wire.openai.audio import AudioFormat


@dataclass(slots=True)
class _Sound:
    ms: float = 0.0
    data: bytearray = field(default_factory=bytearray)
    bytes_per_ms: int = 48
    whole: bool = True
    """The bytes are all there: none were withheld (media on a track), none dropped for room."""


class Sounds:
    """Sound by item and content index. ``limit_bytes`` bounds what is kept of all of them together."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._kept = 0
        self._sounds: dict[tuple[str, int], _Sound] = {}

    def add(self, item_id: str, index: int, data: bytes, audio_format: AudioFormat) -> None:
        """Sound as bytes on the wire."""
        sound = self._sounds.setdefault((item_id, index), _Sound(bytes_per_ms=audio_format.bytes_per_ms))
        sound.ms += len(data) / audio_format.bytes_per_ms
        if sound.whole:
            sound.data += data
            self._kept += len(data)
            self._make_room()

    def add_ms(self, item_id: str, index: int, ms: float) -> None:
        """Sound whose bytes are elsewhere, such as packets on a track."""
        sound = self._sounds.setdefault((item_id, index), _Sound())
        sound.ms += ms
        self._forget_bytes(sound)

    def length_ms(self, item_id: str, index: int) -> int | None:
        """Whole milliseconds, rounded down; None for a part without sound."""
        sound = self._sounds.get((item_id, index))
        # The sum of many thirds of a millisecond may miss a whole one by a hair.
        return None if sound is None else int(sound.ms + 1e-6)

    def data(self, item_id: str, index: int) -> bytes | None:
        """All bytes of the part; None if it has none, or not all of them were kept."""
        sound = self._sounds.get((item_id, index))
        return bytes(sound.data) if sound is not None and sound.whole else None

    def cut(self, item_id: str, index: int, end_ms: int) -> None:
        """Forget what lies after ``end_ms``."""
        sound = self._sounds[item_id, index]
        sound.ms = min(sound.ms, end_ms)
        keep = int(sound.ms * sound.bytes_per_ms) // 2 * 2
        self._kept -= len(sound.data[keep:])
        del sound.data[keep:]

    def drop(self, item_id: str) -> None:
        """The item is gone."""
        for key in [key for key in self._sounds if key[0] == item_id]:
            self._kept -= len(self._sounds.pop(key).data)

    def _make_room(self) -> None:
        for sound in self._sounds.values():
            if self._kept <= self._limit:
                return
            self._forget_bytes(sound)

    def _forget_bytes(self, sound: _Sound) -> None:
        self._kept -= len(sound.data)
        sound.data.clear()
        sound.whole = False
