"""A session served to a client that is not there: what it would be sent, what would have to be done."""

import json

from antiphon.wire.openai import frames, ids
from antiphon.wire.openai.events_base import ServerEvent
from antiphon.wire.openai.events_server import Error
from antiphon.wire.openai.response import OpenResponse
from antiphon.wire.openai.served_effects import AudioReceived, Effect, Outcome, StartResponse
from antiphon.wire.openai.served_state import ServedState, Transport
from antiphon.wire.openai.session import Rules, new_session
from antiphon.wire.openai.shape import JsonObject

MS = 48
"""Bytes of a millisecond of PCM16 at 24 kHz."""


def silence(ms: int) -> bytes:
    return bytes(ms * MS)


def kinds(outcomes: list[ServerEvent] | list[Outcome]) -> list[str]:
    """The types of the events among ``outcomes``."""
    return [outcome.type for outcome in outcomes if isinstance(outcome, ServerEvent)]


class Talk:
    """Frames in, outcomes kept. The time is ``now``, moved by hand."""

    def __init__(
        self, transport: Transport = "websocket", *, session: JsonObject | None = None, lifetime: float = 3_600.0
    ) -> None:
        self.now = 0.0
        self.ids = ids.counted_ids()
        self.rules = Rules()
        started = new_session(self.ids(ids.SESSION), "gpt-realtime-2.1", request=session, rules=self.rules)
        self.state = ServedState(started, self.ids, self.rules, transport, self.now, lifetime=lifetime)
        self.outcomes: list[Outcome] = []

    def take(self, outcomes: list[Outcome]) -> list[Outcome]:
        self.outcomes += outcomes
        for outcome in outcomes:
            if isinstance(outcome, AudioReceived):
                self.take(self.state.heard(outcome.data))
        return outcomes

    def say(self, **event: object) -> list[Outcome]:
        """A client's event, through a frame."""
        parsed = frames.parse_client(json.dumps(event))
        return self.take(self.state.handle(parsed, self.now))

    def hear(self, ms: int) -> None:
        self.take(self.state.heard(silence(ms)))

    def ask(self, **response: object) -> OpenResponse:
        """``response.create``, answered by a response that a test lets speak."""
        started = [o for o in self.say(type="response.create", response=response) if isinstance(o, StartResponse)]
        return self.opened(started[0].plan.response_id)

    def opened(self, response_id: str) -> OpenResponse:
        response = self.state.responses.get(response_id)
        assert response is not None
        return response

    def seen(self) -> list[str]:
        """Types of all events since the last look."""
        found = kinds(self.outcomes)
        self.outcomes.clear()
        return found

    def effects(self) -> list[Effect]:
        return [outcome for outcome in self.outcomes if not isinstance(outcome, ServerEvent)]

    def errors(self) -> list[Error]:
        return [outcome for outcome in self.outcomes if isinstance(outcome, Error)]


def user_text(text: str = "hello", **fields: object) -> JsonObject:
    return {"type": "message", "role": "user", "content": [{"type": "input_text", "text": text}], **fields}
