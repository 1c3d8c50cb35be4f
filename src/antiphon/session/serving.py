"""One device in a session, from its arrival to its going: its voice into the room, its messages into the inbox.

Owns what each message means to a session, and how much one device may say. A device's failure ends that device alone.
"""

import logging
from typing import Protocol, assert_never
from uuid import uuid4

import anyio

from antiphon.dialogue.events import (
    Event,
    InterruptPressed,
    ParticipantJoined,
    ParticipantLeft,
    PlaybackReported,
    TextTyped,
    ToolCancelRequested,
)
from antiphon.edges.edge import Participant
from antiphon.session.room import Room
from antiphon.wire import browser

log = logging.getLogger(__name__)

MESSAGES_PER_SECOND = 50.0
MESSAGE_BURST = 100.0


class Host(Protocol):
    """What serving a device needs of its session."""

    @property
    def room(self) -> Room: ...
    def post(self, event: Event) -> None: ...
    def now(self) -> float: ...
    def welcome(self, participant: Participant) -> None: ...


class Allowance:
    """A token bucket. Pure: ``now`` in seconds."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._left, self._at = burst, 0.0

    def take(self, now: float) -> bool:
        self._left = min(self._burst, self._left + max(0.0, now - self._at) * self._rate)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


async def serve(host: Host, participant: Participant) -> str:
    """Returns when the device is gone, with the reason: ``left`` when it said so, else ``lost``."""
    reason = "lost"
    try:
        async with participant, anyio.create_task_group() as tasks:

            async def carry() -> None:
                await participant.run()
                tasks.cancel_scope.cancel()

            tasks.start_soon(carry)
            await participant.ready()
            host.room.add(participant)
            host.welcome(participant)
            host.post(ParticipantJoined(participant.id, participant.name))
            tasks.start_soon(host.room.listen, participant)
            if await _take_messages(host, participant):
                reason = "left"
                tasks.cancel_scope.cancel()
            await anyio.sleep_forever()
    except Exception:
        # The boundary of one device: what goes wrong with it must not reach the others.
        log.exception("a device failed", extra={"participant": participant.id})
    finally:
        host.room.remove(participant)
        host.room.send(host.room.who())
        host.post(ParticipantLeft(participant.id, reason))
    return reason


async def _take_messages(host: Host, participant: Participant) -> bool:
    """True when the device said that it leaves."""
    allowance = Allowance(MESSAGES_PER_SECOND, MESSAGE_BURST)
    told = False
    async for message in participant.messages():
        if not allowance.take(host.now()):
            if not told:
                text = "Too many messages; some were dropped."
                participant.send(browser.Error(code="too_many_messages", message=text))
            told = True
            continue
        told = False
        if isinstance(message, browser.Control) and message.action == "leave":
            return True
        _take(host, participant, message)
    return False


def _take(host: Host, participant: Participant, message: browser.Incoming) -> None:
    match message:
        case browser.Control(action="interrupt"):
            host.post(InterruptPressed(participant.id))
        case browser.Control():
            participant.muted = message.action == "mute"
            host.room.send(host.room.who())
        case browser.Text():
            text = message.text.strip()
            if text:
                host.post(TextTyped(new_item_id(), participant.id, text))
        case browser.Playback():
            host.post(PlaybackReported(participant.id, message.item_id, message.played_ms, message.final))
        case browser.ToolCancel():
            host.post(ToolCancelRequested(message.call_id))
        case browser.AudioChunk() | browser.Image() | browser.Resume():
            text = f"This connection does not take {message.type} messages."
            participant.send(browser.Error(code="not_supported", message=text))
        case _:
            assert_never(message)


def new_item_id() -> str:
    return f"item_{uuid4().hex[:20]}"
