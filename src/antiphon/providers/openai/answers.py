"""The model's answers, from the service's events to the dialogue's. Pure: events and verbs in, what to tell and what to
send out. ``now`` is in seconds.

Owns the promise of ``models.realtime``, whatever the service sends: each response that was asked for is started once,
then come its items, then it is ended once. A response that nobody asked for is stopped and forgotten.
When the session is lost, an answer of which nothing was heard is asked for again in the next one; any other has failed.
"""

from antiphon.dialogue.effects import TruncateItem
from antiphon.dialogue.events import ModelFailed, ResponseStarted
from antiphon.providers.openai.answer import Answer, Known, Outcome
from antiphon.providers.openai.configuration import RESPONSE
from antiphon.providers.openai.failures import sentence
from antiphon.wire.openai import events_server_response as answering
from antiphon.wire.openai.audio import PCM, decoded
from antiphon.wire.openai.client_state import ClientState
from antiphon.wire.openai.errors import Code, row_of
from antiphon.wire.openai.events_base import ServerEvent, UnknownEvent
from antiphon.wire.openai.events_client import MAX_EVENT_ID, ItemDelete, ItemTruncate, ResponseCancel, ResponseCreate
from antiphon.wire.openai.events_server import Error
from antiphon.wire.openai.ids import IdSource
from antiphon.wire.openai.response_shape import Response, ResponseRequest

PATIENCE_S = 10.0
"""How long the service may take to begin an answer."""

LOST = "The connection to OpenAI broke in the middle of an answer."


class Answers:
    """``told``, the verbs, ``lost`` and ``renewed`` give outcomes."""

    def __init__(self, next_id: IdSource) -> None:
        self._next_id = next_id
        self._state = ClientState(next_id)
        self._linked = True
        self._open: dict[str, Answer] = {}
        self._stray: set[str] = set()
        self._known = Known()
        self._cut: set[str] = set()

    @property
    def waiting(self) -> bool:
        """Is something owed by the service now?"""
        return any(answer.sent_as is not None or answer.wire_id is not None for answer in self._open.values())

    def spoke(self, item_id: str) -> bool:
        """Was this item spoken in the session that is there now?"""
        return self._state.response_of(item_id) is not None

    # Verbs

    def ask(self, response_id: str, request: ResponseRequest, now: float) -> list[Outcome]:
        """An answer is wanted. Without a session it is asked for in the next one."""
        if response_id in self._open:
            return []
        self._open[response_id] = Answer(response_id, request, self._known, self._received_ms)
        return [*self._sent(self._state.ask(request, now), now)] if self._linked else []

    def cancel(self, response_id: str, now: float) -> list[Outcome]:
        """Stop it. One that was not sent yet ends here; the others when the service says so."""
        answer = self._open.get(response_id)
        if answer is None or answer.cancelled:
            return []
        answer.cancelled = True
        if answer.wire_id is not None:
            return [_cancelling(answer.wire_id)]
        if answer.sent_as is None:
            ended = self._end(answer, "cancelled")
            self._state.sequencer.forget()
            return [*ended, *self._asked_again(now)] if self._linked else ended
        return []

    def truncate(self, request: TruncateItem) -> list[Outcome]:
        """Of an item of this session: keep what was heard, never more than has arrived; nothing of what was not."""
        if request.item_id in self._cut:
            return [ItemDelete(item_id=request.item_id)] if request.heard_ms <= 0 else []
        self._cut.add(request.item_id)
        at = min(request.heard_ms, self._state.received_ms(request.item_id))
        if at <= 0:
            return [ItemDelete(item_id=request.item_id)]
        return [ItemTruncate(item_id=request.item_id, content_index=0, audio_end_ms=at)]

    # What happens

    def told(self, event: ServerEvent | UnknownEvent, now: float) -> list[Outcome]:
        """What follows from what the service says. Raises ``WireError`` for sound that is none: nothing changed."""
        sound = decoded(event.delta, PCM, "delta") if isinstance(event, answering.OutputAudioDelta) else b""
        absorbed = self._state.sequencer.absorbs(event)
        sends = self._state.told(event, now)
        out: list[Outcome] = []
        match event:
            case answering.ResponseCreated():
                out = self._created(event.response)
            case answering.ResponseDone():
                out = self._done(event.response)
            case Error() if not absorbed:
                out = self._refused(event, now)
            case answering.OfResponse():
                answer = self._of(event.response_id)
                if answer is not None:
                    out = answer.detail(event, sound)
            case _:
                pass
        if absorbed:
            self._unsend()
        return [*out, *self._sent(sends, now)]

    def expire(self, now: float) -> list[Outcome]:
        """What follows from time alone: a request that is not answered has failed."""
        if not self._linked:
            return []
        out: list[Outcome] = []
        for answer in list(self._open.values()):
            if answer.pending and now >= answer.sent_at + PATIENCE_S:
                status = "cancelled" if answer.cancelled else "failed"
                out += self._end(answer, status, "OpenAI did not begin to answer.")
        deadline = self._state.sequencer.deadline()
        sends = self._state.sequencer.expire(now) if deadline is not None and now >= deadline else []
        return [*out, *self._sent(sends, now)]

    def lost(self) -> list[Outcome]:
        """The session is gone."""
        self._linked = False
        self._stray.clear()
        out: list[Outcome] = []
        for answer in list(self._open.values()):
            if answer.cancelled:
                out += self._end(answer, "cancelled")
            elif answer.told:
                out += self._end(answer, "failed", LOST)
            answer.wire_id = answer.sent_as = None
        return out

    def renewed(self, now: float) -> list[Outcome]:
        """There is another session, which has been told the history. What is still owed is asked for again."""
        self._linked, self._state = True, ClientState(self._next_id)
        return self._asked_again(now)

    def _asked_again(self, now: float) -> list[Outcome]:
        out: list[Outcome] = []
        for answer in self._open.values():
            if answer.sent_as is None and answer.wire_id is None:
                out += self._sent(self._state.ask(answer.request, now), now)
        return out

    # One event each

    def _created(self, response: Response) -> list[Outcome]:
        answer = self._asked_for(response)
        if answer is None:
            self._stray.add(response.id)
            return [_cancelling(response.id)]
        out: list[Outcome] = []
        for other in list(self._open.values()):
            if other is not answer and other.wire_id is not None:  # the service has forgotten to end it
                out += self._end(other, "incomplete")
        answer.wire_id = response.id
        if not answer.started:
            answer.started = True
            out.append(ResponseStarted(answer.id))
        if answer.cancelled:
            out.append(_cancelling(response.id))
        return out

    def _asked_for(self, response: Response) -> Answer | None:
        """By its metadata; where those are not echoed, by there being one that waits, until a better claim is made."""
        if response.metadata is None:
            pending = [answer for answer in self._open.values() if answer.pending]
            if len(pending) != 1:
                return None
            pending[0].guessed = True
            return pending[0]
        answer = self._open.get(str(response.metadata.get(RESPONSE)))
        if answer is None or not (answer.pending or (answer.guessed and not answer.told)):
            return None
        answer.guessed = False
        return answer

    def _of(self, wire_id: str) -> Answer | None:
        return next((answer for answer in self._open.values() if answer.wire_id == wire_id), None)

    def _done(self, response: Response) -> list[Outcome]:
        if response.id in self._stray:
            self._stray.discard(response.id)
            return [ItemDelete(item_id=item.id) for item in response.output if item.id is not None]
        answer = self._of(response.id)
        if answer is None:
            return []
        out = answer.closed(response)
        if response.status not in ("failed", "in_progress"):
            return [*out, *self._end(answer, response.status)]
        code, said = _failure(response)
        out += self._end(answer, "failed", said)
        return [*out, ModelFailed(code or "", said, fatal=True)] if row_of(code).fatal else out

    def _refused(self, event: Error, now: float) -> list[Outcome]:
        """Of our requests: it has failed. Of our cancelling what is over: it is over, even if we were not told."""
        of, code = event.error.event_id, event.error.code
        for answer in list(self._open.values()):
            if answer.pending and of == answer.sent_as:
                status = "cancelled" if answer.cancelled else "failed"
                return self._end(answer, status, sentence(code, event.error.message))
        if code == Code.CANCEL_NOT_ACTIVE:
            for wire_id in [*self._stray, *(answer.wire_id for answer in self._open.values())]:
                if wire_id is not None and of == _cancelling(wire_id).event_id:
                    over = Response(id=wire_id, status="cancelled")
                    return self.told(answering.ResponseDone(response=over), now)
        return []

    def _end(self, answer: Answer, status: str, message: str = "") -> list[Outcome]:
        self._open.pop(answer.id, None)
        return answer.ended(status, message)

    def _sent(self, creates: list[ResponseCreate], now: float) -> list[ResponseCreate]:
        for create in creates:
            metadata = {} if create.response is None else create.response.metadata or {}
            answer = self._open.get(metadata.get(RESPONSE, ""))
            if answer is not None:
                answer.sent_as, answer.sent_at = create.event_id, now
        return creates

    def _received_ms(self, item_id: str) -> int:
        return self._state.received_ms(item_id)

    def _unsend(self) -> None:
        for answer in self._open.values():
            if answer.wire_id is None:
                answer.sent_as = None


def _cancelling(wire_id: str) -> ResponseCancel:
    """Its ``event_id`` says which response it is about, should it be refused."""
    return ResponseCancel(event_id=f"cancel_{wire_id}"[:MAX_EVENT_ID], response_id=wire_id)


def _failure(response: Response) -> tuple[str | None, str]:
    """The code, and what to tell people."""
    error = None if response.status_details is None else response.status_details.error
    return (None, sentence(None, None)) if error is None else (error.code, sentence(error.code, error.message))
