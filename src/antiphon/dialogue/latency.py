"""One turn's waterfall: from the moment the person fell silent to the first sound of the answer. Owns that sum."""

from antiphon.dialogue.effects import ShowLatency


class TurnLatency:
    """Milliseconds since the end of the person's voice; each stage is taken once a turn."""

    __slots__ = ("_item_id", "_silent_at", "_stages")

    def __init__(self) -> None:
        self._item_id = ""
        self._silent_at: float | None = None
        self._stages: dict[str, float] = {}

    def begin(self, item_id: str, silent_at: float) -> None:
        self._item_id, self._silent_at, self._stages = item_id, silent_at, {}

    def mark(self, stage: str, now: float) -> None:
        """``turn_end``, ``transcript`` or ``first_token``."""
        if self._silent_at is not None:
            self._stages.setdefault(stage, round((now - self._silent_at) * 1000, 1))

    def finish(self, now: float) -> ShowLatency | None:
        """The first sound left: the whole waterfall, once."""
        if self._silent_at is None:
            return None
        self.mark("first_audio", now)
        self._silent_at = None
        get = self._stages.get
        return ShowLatency(self._item_id, get("turn_end"), get("transcript"), get("first_token"), get("first_audio"))

    def drop(self) -> None:
        """The turn was none."""
        self._silent_at = None
