"""Rules for what the model does: answer, speak, fail. What belongs to no open response changes nothing."""

from antiphon.dialogue.effects import CancelResponse, EndPlayout, FlushPlayout, ShowError
from antiphon.dialogue.events import (
    AgentItemStarted,
    AgentSpeechEnded,
    AgentText,
    ModelFailed,
    ResponseEnded,
    ResponseStarted,
    SpeechMarked,
)
from antiphon.dialogue.items import AgentItem
from antiphon.dialogue.playback import Spoken
from antiphon.dialogue.state import Response, State, Want
from antiphon.dialogue.turns import Person
from antiphon.errors import IllegalTransition


def response_started(d: State, event: ResponseStarted, now: float) -> None:
    stale = event.response_id in d.over
    if d.response is None and d.rules.creates_responses and d.turns.person is Person.SILENT and not stale:
        d.begin(Response(event.response_id, Want("reply"), now))
    response = d.response
    if response is not None and response.id in ("", event.response_id) and not stale:
        response.id, response.started, response.touched_at = event.response_id, True, now
        if not response.cancelled:
            return
    d.out.append(CancelResponse(event.response_id))


def live(d: State, response_id: str) -> bool:
    """Does this belong to the response that may speak now?"""
    response = d.response
    return response is not None and not response.cancelled and response.id == response_id


def agent_item_started(d: State, event: AgentItemStarted, now: float) -> None:
    if not live(d, event.response_id):
        d.out.append(FlushPlayout(event.item_id))  # its sound may have come before it was refused
        return
    if d.taken(event.item_id):
        raise IllegalTransition(f"The item {event.item_id} was begun twice.")
    touch(d, now)
    d.ledger.items[event.item_id] = Spoken(event.item_id, event.response_id, now, moved_at=now)


def touch(d: State, now: float) -> None:
    """A sign of life of the open response."""
    if d.response is not None:
        d.response.touched_at = now


def _spoken(d: State, response_id: str, item_id: str, now: float) -> Spoken | None:
    item = d.ledger.items.get(item_id)
    if item is None or item.interrupted or not live(d, response_id):
        return None
    touch(d, now)
    return item


def agent_text(d: State, event: AgentText, now: float) -> None:
    item = _spoken(d, event.response_id, event.item_id, now)
    if item is None:
        return
    d.latency.mark("first_token", now)
    item.text += event.text
    d.transcript.put(AgentItem(item.item_id, item.text))
    d.show_agent(item, final=False)


def speech_marked(d: State, event: SpeechMarked, now: float) -> None:
    item = _spoken(d, event.response_id, event.item_id, now)
    if item is not None:
        d.ledger.mark(item, event.chars, event.audio_ms)


def agent_speech_ended(d: State, event: AgentSpeechEnded, now: float) -> None:
    item = _spoken(d, event.response_id, event.item_id, now)
    if item is None or item.audio_ms is not None:
        return
    item.audio_ms, item.moved_at = event.audio_ms, now
    if event.audio_ms > 0:
        d.out.append(EndPlayout(item.item_id))
        return
    if d.response is not None:
        d.response.heard = True
    d.ledger.ended(item, 0)
    d.close(item)


def response_ended(d: State, event: ResponseEnded, now: float) -> None:
    response = d.response
    if response is None or response.id != event.response_id:
        return
    d.end_response()
    if response.cancelled:
        return
    if event.status == "cancelled":
        d.interrupt(now)
        if d.unheard is not None:
            d.out.append(ShowError("response_cancelled", "The model stopped before it had answered.", fatal=False))
        return
    for item in d.ledger.open_items():
        if item.response_id == response.id and item.audio_ms is None:
            d.out.append(EndPlayout(item.item_id))
            item.moved_at, item.cut = now, event.status != "completed"
    if event.status == "failed":
        fail_response(d, response, event.message or "The model failed.")


def fail_response(d: State, response: Response, message: str) -> None:
    """Say so on the screen, and aloud where an answer was owed and words can be spoken without the model."""
    d.out.append(ShowError("response_failed", message, fatal=False))
    if d.rules.apology is not None and response.want.kind == "reply":
        d.want(Want("say", d.rules.apology))


def model_failed(d: State, event: ModelFailed, now: float) -> None:
    d.out.append(ShowError(event.code, event.message, event.fatal))
    if event.fatal:
        d.give_up(now)
