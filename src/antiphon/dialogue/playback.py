"""The ledger of what was heard: each item of the agent's speech, its words, its sound, and how much of it was played.

Owns the arithmetic from milliseconds heard to words remembered. The rule it serves: never remember more than was heard.
Knows nothing of turns, models or transports.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from enum import Enum

NOMINAL_MS_PER_CHAR = 65
"""Pace assumed for words whose sound has not all arrived: slower than any service speaks, so the guess stays low."""

UNREPORTED_LATENCY_MS = 150
"""Network and device delay assumed for devices that never say what they played."""

SETTLE_S = 0.3
"""How long the final reports of devices are waited for after a flush."""


class Phase(Enum):
    QUEUED = "queued"
    PLAYING = "playing"
    FLUSHING = "flushing"
    """Silenced; final reports may still raise what was heard."""
    CLOSED = "closed"


@dataclass(slots=True)
class Spoken:
    """One item of speech. ``audio_ms`` is None until all of its sound is known; ``marks`` are (chars, ms), rising."""

    item_id: str
    response_id: str
    at: float
    text: str = ""
    marks: list[tuple[int, int]] = field(default_factory=lambda: [(0, 0)])
    audio_ms: int | None = None
    phase: Phase = Phase.QUEUED
    moved_at: float = 0.0
    sent_ms: int | None = None
    reports: dict[str, int] = field(default_factory=dict)
    finals: set[str] = field(default_factory=set)
    heard_ms: int = 0
    interrupted: bool = False
    cut: bool = False
    """Its response failed before all of its sound was made: the text may be ahead of it."""

    def length_ms(self) -> int:
        """How long it takes to be heard; a generous guess while that is not known."""
        return self.audio_ms if self.audio_ms is not None else 2 * NOMINAL_MS_PER_CHAR * len(self.text)

    def heard_text(self) -> str:
        """The words that ``heard_ms`` of sound cover, cut back to whole words."""
        if not self.interrupted:
            return self.text
        return _whole_words(self.text, self._chars_at(self.heard_ms))

    def _chars_at(self, ms: int) -> int:
        marks = self.marks
        if self.audio_ms is not None and marks[-1][1] < self.audio_ms:
            marks = [*marks, (len(self.text), self.audio_ms)]
        index = bisect_right(marks, ms, key=lambda mark: mark[1]) - 1
        chars, start = marks[index]
        if index + 1 < len(marks):
            next_chars, end = marks[index + 1]
            return chars + (next_chars - chars) * (ms - start) // (end - start)
        if self.audio_ms is not None:
            return len(self.text)
        return min(len(self.text), chars + (ms - start) // NOMINAL_MS_PER_CHAR)


def _whole_words(text: str, chars: int) -> str:
    if chars >= len(text):
        return text
    while chars and not (text[chars].isspace() or "\u2e80" <= text[chars] < "\ua000"):  # Chinese and kana: no spaces
        chars -= 1
    return text[:chars].rstrip()


class Ledger:
    """All items that still matter, in the order they are spoken."""

    def __init__(self) -> None:
        self.items: dict[str, Spoken] = {}
        self.reporters: set[str] = set()

    def open_items(self) -> list[Spoken]:
        """Those still to be heard: queued or playing."""
        return [item for item in self.items.values() if item.phase in (Phase.QUEUED, Phase.PLAYING)]

    def flushing(self) -> list[Spoken]:
        """Those whose heard part is not settled yet."""
        return [item for item in self.items.values() if item.phase is Phase.FLUSHING]

    def mark(self, item: Spoken, chars: int, audio_ms: int) -> None:
        """Words up to ``chars`` end at ``audio_ms``. A mark that goes back is not one and is dropped."""
        last_chars, last_ms = item.marks[-1]
        if chars >= last_chars and audio_ms > last_ms:
            item.marks.append((min(chars, len(item.text)), audio_ms))

    def report(self, item_id: str, participant_id: str, played_ms: int, final: bool) -> Spoken | None:
        """A device's word. Returns the item when it waits for nobody else now; stale reports change nothing."""
        self.reporters.add(participant_id)
        item = self.items.get(item_id)
        if item is None or item.phase is Phase.CLOSED:
            return None
        if participant_id not in item.finals:
            item.reports[participant_id] = max(played_ms, item.reports.get(participant_id, 0))
        if item.phase is not Phase.FLUSHING:
            return None
        if final:
            item.finals.add(participant_id)
        return item if self._settled(item) else None

    def flush(self, item: Spoken, now: float) -> bool:
        """Silence the item. True when it is closed at once: nothing of it had been sent."""
        item.interrupted = True
        if item.phase is Phase.QUEUED:
            item.phase = Phase.CLOSED
            return True
        item.phase, item.moved_at = Phase.FLUSHING, now
        return False

    def flushed(self, item_id: str, sent_ms: int) -> Spoken | None:
        """Playout has dropped the rest. Returns the item when nobody's report is waited for."""
        item = self.items.get(item_id)
        if item is None or item.phase is not Phase.FLUSHING:
            return None
        item.sent_ms = max(sent_ms, item.sent_ms or 0)
        return item if self._settled(item) else None

    def forget_device(self, participant_id: str) -> list[Spoken]:
        """A device is gone: nobody waits for it. Returns the items that are settled by that."""
        if participant_id in self.reporters:
            self.reporters.remove(participant_id)
            for item in self.items.values():
                item.reports.setdefault(participant_id, 0)  # it would have said so if it had heard any
        return [item for item in self.flushing() if self._settled(item)]

    def settle(self, item: Spoken) -> None:
        """Decide what was heard of a silenced item, once and for all."""
        if item.reports or self.reporters:
            heard = max(item.reports.values(), default=0)
        else:
            heard = max(0, (item.sent_ms or 0) - UNREPORTED_LATENCY_MS)
        bounds = [bound for bound in (item.sent_ms, item.audio_ms) if bound is not None]
        item.heard_ms = max(0, min([heard, *bounds]))
        item.interrupted = item.audio_ms is None or item.heard_ms < item.audio_ms
        item.phase = Phase.CLOSED

    def ended(self, item: Spoken, played_ms: int) -> None:
        """Every sound of the item was sent at the pace of hearing: all of it was heard."""
        item.heard_ms, item.interrupted = played_ms, item.cut
        item.phase = Phase.CLOSED

    def forget_closed(self) -> None:
        """Keep only what can still change."""
        self.items = {key: item for key, item in self.items.items() if item.phase is not Phase.CLOSED}

    def _settled(self, item: Spoken) -> bool:
        return item.sent_ms is not None and self.reporters <= item.finals
