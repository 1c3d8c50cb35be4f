"""ICE as configured: the servers each side uses, and addresses that NAT hides."""

import re
from dataclasses import dataclass

from aiortc import RTCConfiguration, RTCIceServer

_HOST = re.compile(
    r"^a=candidate:(?P<head>\S+ \d udp \d+) (?P<address>\S+) (?P<port>\d+) typ host(?P<rest>.*)$", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class IceServer:
    """A STUN or TURN server. ``urls`` like ``turn:turn.example.org:3478?transport=udp`` (RFC 7064, RFC 7065)."""

    urls: tuple[str, ...]
    username: str | None = None
    credential: str | None = None


def configuration(servers: tuple[IceServer, ...]) -> RTCConfiguration:
    """Never without one: aiortc alone would ask a public STUN server."""
    return RTCConfiguration(
        iceServers=[RTCIceServer(list(one.urls), username=one.username, credential=one.credential) for one in servers]
    )


def announce(sdp: str, public_addresses: tuple[str, ...]) -> str:
    """The same SDP with each host candidate offered at the public addresses too, on the same port (1:1 NAT)."""
    if not public_addresses:
        return sdp
    ending = "\r\n" if "\r\n" in sdp else "\n"

    def widen(match: re.Match[str]) -> str:
        line = match.group(0).rstrip("\r")
        more = [line.replace(f" {match['address']} ", f" {address} ", 1) for address in public_addresses]
        return ending.join([*more, line]) + ("\r" if match.group(0).endswith("\r") else "")

    return _HOST.sub(widen, sdp)
