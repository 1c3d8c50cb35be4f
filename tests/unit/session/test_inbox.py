"""The inbox: order, rounds, the timer, what is written before it is shown, and its end."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import pytest

from antiphon.dialogue.dialogue import Dialogue
from antiphon.dialogue.effects import Effect, ShowEntry, ShowState
from antiphon.dialogue.events import (
    AgentItemStarted,
    AgentText,
    DeadlinePassed,
    Event,
    ParticipantJoined,
    PlaybackStarted,
    ReminderSet,
    ResponseStarted,
    SessionClosed,
    SessionOpened,
    SpeechStarted,
    TextTyped,
    TurnCommitted,
)
from antiphon.session.inbox import Inbox, Logged
from antiphon.testing import ManualClock

EPOCH = 1000.0


class Bench:
    """An inbox with everything it does written down in one list."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.done: list[str] = []
        self.log: list[Logged] = []
        self.rounds: list[int] = []
        self.block_perform: anyio.Event | None = None
        self.block_record: anyio.Event | None = None
        self.dialogue = Dialogue()
        self.inbox = Inbox(self.dialogue, self.clock, EPOCH, self._perform, self._record)

    async def _perform(self, effect: Effect) -> None:
        if self.block_perform is not None and not isinstance(effect, ShowEntry | ShowState):
            await self.block_perform.wait()
        self.done.append(type(effect).__name__)

    async def _record(self, happened: list[Logged], shows: list[Effect]) -> None:
        if self.block_record is not None:
            await self.block_record.wait()
        self.log += happened
        self.rounds.append(len(happened))
        self.done.append(f"wrote {len(happened)}")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        try:
            async with anyio.create_task_group() as tasks:
                for part in (self.inbox.run, self.inbox.keep_log, self.inbox.keep_time):
                    tasks.start_soon(part)
                await self.clock.settle()
                yield
                tasks.cancel_scope.cancel()
        finally:
            with anyio.CancelScope(shield=True):
                await self.inbox.close(SessionClosed("s", "ended"))

    def events(self) -> list[Event]:
        return [event for _, event in self.log]


def typed(number: int) -> TextTyped:
    return TextTyped(f"item_{number}", "p", f"text {number}")


async def test_events_are_handled_and_logged_in_the_order_they_happened() -> None:
    bench = Bench()
    async with bench.running():
        for number in range(50):
            bench.inbox.post(typed(number))
        await bench.clock.settle()
    assert bench.events() == [*(typed(number) for number in range(50)), SessionClosed("s", "ended")]


async def test_what_cannot_wait_is_done_first_then_written_then_shown() -> None:
    bench = Bench()
    async with bench.running():
        bench.inbox.post(typed(1))
        await bench.clock.settle()
        assert bench.done == ["AddItem", "CreateResponse", "wrote 1", "ShowEntry", "ShowState"]


async def test_an_interruption_is_silent_before_the_model_is_told() -> None:
    bench = Bench()
    async with bench.running():
        for event in (
            TextTyped("item_1", "part_a", "tell me a story"),
            ResponseStarted("resp_1"),
            AgentItemStarted("resp_1", "item_2"),
            AgentText("resp_1", "item_2", "Once upon a time"),
            PlaybackStarted("item_2"),
        ):
            bench.inbox.post(event)
        await bench.clock.settle()
        bench.done.clear()
        bench.inbox.post(SpeechStarted("item_3"))
        await bench.clock.settle()
    assert bench.done[:2] == ["FlushPlayout", "CancelResponse"]


async def test_an_event_has_the_time_at_which_it_happened_not_at_which_it_was_handled() -> None:
    bench = Bench()
    async with bench.running():
        bench.block_perform = anyio.Event()
        bench.inbox.post(typed(1))
        await bench.clock.settle()
        await bench.clock.advance(1)
        bench.inbox.post(ParticipantJoined("p", "Grace"))
        await bench.clock.advance(1)
        bench.block_perform.set()
        await bench.clock.settle()
    assert [(at - EPOCH) for at, _ in bench.log][:2] == [0.0, 1.0]


async def test_an_impossible_event_is_dropped_and_the_others_are_not(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench()
    async with bench.running():
        for event in (typed(1), typed(1), TurnCommitted("item_1"), typed(2)):
            bench.inbox.post(event)
        await bench.clock.settle()
        assert bench.events() == [typed(1), typed(2)]
    assert [record.message.split(":")[0] for record in caplog.records] == ["impossible event dropped"] * 2


async def test_deadlines_pass_at_their_moment_the_soonest_first() -> None:
    bench = Bench()
    async with bench.running():
        bench.inbox.post(ReminderSet("late", EPOCH + 300, "late"))
        await bench.clock.advance(10)
        bench.inbox.post(ReminderSet("soon", EPOCH + 100, "soon"))  # earlier than what is armed
        await bench.clock.advance(89.9)
        assert not [event for event in bench.events() if isinstance(event, DeadlinePassed)]
        await bench.clock.advance(0.1)
        assert bench.log[-1] == (EPOCH + 100, DeadlinePassed("reminder soon"))


async def test_a_deadline_that_moved_away_is_met_where_it_is_now() -> None:
    """Waking at the old moment does nothing."""
    bench = Bench()
    async with bench.running():
        bench.inbox.post(typed(1))  # an answer is waited for: 15 s
        await bench.clock.advance(10)
        bench.inbox.post(typed(2))  # cancelled (3 s), then asked anew
        await bench.clock.advance(12.9)
        reasons = [(at - EPOCH, event.reason) for at, event in bench.log if isinstance(event, DeadlinePassed)]
        assert reasons == [(13.0, "cancel")]
        await bench.clock.advance(15)
        reasons = [(at - EPOCH, event.reason) for at, event in bench.log if isinstance(event, DeadlinePassed)]
        assert reasons[:2] == [(13.0, "cancel"), (28.0, "start")]


async def test_while_a_round_is_written_the_next_are_decided_and_then_written_together() -> None:
    bench = Bench()
    async with bench.running():
        bench.block_record = anyio.Event()
        for number in range(3):
            bench.inbox.post(typed(number))
            await bench.clock.settle()
        assert bench.done.count("CreateResponse") == 1
        assert bench.done.count("AddItem") == 3
        assert "ShowEntry" not in bench.done
        bench.block_record.set()
        await bench.clock.settle()
        assert bench.rounds == [1, 2]
        assert bench.done.count("ShowEntry") == 3


async def test_what_is_posted_before_the_end_is_in_the_log_and_after_it_is_not() -> None:
    bench = Bench()
    async with bench.running():
        await bench.clock.settle()
        for number in range(3):
            bench.inbox.post(typed(number))
    bench.inbox.post(typed(99))
    assert bench.events() == [typed(0), typed(1), typed(2), SessionClosed("s", "ended")]


@pytest.mark.parametrize("stuck", ["perform", "record"])
async def test_cancelled_in_the_middle_of_a_round_nothing_is_lost_or_written_twice(stuck: str) -> None:
    bench = Bench()
    async with anyio.create_task_group() as release, bench.running():
        gate = anyio.Event()
        if stuck == "perform":
            bench.block_perform = gate
        else:
            bench.block_record = gate
        bench.inbox.post(typed(1))
        bench.inbox.post(typed(2))
        await bench.clock.settle()

        async def open_gate() -> None:
            await bench.clock.settle()
            bench.block_perform = bench.block_record = None
            gate.set()

        release.start_soon(open_gate)
    assert bench.events() == [typed(1), typed(2), SessionClosed("s", "ended")]


async def test_the_first_round_is_written_when_it_returns() -> None:
    bench = Bench()
    await bench.inbox.open(SessionOpened("s", "Ada"))
    assert bench.events() == [SessionOpened("s", "Ada")]
    await bench.inbox.close(SessionClosed("s", "ended"))


async def test_time_goes_on_where_the_log_ended() -> None:
    bench = Bench()
    bench.inbox.not_before(EPOCH + 500)
    assert bench.inbox.now() == EPOCH + 500
    bench.inbox.not_before(EPOCH)
    await bench.clock.advance(1)
    assert bench.inbox.now() == EPOCH + 501
    await bench.inbox.close(SessionClosed("s", "ended"))
