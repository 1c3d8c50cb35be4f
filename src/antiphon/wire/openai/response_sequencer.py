"""When a client may ask for a response: one at a time, so that ``conversation_already_has_active_response`` is not met.

Owns that race alone. A request waits until no response of the conversation is open and none of ours is on its way. A
server that answers turns by itself can still be first, between our sending and its reading; it then refuses ours, which
waits again and is nobody else's concern. ``now`` is in seconds.
"""

from collections import deque
from dataclasses import dataclass

from antiphon.wire.openai import ids
from antiphon.wire.openai.errors import Code
from antiphon.wire.openai.events_base import ServerEvent, UnknownEvent
from antiphon.wire.openai.events_client import ResponseCreate
from antiphon.wire.openai.events_server import Error
from antiphon.wire.openai.events_server_response import ResponseCreated, ResponseDone
from antiphon.wire.openai.ids import IdSource
from antiphon.wire.openai.response_shape import ResponseRequest

TAG = "antiphon_request"
"""The key in ``metadata`` by which a response is known as ours: of a request, servers echo metadata alone."""
PATIENCE_S = 10.0
"""How long a request may go unanswered; then it is given up, and the next may be sent."""
RETRY_S = 0.5
"""Pause after a refusal that names a response we were not told of."""


@dataclass(slots=True)
class _Sent:
    create: ResponseCreate
    at: float


class ResponseSequencer:
    """``ask`` and ``told`` give what may be sent now."""

    def __init__(self, next_id: IdSource, *, patience: float = PATIENCE_S) -> None:
        self._next_id = next_id
        self._patience = patience
        self._waiting: deque[ResponseRequest] = deque()
        self._sent: _Sent | None = None
        self._active: str | None = None
        self._not_before: float | None = None

    @property
    def active(self) -> str | None:
        """The conversation's response that is open at the server, as far as we were told."""
        return self._active

    @property
    def waiting(self) -> int:
        """Requests that are held back."""
        return len(self._waiting)

    def ask(self, request: ResponseRequest | None, now: float) -> list[ResponseCreate]:
        """A response is wanted. One out of band is sent at once: it is beside the conversation."""
        request = request or ResponseRequest()
        if request.conversation == "none":
            return [self._tagged(request)]
        self._waiting.append(request)
        return self._next(now)

    def forget(self) -> None:
        """What is held back is not wanted any more, as when somebody speaks. What was sent is on its way."""
        self._waiting.clear()

    def absorbs(self, event: ServerEvent | UnknownEvent) -> bool:
        """Whether this is a refusal that is made good here and need not be told to anybody. Ask before ``told``."""
        return self._refusal(event) and isinstance(event, Error) and event.error.code == Code.RESPONSE_ACTIVE

    def told(self, event: ServerEvent | UnknownEvent, now: float) -> list[ResponseCreate]:
        """The server said something."""
        if isinstance(event, ResponseCreated):
            self._created(event)
        elif isinstance(event, ResponseDone):
            if event.response.id == self._active:
                self._active = None
        elif self._refusal(event) and self._sent is not None:
            if self.absorbs(event):
                self._waiting.appendleft(self._request(self._sent.create))
                self._not_before = now + RETRY_S if self._active is None else None
            self._sent = None
        return self._next(now)

    def deadline(self) -> float | None:
        """When ``expire`` is to be called, unless something happens before."""
        if self._sent is not None:
            return self._sent.at + self._patience
        return self._not_before if self._waiting and self._active is None else None

    def expire(self, now: float) -> list[ResponseCreate]:
        """What may be sent now that time has passed."""
        if self._sent is not None and now >= self._sent.at + self._patience:
            self._sent = None
        return self._next(now)

    def _next(self, now: float) -> list[ResponseCreate]:
        if self._active is not None or self._sent is not None or not self._waiting:
            return []
        if self._not_before is not None and now < self._not_before:
            return []
        self._not_before = None
        create = self._tagged(self._waiting.popleft())
        self._sent = _Sent(create, now)
        return [create]

    def _created(self, event: ResponseCreated) -> None:
        response = event.response
        tag = (response.metadata or {}).get(TAG)
        if self._sent is not None and tag == self._sent.create.event_id:
            self._sent = None
        out_of_band = "conversation_id" in response.model_fields_set and response.conversation_id is None
        if not out_of_band:
            self._active = response.id

    def _refusal(self, event: ServerEvent | UnknownEvent) -> bool:
        return (
            isinstance(event, Error)
            and self._sent is not None
            and event.error.event_id == self._sent.create.event_id
        )  # fmt: skip

    def _tagged(self, request: ResponseRequest) -> ResponseCreate:
        event_id = self._next_id(ids.EVENT)
        tagged = request.model_copy(update={"metadata": {**(request.metadata or {}), TAG: event_id}})
        return ResponseCreate(event_id=event_id, response=tagged)

    def _request(self, create: ResponseCreate) -> ResponseRequest:
        return create.response or ResponseRequest()
