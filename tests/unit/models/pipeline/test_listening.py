"""The ears: a voice's onset, its words, its end; turns that go on; recognisers that fail, stall and fall silent."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import pytest

from antiphon.dialogue.dialogue import Dialogue
from antiphon.dialogue.events import (
    ModelFailed,
    SpeechStarted,
    SpeechStopped,
    TurnCommitted,
    TurnDiscarded,
    UserTranscribed,
)
from antiphon.errors import ModelError
from antiphon.models.pipeline.listening import MAX_BACKLOG, PRE_ROLL_MS, Ears
from antiphon.models.realtime import ModelEvent
from antiphon.testing import ManualClock
from tests.unit.models.pipeline.parts import HandDetector, HandSTT, frame


class Bench:
    def __init__(self, *words: str | Exception) -> None:
        self.stt, self.detector, self.clock = HandSTT(*words), HandDetector(), ManualClock()
        self.told: list[ModelEvent] = []
        self.ears = Ears(self.stt, self.detector, self.told.append)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.ears.run)
            await self.clock.settle()
            yield
            await self.ears.aclose()
            tasks.cancel_scope.cancel()

    async def hear(self, *values: int) -> None:
        for value in values:
            self.ears.hear(frame(value))
        await self.clock.settle()

    async def start(self, value: int = 1) -> None:
        self.detector.started()
        await self.hear(value)

    async def stop(self, value: int = 9) -> None:
        self.detector.ended()
        await self.hear(value)

    @property
    def item(self) -> str:
        first = self.told[0]
        assert isinstance(first, SpeechStarted)
        return first.item_id

    def legal(self) -> None:
        """All that was told is legal for a dialogue."""
        dialogue = Dialogue()
        for event in self.told:
            dialogue.handle(event, 0.0)


async def test_a_turn_from_onset_to_commit() -> None:
    bench = Bench("what time is it")
    async with bench.running():
        await bench.start()
        await bench.hear(2, 3)
        await bench.stop()
    item = bench.item
    assert bench.told == [
        SpeechStarted(item),
        SpeechStopped(item, 400),
        UserTranscribed(item, "what time is it", final=True),
        TurnCommitted(item),
    ]
    assert bench.stt.calls == ["begin", "1", "2", "3", "9", "finish"]
    assert bench.stt.closed == 1
    bench.legal()


async def test_the_onset_is_told_before_anything_is_awaited() -> None:
    bench = Bench("x")
    async with bench.running():
        bench.detector.started()
        bench.ears.hear(frame())
        assert [type(event) for event in bench.told] == [SpeechStarted]


async def test_the_sound_from_before_the_onset_is_recognised_too_and_no_more_than_that() -> None:
    bench = Bench("x")
    frames = PRE_ROLL_MS // 20
    async with bench.running():
        await bench.hear(*range(100, 200))
        await bench.start(7)
    assert bench.stt.calls[0] == "begin"
    assert [int(call) for call in bench.stt.calls[1:]] == [*range(200 - frames + 1, 200), 7]


async def test_who_goes_on_speaking_while_the_words_are_sought_has_one_turn() -> None:
    bench = Bench("set a timer", "for five minutes")
    async with bench.running():
        await bench.start()
        bench.stt.gate = anyio.Event()
        await bench.stop()
        await bench.start(20)  # before the first words are known
        bench.stt.gate.set()
        await bench.clock.settle()
        assert not [event for event in bench.told if isinstance(event, TurnCommitted)]
        await bench.stop()
    item = bench.item
    assert [event for event in bench.told if isinstance(event, UserTranscribed | TurnCommitted)] == [
        UserTranscribed(item, "set a timer for five minutes", final=True), TurnCommitted(item),
    ]  # fmt: skip
    assert {event.item_id for event in bench.told if isinstance(event, SpeechStarted)} == {item}
    bench.legal()


async def test_two_turns_are_two() -> None:
    bench = Bench("one", "two")
    async with bench.running():
        for _ in range(2):
            await bench.start()
            await bench.stop()
    committed = [event.item_id for event in bench.told if isinstance(event, TurnCommitted)]
    assert len(set(committed)) == 2
    bench.legal()


async def test_without_words_it_was_no_turn() -> None:
    bench = Bench("")
    async with bench.running():
        await bench.start()
        await bench.stop()
    assert bench.told[-1] == TurnDiscarded(bench.item)
    bench.legal()


async def test_partial_words_are_told_and_hinted_while_the_voice_lasts() -> None:
    bench = Bench("hello", "world")
    async with bench.running():
        bench.stt.partial("nobody speaks")
        await bench.clock.settle()
        await bench.start()
        bench.stt.partial("hel")
        await bench.clock.settle()
        assert bench.told[-1] == UserTranscribed(bench.item, "hel", final=False)
        bench.stt.gate = anyio.Event()
        await bench.stop()
        await bench.start()
        bench.stt.gate.set()
        await bench.clock.settle()
        bench.stt.partial("wor")
        await bench.clock.settle()
        assert bench.told[-1] == UserTranscribed(bench.item, "hello wor", final=False)
        assert [hint.text for hint in bench.detector.hints] == ["hel", "wor"]


async def test_a_recogniser_that_fails_costs_one_turn_and_says_so() -> None:
    bench = Bench(ModelError("It broke."), "again")
    async with bench.running():
        await bench.start()
        await bench.stop()
        assert bench.told[-2:] == [
            ModelFailed("recognition_failed", "It broke.", fatal=False), TurnDiscarded(bench.item),
        ]  # fmt: skip
        assert bench.detector.resets == 1
        await bench.start()
        await bench.stop()
    assert isinstance(bench.told[-1], TurnCommitted)
    bench.legal()


async def test_a_recogniser_that_cannot_keep_up_is_given_up_once_and_taken_up_again() -> None:
    bench = Bench("later")
    async with bench.running():
        bench.stt.push_gate = anyio.Event()
        await bench.start()
        for _ in range(MAX_BACKLOG + 200):
            bench.ears.hear(frame(5))
        faults = [event for event in bench.told if isinstance(event, ModelFailed)]
        assert [fault.code for fault in faults] == ["recognition_too_slow"]
        assert bench.told[-1] == TurnDiscarded(bench.item)
        bench.detector.started()
        bench.ears.hear(frame(6))  # still nothing to be had: said once more, not thirty times
        assert len([event for event in bench.told if isinstance(event, ModelFailed)]) == 2
        bench.stt.push_gate.set()
        await bench.clock.settle()
        await bench.start(40)
        await bench.stop()
    assert isinstance(bench.told[-1], TurnCommitted)
    begun = [index for index, call in enumerate(bench.stt.calls) if call == "begin"]
    assert "40" in bench.stt.calls[begun[-1] :]
    bench.legal()


async def test_reset_drops_the_turn() -> None:
    bench = Bench("x")
    async with bench.running():
        bench.ears.reset()
        await bench.clock.settle()
        assert bench.told == []
        await bench.start()
        bench.ears.reset()
        await bench.clock.settle()
        assert bench.told[-1] == TurnDiscarded(bench.item)
        assert bench.stt.calls[-1] == "cancel"
    bench.legal()


async def test_reset_drops_the_turn_even_when_the_recogniser_is_behind() -> None:
    bench = Bench("x")
    async with bench.running():
        bench.stt.push_gate = anyio.Event()
        await bench.start()
        for _ in range(MAX_BACKLOG - 1):
            bench.ears.hear(frame())
        bench.ears.reset()
        assert TurnDiscarded(bench.item) in bench.told
        bench.stt.push_gate.set()
    bench.legal()


@pytest.mark.parametrize("when", ["words are sought", "sound waits"])
async def test_closed_in_the_middle_nothing_is_left_over(when: str) -> None:
    bench = Bench("x")
    async with bench.running():
        await bench.start()
        if when == "words are sought":
            bench.stt.gate = anyio.Event()
            await bench.stop()
        else:
            bench.stt.push_gate = anyio.Event()
            await bench.hear(1, 2, 3)
    assert bench.stt.closed == 1


async def test_words_of_a_turn_that_was_dropped_meanwhile_are_nobodys() -> None:
    bench = Bench("too late", "in time")
    async with bench.running():
        await bench.start()
        bench.stt.gate = anyio.Event()
        await bench.stop()
        bench.ears.reset()
        await bench.start()  # another turn
        bench.stt.gate.set()
        await bench.clock.settle()
        assert not [event for event in bench.told if isinstance(event, UserTranscribed | TurnCommitted)]
        await bench.stop()
    assert [event.text for event in bench.told if isinstance(event, UserTranscribed)] == ["in time"]
    assert sum(isinstance(event, TurnCommitted) for event in bench.told) == 1
    bench.legal()
