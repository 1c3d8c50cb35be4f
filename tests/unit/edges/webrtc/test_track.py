"""The outgoing track: packets in the order heard, on one unbroken clock."""

import asyncio

import pytest
from aiortc.mediastreams import MediaStreamError

from antiphon.edges.edge import VoiceFrame
from antiphon.edges.webrtc.track import MAX_WAITING, VoiceTrack
from antiphon.media.opus import OpusEncoder
from antiphon.media.pcm import PcmData
from antiphon.testing import ManualClock, tone

ENCODER = OpusEncoder()


def voice(item_id: str | None, starts: bool = False) -> VoiceFrame:
    return VoiceFrame(tone(400, 0.02) if item_id else PcmData.silence(960, 48_000), item_id, starts, ENCODER)


async def test_packets_leave_in_order_on_one_clock() -> None:
    began: list[tuple[str, int]] = []
    track = VoiceTrack(lambda item, pts: began.append((item, pts)))
    frames = [voice(None), voice("a", starts=True), voice("a"), voice(None), voice("b", starts=True)]
    packets = []
    for frame in frames:
        track.hear(frame)
        packets.append(await track.recv())
    assert [bytes(packet) for packet in packets] == [frame.packet.data for frame in frames]
    assert [packet.pts for packet in packets] == [0, 960, 1920, 2880, 3840]
    assert {packet.time_base for packet in packets} == {packets[0].time_base}
    assert began == [("a", 960), ("b", 3840)]


async def test_a_slow_connection_loses_the_oldest_and_no_time() -> None:
    track = VoiceTrack(lambda *_: None)
    frames = [voice(f"item_{number}") for number in range(MAX_WAITING + 5)]
    for frame in frames:
        track.hear(frame)
    packets = [await track.recv() for _ in range(MAX_WAITING)]
    assert [bytes(packet) for packet in packets] == [frame.packet.data for frame in frames[5:]]
    assert packets[0].pts == 0


async def test_it_waits_for_a_frame() -> None:
    track, clock = VoiceTrack(lambda *_: None), ManualClock()
    async with asyncio.TaskGroup() as tasks:
        waiting = tasks.create_task(track.recv())
        await clock.settle()
        assert not waiting.done()
        track.hear(voice(None))
    assert waiting.result().pts == 0


async def test_stopped_it_ends_even_for_one_who_waits() -> None:
    track, clock = VoiceTrack(lambda *_: None), ManualClock()

    async def take() -> None:
        with pytest.raises(MediaStreamError):
            await track.recv()

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(take())
        await clock.settle()
        track.stop()
