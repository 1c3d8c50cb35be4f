"""The private parts of aiortc and aioice that this edge needs, and nothing else of theirs is touched anywhere.

aiortc is pinned to a minor version; ``tests/unit/edges/webrtc/test_internals.py`` fails loudly when these parts change.
"""

import aioice.ice
from aiortc import RTCRtpReceiver, RTCRtpSender

_all_but_loopback = aioice.ice.get_host_addresses


def rtp_timestamp(sender: RTCRtpSender) -> int | None:
    """The RTP timestamp of the last packet sent (RFC 3550 section 5.1), None before the first one.

    aiortc draws the stream's random origin in a local variable and keeps only this.
    """
    stamp: int = sender._RTCRtpSender__rtp_timestamp  # type: ignore[attr-defined]  # noqa: SLF001
    count: int = sender._RTCRtpSender__packet_count  # type: ignore[attr-defined]  # noqa: SLF001
    return stamp if count else None


def received_origin(receiver: RTCRtpReceiver) -> int | None:
    """The RTP timestamp of the first packet received: aiortc counts the ``pts`` of frames from it. None before it."""
    origin: int | None = receiver._RTCRtpReceiver__timestamp_mapper._origin  # type: ignore[attr-defined]  # noqa: SLF001
    return origin


def hold_less(receiver: RTCRtpReceiver) -> None:
    """Give a voice packet out as soon as the next one is there, instead of holding four (80 ms) back.

    Order is kept all the same: aiortc's jitter buffer gives nothing out across a gap until it is filled or given up.
    """
    receiver._RTCRtpReceiver__jitter_buffer._prefetch = 1  # type: ignore[attr-defined]  # noqa: SLF001


def use_host_addresses(addresses: tuple[str, ...] | None) -> None:
    """Which local addresses ICE gathers from, for the whole process. None: all there are, loopback among them, which
    aioice alone leaves out although it may be all that a browser on this machine can reach."""

    def gather(use_ipv4: bool, use_ipv6: bool) -> list[str]:
        if addresses is not None:
            return [one for one in addresses if (use_ipv6 if ":" in one else use_ipv4)]
        found: list[str] = _all_but_loopback(use_ipv4, use_ipv6)
        return [*found, "127.0.0.1"] if use_ipv4 else found

    aioice.ice.get_host_addresses = gather
