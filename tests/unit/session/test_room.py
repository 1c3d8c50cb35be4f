"""The room: who is here, what they say together, what they all hear."""

import anyio
import pytest

from antiphon.media.pcm import PcmData
from antiphon.session.playout import Playout
from antiphon.session.room import Room
from antiphon.testing import FakeParticipant, ManualClock, is_silent, tone
from antiphon.wire import browser


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def level(pcm: PcmData, hz: float) -> float:
    """How much of a tone is in it, full scale 1."""
    import numpy as np

    at = np.arange(pcm.sample_count) / pcm.sample_rate
    return float(2 * abs(np.mean(pcm.samples / 32768 * np.exp(-2j * np.pi * hz * at))))


async def test_two_talkers_are_mixed_each_at_full_strength(clock: ManualClock) -> None:
    room = Room(16_000)
    async with (
        FakeParticipant(clock) as one,
        FakeParticipant(clock) as other,
        anyio.create_task_group() as tasks,
    ):
        for device in (one, other):
            room.add(device)
            tasks.start_soon(room.listen, device)
        await clock.settle()
        heard = []
        for mine, theirs in zip(tone(500, 0.6).chunks(960), tone(1500, 0.6, level=0.2).chunks(960), strict=True):
            one.say(mine)
            other.say(theirs)
            await clock.settle()
            heard.append(room.tick())
        mix = PcmData.concat(heard).tail(0.4)
        assert (mix.sample_rate, len(heard[0].samples)) == (16_000, 320)
        assert level(mix, 500) == pytest.approx(0.3, abs=0.02)
        assert level(mix, 1500) == pytest.approx(0.2, abs=0.02)
        tasks.cancel_scope.cancel()


async def test_a_muted_device_is_not_in_the_mix(clock: ManualClock) -> None:
    room = Room(16_000)
    async with FakeParticipant(clock) as device, anyio.create_task_group() as tasks:
        room.add(device)
        tasks.start_soon(room.listen, device)
        await clock.settle()
        device.muted = True
        for frame in tone(500, 0.2).chunks(960):
            device.say(frame)
            await clock.settle()
            assert is_silent(room.tick())
        device.muted = False
        heard = []
        for frame in tone(500, 0.2).chunks(960):
            device.say(frame)
            await clock.settle()
            heard.append(room.tick())
        assert not is_silent(PcmData.concat(heard))
        tasks.cancel_scope.cancel()


async def test_who_leaves_is_not_heard_and_hears_no_more(clock: ManualClock) -> None:
    room = Room(16_000)
    async with FakeParticipant(clock, "A") as one, FakeParticipant(clock, "B") as other:
        room.add(one)
        room.add(other)
        assert [person.name for person in room.who().data] == ["A", "B"]
        room.remove(one)
        room.remove(one)  # safe
        assert (len(room), list(room)) == (1, [other])
        frame = Playout(lambda _: None).next_frame()
        room.hear(frame)
        room.send(browser.AgentStateChanged(state="listening"))
        assert (len(one.heard), one.sent) == (0, [])
        assert other.heard[0].frame is frame
        assert other.sent == [browser.AgentStateChanged(state="listening")]


def test_an_empty_room_is_silent() -> None:
    assert is_silent(Room(24_000).tick())
