import asyncio

import pytest

from antiphon.errors import MediaError
from antiphon.media.opus import FRAME, OpusDecoder, OpusEncoder, OpusPacket
from antiphon.media.pcm import PcmData
from antiphon.media.source import PacketSource, SampleSource
from tests.unit.media.sounds import joined, ramp, strongest, tone


class CountingDecoder(OpusDecoder):
    """Counts what it decodes."""

    count = 0

    def decode(self, packet: OpusPacket, *, participant: str | None = None) -> PcmData:
        CountingDecoder.count += 1
        return super().decode(packet, participant=participant)


@pytest.fixture
def packets() -> list[OpusPacket]:
    encoder = OpusEncoder()
    CountingDecoder.count = 0
    return [encoder.encode(frame) for frame in tone(440, 48_000, 0.2).chunks(FRAME)]


async def test_packets_pass_through_and_are_never_decoded(packets: list[OpusPacket]) -> None:
    source = PacketSource("ada", decoder=CountingDecoder)
    async with source.packets() as listener:
        for packet in packets:
            source.push(packet)
        await source.aclose()
        assert [p async for p in listener] == packets
    assert CountingDecoder.count == 0


async def test_samples_are_decoded_once_for_all_who_listen(packets: list[OpusPacket]) -> None:
    source = PacketSource("ada", 1000, decoder=CountingDecoder)
    wide, narrow, also = source.samples(48_000), source.samples(16_000), source.samples(24_000)
    for packet in packets:
        source.push(packet)
    await source.aclose()
    heard = {listener: joined([p async for p in listener]) for listener in (wide, narrow, also)}
    assert CountingDecoder.count == len(packets)
    assert [pcm.sample_rate for pcm in heard.values()] == [48_000, 16_000, 24_000]
    assert [pcm.sample_count for pcm in heard.values()] == [9600, 3200, 4800]
    assert {pcm.participant for pcm in heard.values()} == {"ada"}
    assert strongest(heard[narrow]) == pytest.approx(440, abs=10)


async def test_decoding_ends_with_the_last_who_wants_samples(packets: list[OpusPacket]) -> None:
    source = PacketSource("ada", decoder=CountingDecoder)
    async with source.samples(48_000):
        source.push(packets[0])
    source.push(packets[1])
    assert CountingDecoder.count == 1


async def test_a_bad_packet_reaches_packet_listeners_and_is_told(packets: list[OpusPacket]) -> None:
    source = PacketSource("ada")
    through, heard = source.packets(), source.samples(48_000)
    bad = OpusPacket(b"\x03\x00", 0, duration=960)
    with pytest.raises(MediaError):
        source.push(bad)
    source.push(packets[0])
    assert [await anext(through), await anext(through)] == [bad, packets[0]]
    assert (await anext(heard)).sample_count == FRAME


async def test_a_slow_listener_has_the_newest_and_disturbs_nobody() -> None:
    source = SampleSource("ada", limit_ms=60)
    slow, quick = source.samples(24_000), source.samples(24_000)
    for i in range(10):
        source.push(ramp(480, first=480 * i))
        assert await anext(quick) == ramp(480, first=480 * i)
    await source.aclose()
    assert [p async for p in slow] == [ramp(480, first=480 * i) for i in (7, 8, 9)]
    assert (slow.dropped_ms, quick.dropped_ms) == (140, 0)


async def test_sound_that_comes_as_samples_has_no_packets() -> None:
    source = SampleSource("ada")
    assert source.packets() is None
    listener = source.samples(16_000)
    for chunk in tone(440, 48_000, 0.1).resample(48_000, 2).chunks(960):
        source.push(chunk)
    await source.aclose()
    heard = joined([p async for p in listener])
    assert (heard.sample_rate, heard.channels, heard.sample_count) == (16_000, 1, 1600)


async def test_a_listener_waits_and_ends_with_its_source() -> None:
    source = SampleSource("ada")
    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(anext(source.samples(24_000), None))
        await asyncio.sleep(0)
        assert not waiting.done()
        await source.aclose()
    assert waiting.result() is None
    await source.aclose()
    source.push(ramp(10))
    assert [p async for p in source.samples(24_000)] == []
    ended = PacketSource("ada")
    await ended.aclose()
    assert [p async for p in ended.packets()] == []


async def test_a_listener_that_left_is_given_nothing_more() -> None:
    source = SampleSource("ada")
    listener = source.samples(24_000)
    source.push(ramp(480))
    await listener.aclose()
    await listener.aclose()
    source.push(ramp(480))
    assert [p async for p in listener] == []
