"""How long a session may last: sixty minutes, then the error, then the close. ``now`` is in seconds, any zero."""

from dataclasses import dataclass

from antiphon.wire.openai.errors import Code, WireError

SESSION_S = 3_600.0


@dataclass(frozen=True, slots=True)
class Lifetime:
    """From ``started`` for ``limit`` seconds; tests shorten it."""

    started: float
    limit: float = SESSION_S

    def deadline(self) -> float:
        return self.started + self.limit

    def expired(self, now: float) -> WireError | None:
        """The last thing to say, once it is time; the socket is then closed with ``error.row.close``."""
        if now < self.deadline():
            return None
        minutes = f"{self.limit / 60:g}"
        return WireError(Code.SESSION_EXPIRED, f"Your session hit the maximum duration of {minutes} minutes.")
