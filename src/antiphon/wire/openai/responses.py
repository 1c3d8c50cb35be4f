"""All responses of a session: which may begin, which are open, how each ends.

Owns the rule of one: at most one response of the conversation at a time, any number out of band beside it, each created
once and done once. Verbs return the events to send, or raise ``WireError`` and change nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from antiphon.wire.openai import errors, ids
from antiphon.wire.openai.conversation import Conversation
from antiphon.wire.openai.errors import Code, WireError
from antiphon.wire.openai.events_base import ServerEvent
from antiphon.wire.openai.events_server import RateLimit, RateLimitsUpdated
from antiphon.wire.openai.events_server_response import ResponseCreated
from antiphon.wire.openai.ids import IdSource
from antiphon.wire.openai.items import ItemReference, Message, StoredItem, check_created
from antiphon.wire.openai.response import OpenResponse
from antiphon.wire.openai.response_shape import (
    CancelReason,
    CutReason,
    Metadata,
    Response,
    ResponseAudio,
    ResponseError,
    ResponseRequest,
    ResponseVoice,
    StatusDetails,
    Usage,
)
from antiphon.wire.openai.session import Rules, for_response
from antiphon.wire.openai.session_shape import Session

EndStatus = Literal["completed", "cancelled", "incomplete"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a model is to do for one response. ``session`` has what the response asked for on top; ``context`` is all
    that it may know of the conversation, in order."""

    response_id: str
    session: Session
    context: tuple[StoredItem, ...]
    out_of_band: bool
    metadata: Metadata | None


class Responses:
    """The open responses. ``rate_limits``: what is said after each of the conversation's; an empty list has none."""

    def __init__(
        self, conversation: Conversation, next_id: IdSource, *, rate_limits: Sequence[RateLimit] = ()
    ) -> None:  # fmt: skip
        self._conversation = conversation
        self._next_id = next_id
        self._rate_limits = list(rate_limits)
        self._open: dict[str, OpenResponse] = {}
        self._active: str | None = None
        self.spoke = False

    @property
    def active(self) -> str | None:
        """The one that the conversation waits for."""
        return self._active

    @property
    def open(self) -> tuple[str, ...]:
        """All that are not done, those out of band included."""
        return tuple(self._open)

    def get(self, response_id: str) -> OpenResponse | None:
        """An open response, to be given what the model makes; None when it is done, and what comes is late."""
        return self._open.get(response_id)

    def create(
        self, request: ResponseRequest | None, session: Session, rules: Rules
    ) -> tuple[Plan, list[ServerEvent]]:  # fmt: skip
        """A response begins."""
        request = request or ResponseRequest()
        out_of_band = request.conversation == "none"
        if self._active is not None and not out_of_band:
            raise WireError(
                Code.RESPONSE_ACTIVE,
                f"Conversation already has an active response in progress: {self._active}. "
                "Wait until the response is finished before creating a new one.",
            )
        asked = for_response(session, request, spoke=self.spoke, rules=rules)
        context = self._context(request, session)
        speaking = asked.audio.output
        created = Response(
            id=self._next_id(ids.RESPONSE),
            status="in_progress",
            status_details=None,
            output=[],
            conversation_id=None if out_of_band else self._conversation.id,
            output_modalities=list(asked.output_modalities),
            max_output_tokens=asked.max_output_tokens,
            audio=ResponseAudio(output=ResponseVoice(format=speaking.format, voice=speaking.voice)),
            usage=None,
            metadata=request.metadata,
        )
        self._open[created.id] = OpenResponse(
            created,
            asked.output_modalities[0],
            speaking.format,
            self._next_id,
            None if out_of_band else self._conversation,
        )
        if not out_of_band:
            self._active = created.id
        return Plan(created.id, asked, context, out_of_band, request.metadata), [ResponseCreated(response=created)]

    # How a response ends. Late or repeated: no event, nothing changes.

    def complete(self, response_id: str, used: Usage | None = None) -> list[ServerEvent]:
        return self._end(response_id, "completed", None, used)

    def cut(self, response_id: str, reason: CutReason, used: Usage | None = None) -> list[ServerEvent]:
        """It reached its token limit, or a filter stopped it."""
        return self._end(response_id, "incomplete", reason, used)

    def fail(self, response_id: str, error: WireError, used: Usage | None = None) -> list[ServerEvent]:
        """What makes it failed."""
        failure = ResponseError(type=error.row.type, code=error.code.value, message=error.message)
        details = StatusDetails(type="failed", error=failure)
        response = self._open.get(response_id)
        return [] if response is None else self._after(response, response.end("failed", details, used))

    def cancel(self, response_id: str | None, reason: CancelReason) -> tuple[str, list[ServerEvent]]:
        """Stop it; without an id, the conversation's. Gives its id. Raises ``WireError`` when there is none."""
        target = response_id or self._active
        if target is None or target not in self._open:
            raise WireError(
                Code.CANCEL_NOT_ACTIVE, "Cancellation failed: no active response found", param="response_id"
            )  # fmt: skip
        return target, self._end(target, "cancelled", reason, None)

    def _end(self, response_id: str, status: EndStatus, reason: str | None, used: Usage | None) -> list[ServerEvent]:
        response = self._open.get(response_id)
        if response is None:
            return []
        details = None if reason is None else StatusDetails(type=status, reason=reason)
        return self._after(response, response.end(status, details, used))

    def _after(self, response: OpenResponse, events: list[ServerEvent]) -> list[ServerEvent]:
        del self._open[response.id]
        if response.id != self._active:
            return events
        self._active = None
        return [*events, RateLimitsUpdated(rate_limits=self._rate_limits), *self._conversation.release()]

    def _context(self, request: ResponseRequest, session: Session) -> tuple[StoredItem, ...]:
        if request.input is None:
            return tuple(item for item in self._conversation.items if item.status != "in_progress")
        context: list[StoredItem] = []
        for index, item in enumerate(request.input):
            where = f"response.input[{index}]"
            if isinstance(item, ItemReference):
                found = self._conversation.item(item.id or "")
                if found is None:
                    raise errors.invalid(f"{where}.id", f"there is no item '{item.id}'.")
                context.append(found)
                continue
            if not (isinstance(item, Message) and item.role == "assistant"):
                check_created(item, session.audio.input.format, where)
            context.append(item)
        return tuple(context)
