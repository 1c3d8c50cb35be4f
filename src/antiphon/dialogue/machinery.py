"""Rules for our own machinery: playout's word on what was sent, and deadlines that pass."""

from antiphon.dialogue.effects import ShowError
from antiphon.dialogue.events import (
    DeadlinePassed,
    PlaybackEnded,
    PlaybackFlushed,
    PlaybackReported,
    PlaybackStarted,
    TurnDiscarded,
)
from antiphon.dialogue.model import fail_response
from antiphon.dialogue.people import turn_discarded
from antiphon.dialogue.playback import SETTLE_S, Phase
from antiphon.dialogue.state import State, Want
from antiphon.dialogue.turns import AgentMove, Person


def playback_started(d: State, event: PlaybackStarted, now: float) -> None:
    item = d.ledger.items.get(event.item_id)
    if item is None or item.phase is not Phase.QUEUED:
        return
    d.move_agent(AgentMove.SOUND)
    item.phase, item.moved_at = Phase.PLAYING, now
    if d.asked is not None and d.asked.id == item.response_id:
        d.asked.heard = True
    latency = d.latency.finish(now)
    if latency is not None:
        d.out.append(latency)


def playback_reported(d: State, event: PlaybackReported, now: float) -> None:
    item = d.ledger.report(event.item_id, event.participant_id, event.played_ms, event.final)
    if item is not None:
        d.settle(item)


def playback_flushed(d: State, event: PlaybackFlushed, now: float) -> None:
    item = d.ledger.flushed(event.item_id, event.sent_ms)
    if item is not None:
        d.settle(item)


def playback_ended(d: State, event: PlaybackEnded, now: float) -> None:
    item = d.ledger.items.get(event.item_id)
    if item is None:
        return
    if item.phase is Phase.FLUSHING:  # it had ended before it was silenced: the flush finds nothing left
        playback_flushed(d, PlaybackFlushed(item.item_id, event.played_ms), now)
        return
    d.ledger.ended(item, event.played_ms)
    d.close(item)
    for following in d.ledger.open_items():
        following.moved_at = max(following.moved_at, now)


def deadlines(d: State) -> list[tuple[float, str]]:
    """Every moment that is being waited for, with its reason."""
    rules, waits = d.rules, [(due, f"reminder {key}") for key, (due, _) in d.reminders.items()]
    if d.turns.person is Person.PAUSED and d.turn is not None:
        waits.append((d.turn.stopped_at + rules.turn_s, "turn"))
    response = d.response
    if response is not None:
        limit, reason = rules.progress_s, "progress"
        if response.cancelled:
            limit, reason = rules.cancel_s, "cancel"
        elif not response.started:
            limit, reason = rules.start_s, "start"
        waits.append((response.touched_at + limit, reason))
    waits += [(item.moved_at + SETTLE_S, "settle") for item in d.ledger.flushing()]
    if (response is None or response.cancelled) and (playing := d.ledger.open_items()):
        first = playing[0]
        waits.append((first.moved_at + first.length_ms() / 1000 + rules.playback_s, "playback"))
    return waits


def deadline_passed(d: State, event: DeadlinePassed, now: float) -> None:
    """Do what the deadline is for, if it is due; one that has been overtaken changes nothing."""
    if not any(reason == event.reason and at <= now for at, reason in deadlines(d)):
        return
    kind, _, reminder_id = event.reason.partition(" ")
    if kind == "reminder":
        d.want(Want("say", d.reminders.pop(reminder_id)[1], reminder_id))
    elif kind == "turn" and d.turn is not None:
        d.out.append(ShowError("turn_lost", "The model did not take up what was said.", fatal=False))
        turn_discarded(d, TurnDiscarded(d.turn.item_id), now)
    elif kind == "cancel":
        d.end_response()
    elif kind in ("start", "progress") and d.response is not None:
        response = d.response
        d.interrupt(now)
        d.unheard = None
        fail_response(d, response, "The model did not answer in time.")
    elif kind == "settle":
        for item in d.ledger.flushing():
            if item.moved_at + SETTLE_S <= now:
                d.settle(item)
    elif kind == "playback":
        d.out.append(ShowError("playback_stalled", "The sound of the answer got stuck.", fatal=False))
        for item in d.ledger.open_items():
            d.flush(item, now)
