"""What every server event has. Owns the base and the event whose type nobody here knows."""

from dataclasses import dataclass

from antiphon.wire.openai.shape import JsonObject, Shape


class ServerEvent(Shape):
    """``event_id`` is given when the event is sent (``frames.stamped``); the machines make events without one."""

    type: str
    event_id: str | None = None


@dataclass(frozen=True, slots=True)
class UnknownEvent:
    """A server event of a type that is newer than this code. ``raw`` is the whole of it, to be passed on as it was."""

    type: str
    raw: JsonObject
