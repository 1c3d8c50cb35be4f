"""The private parts of aiortc and aioice that we use: here, and doing what we think they do."""

import itertools

import aioice.ice
import pytest

from antiphon.edges.webrtc.ice import configuration
from antiphon.edges.webrtc.internals import received_origin, rtp_timestamp, use_host_addresses
from antiphon.edges.webrtc.peer import WebRtcPeer
from antiphon.session.playout import Playout
from antiphon.testing import tone
from tests.unit.edges.webrtc.far_end import FarEnd, Sniffer, connected, loopback

__all__ = ["loopback"]


async def test_the_timestamp_sent_is_the_one_received() -> None:
    peer, far = WebRtcPeer("Guest", configuration(())), FarEnd()
    sniffer = Sniffer(far)
    async with connected(peer, far):
        sender = peer._sender
        assert rtp_timestamp(sender) is None
        playout = Playout(lambda _: None)
        sent = []
        for _ in range(5):
            peer.hear(playout.next_frame())
            await sniffer.until(len(sent) + 1)
            sent.append(rtp_timestamp(sender))
        assert sent == [stamp for stamp, _ in sniffer.packets]
        assert [(after - before) % 2**32 for before, after in itertools.pairwise(sent)] == [960] * 4
        for _ in range(10):  # what fills the jitter buffer
            peer.hear(playout.next_frame())
        await far.hear(1)
        assert received_origin(far.connection.getReceivers()[0]) == sniffer.packets[0][0]


async def test_an_item_is_announced_with_the_timestamp_of_its_first_packet() -> None:
    peer, far = WebRtcPeer("Guest", configuration(())), FarEnd()
    sniffer = Sniffer(far)
    async with connected(peer, far):
        playout = Playout(lambda _: None)
        for number in range(12):
            if number == 6:
                playout.write("r", "item_a", tone(500, 0.2))
            peer.hear(playout.next_frame())
            await sniffer.until(number + 1)
        (message,) = await far.got(1)
    first_voiced = next(stamp for stamp, size in sniffer.packets if size > 10)
    assert f'"rtp_timestamp":{first_voiced}' in message
    assert '"item_id":"item_a"' in message


@pytest.mark.parametrize(
    ("addresses", "ipv4", "ipv6", "found"),
    [
        (("127.0.0.1",), True, True, ["127.0.0.1"]),
        (("10.0.0.1", "fd00::1"), True, False, ["10.0.0.1"]),
        (("10.0.0.1", "fd00::1"), False, True, ["fd00::1"]),
        ((), True, True, []),
    ],
)
def test_ice_gathers_from_the_addresses_given(
    addresses: tuple[str, ...], ipv4: bool, ipv6: bool, found: list[str]
) -> None:
    use_host_addresses(addresses)
    assert aioice.ice.get_host_addresses(ipv4, ipv6) == found


def test_left_alone_ice_gathers_from_loopback_too() -> None:
    use_host_addresses(None)
    assert "127.0.0.1" in aioice.ice.get_host_addresses(True, False)
    assert "127.0.0.1" not in aioice.ice.get_host_addresses(False, True)


async def test_a_voice_packet_is_held_until_the_next_one_only() -> None:
    """What ``hold_less`` relies on: with a prefetch of one a frame is given out when its successor comes, in order."""
    from aiortc.jitterbuffer import JitterBuffer
    from aiortc.rtp import RtpPacket

    peer, far = WebRtcPeer("Guest", configuration(())), FarEnd()
    async with connected(peer, far):
        receiver = peer._connection.getTransceivers()[0].receiver
        buffer = receiver._RTCRtpReceiver__jitter_buffer  # type: ignore[attr-defined]
        assert isinstance(buffer, JitterBuffer)
        assert buffer._prefetch == 1

    def packet(number: int) -> RtpPacket:
        one = RtpPacket(sequence_number=number, timestamp=number * 960)
        one._data = bytes([number])
        return one

    buffer = JitterBuffer(capacity=16, prefetch=1)
    given = [buffer.add(packet(number))[1] for number in (0, 1, 3, 2, 4)]
    assert [frame and frame.data for frame in given] == [None, b"\x00", None, b"\x01", b"\x02"]
