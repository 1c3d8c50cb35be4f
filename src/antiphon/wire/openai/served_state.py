"""The side we serve: every machine of one session together, fed with what a client says and what a model makes.

Owns what follows from what: a client's event, speech, a model's output, the passing of time give an ordered list of
server events to send and effects to carry out. Errors of a client's event are events too; nothing here ends a session
but an ``EndSession``. Knows no socket, no peer connection, no model, no voice detector. ``now`` is in seconds.
"""

from dataclasses import replace
from typing import Literal

from antiphon.wire.openai import audio, ids
from antiphon.wire.openai import events_client as said
from antiphon.wire.openai.audio import PCM
from antiphon.wire.openai.conversation import Conversation
from antiphon.wire.openai.errors import Code, WireError
from antiphon.wire.openai.events_base import ServerEvent
from antiphon.wire.openai.events_server import SessionCreated, SessionUpdated, error_event
from antiphon.wire.openai.events_server_response import ResponseDone
from antiphon.wire.openai.ids import IdSource
from antiphon.wire.openai.input_buffer import InputBuffer, Turn
from antiphon.wire.openai.output_buffer import OutputBuffer
from antiphon.wire.openai.response_shape import CancelReason, CutReason, ResponseRequest, Usage
from antiphon.wire.openai.responses import Responses
from antiphon.wire.openai.served_effects import (
    AudioReceived,
    EndSession,
    InputCleared,
    Outcome,
    OutputCleared,
    SessionChanged,
    StartResponse,
    StopResponse,
    TurnTaken,
)
from antiphon.wire.openai.session import Rules, updated
from antiphon.wire.openai.session_life import SESSION_S, Lifetime
from antiphon.wire.openai.session_shape import Session

Transport = Literal["websocket", "webrtc"]


class ServedState:
    """One session as its server sees it. The machines are public to be read; they are changed through the verbs."""

    def __init__(
        self, session: Session, next_id: IdSource, rules: Rules, transport: Transport, now: float, *,
        clamp: bool = False, lifetime: float = SESSION_S,
    ) -> None:  # fmt: skip
        self.session = session
        self.conversation = Conversation(next_id(ids.CONVERSATION), next_id, clamp=clamp)
        self.responses = Responses(self.conversation, next_id)
        self.input = InputBuffer(next_id, session.audio.input.turn_detection)
        self.output = OutputBuffer() if transport == "webrtc" else None
        self._rules = rules
        self._life = Lifetime(now, lifetime)
        self._played_until = now

    def opened(self) -> list[Outcome]:
        """The first thing a client is told; a sideband is not."""
        return [SessionCreated(session=self.session)]

    # A client

    def handle(self, event: said.AnyClientEvent, now: float) -> list[Outcome]:
        """What follows from a client's event."""
        try:
            return self._handle(event, now)
        except WireError as error:
            return self.refuse(error.about(event.event_id))

    def refuse(self, error: WireError) -> list[Outcome]:
        """The answer to something wrong, such as a frame that is no event."""
        answer: list[Outcome] = [error_event(error)]
        return answer if error.row.close is None else [*answer, EndSession(error.row.close, error.code.value)]

    def _handle(self, event: said.AnyClientEvent, now: float) -> list[Outcome]:
        items = self.conversation
        match event:
            case said.SessionUpdate():
                return self._update(event)
            case said.InputAudioAppend():
                hearing = self.session.audio.input.format
                return [AudioReceived(audio.decoded(event.audio, hearing), hearing)]
            case said.InputAudioCommit():
                return self._take_turn(self.input.commit())
            case said.InputAudioClear():
                return [*self.input.clear(), InputCleared()]
            case said.OutputAudioClear():
                return self._clear_output(asked=True)
            case said.ItemCreate():
                return [*items.create(event.item, event.previous_item_id, self.session.audio.input.format)]
            case said.ItemRetrieve():
                return [*items.retrieve(event.item_id)]
            case said.ItemTruncate():
                return [*items.truncate(event.item_id, event.content_index, event.audio_end_ms)]
            case said.ItemDelete():
                return [*items.delete(event.item_id)]
            case said.ResponseCreate():
                return self._respond(event.response)
            case said.ResponseCancel():
                return self._cancel(event.response_id, "client_cancelled", now)

    # Sound that comes in

    def heard(self, pcm: bytes) -> list[Outcome]:
        """PCM16 mono at 24 kHz, in order and without gaps."""
        try:
            self.input.append(pcm)
        except WireError as error:
            return self.refuse(error)
        return []

    def speech_started(self, detected_ms: int, now: float) -> list[Outcome]:
        """Somebody began to speak at that place of the input timeline: barge-in, if the session has it."""
        events: list[Outcome] = [*self.input.speech_started(detected_ms)]
        detection = self.session.audio.input.turn_detection
        if events and detection is not None and detection.interrupt_response:
            self._played_until = now
            if self.responses.active is not None:
                events += self._cancel(None, "turn_detected", now)
            events += self._clear_output()
        return events

    def speech_stopped(self, decided_ms: int) -> list[Outcome]:
        """The turn is over: it becomes an item, and is answered if the session says so."""
        detection = self.session.audio.input.turn_detection
        events, turn = self.input.speech_stopped(decided_ms)
        if turn is None:
            return []
        outcomes = [*events, *self._take_turn(turn)]
        if detection is not None and detection.create_response:
            outcomes += self._respond_unasked()
        return outcomes

    def transcribed(self, item_id: str, transcript: str) -> None:
        """Stored with the item; the event is the transcriber's, which knows the usage."""
        self.conversation.transcribed(item_id, transcript)

    # What a model makes. Late: nothing follows.

    def sounded(self, response_id: str, item_id: str, data: bytes, now: float) -> list[Outcome]:
        """Sound on a WebSocket, in the output format."""
        response = self.responses.get(response_id)
        if response is None:
            return []
        before_ms = response.audio_ms
        events = response.audio(item_id, data)
        if events:
            self.responses.spoke = True
            self._played_until = max(self._played_until, now) + (response.audio_ms - before_ms) / 1000
        return [*events]

    def queued(self, response_id: str, item_id: str, ms: float) -> bool:
        """Sound handed to the track (WebRTC). False: drop it, it is late or was cleared."""
        response = self.responses.get(response_id)
        if response is None or self.output is None or not response.takes_sound(item_id):
            return False
        if not self.output.queue(response_id, item_id, ms):
            return False
        self.responses.spoke = True
        response.audio_elsewhere(item_id, ms)
        return True

    def sent(self, ms: float) -> list[Outcome]:
        """Sound has left on the track."""
        return [] if self.output is None else [*self.output.sent(ms)]

    def completed(self, response_id: str, now: float, used: Usage | None = None) -> list[Outcome]:
        return self._ended(response_id, self.responses.complete(response_id, used), now)

    def cut(self, response_id: str, reason: CutReason, now: float, used: Usage | None = None) -> list[Outcome]:
        return self._ended(response_id, self.responses.cut(response_id, reason, used), now)

    def failed(self, response_id: str, error: WireError, now: float, used: Usage | None = None) -> list[Outcome]:
        return self._ended(response_id, self.responses.fail(response_id, error, used), now)

    # Time

    def deadline(self) -> float:
        """When ``expire`` is to be called, unless something happens before."""
        idle = self.input.deadline()
        return self._life.deadline() if idle is None else min(idle, self._life.deadline())

    def expire(self, now: float) -> list[Outcome]:
        """What follows from the passing of the deadline; nothing before it."""
        over = self._life.expired(now)
        if over is not None:
            return self.refuse(over)
        events, turn = self.input.expire(now)
        return [] if turn is None else [*events, *self._take_turn(turn), *self._respond_unasked()]

    # Inside

    def _update(self, event: said.SessionUpdate) -> list[Outcome]:
        before = self.session
        self.session = updated(before, event.session, spoke=self.responses.spoke, rules=self._rules)
        self.input.configure(self.session.audio.input.turn_detection)
        return [SessionUpdated(session=self.session), SessionChanged(before, self.session)]

    def _take_turn(self, turn: Turn) -> list[Outcome]:
        item_id, events = self.conversation.commit(turn, PCM)
        return [*events, TurnTaken(replace(turn, item_id=item_id))]

    def _respond(self, request: ResponseRequest | None) -> list[Outcome]:
        plan, events = self.responses.create(request, self.session, self._rules)
        if not plan.out_of_band:
            self.input.busy()
        return [*events, StartResponse(plan)]

    def _respond_unasked(self) -> list[Outcome]:
        if self.session.type != "realtime":
            return []
        try:
            return self._respond(None)
        except WireError as error:
            return self.refuse(error)

    def _cancel(self, response_id: str | None, reason: CancelReason, now: float) -> list[Outcome]:
        target, events = self.responses.cancel(response_id, reason)
        return [*self._ended(target, events, now), StopResponse(target)]

    def _clear_output(self, *, asked: bool = False) -> list[Outcome]:
        if self.output is None:
            if asked:
                raise WireError(Code.INVALID_VALUE, "There is no output audio buffer on a WebSocket.", param="type")
            return []
        cleared, cuts = self.output.clear()
        events: list[Outcome] = [*cleared]
        for cut in cuts:
            events += self.conversation.unheard(cut.item_id, cut.sent_ms)
        return [*events, OutputCleared()] if events else []

    def _ended(self, response_id: str, events: list[ServerEvent], now: float) -> list[Outcome]:
        after = [] if self.output is None else self.output.generated(response_id)
        if any(isinstance(event, ResponseDone) and event.response.conversation_id is not None for event in events):
            self.input.answered(now, self._playback_left_ms(now))
        return [*events, *after]

    def _playback_left_ms(self, now: float) -> float:
        """How long what was made will still be heard. On a WebSocket a guess: that a client plays as it receives."""
        return max(0.0, self._played_until - now) * 1000 if self.output is None else self.output.waiting_ms
