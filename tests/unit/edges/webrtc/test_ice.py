"""ICE as configured."""

import pytest

from antiphon.edges.webrtc.ice import IceServer, announce, configuration

SDP = "\r\n".join(
    [
        "v=0",
        "m=audio 40001 UDP/TLS/RTP/SAVPF 96",
        "c=IN IP4 192.168.1.5",
        "a=candidate:aaa 1 udp 2130706431 192.168.1.5 40001 typ host",
        "a=candidate:bbb 1 udp 2130706175 fd00::5 40002 typ host generation 0",
        "a=candidate:ccc 1 udp 1694498815 203.0.113.9 50001 typ srflx raddr 192.168.1.5 rport 40001",
        "a=candidate:ddd 1 tcp 2105458943 192.168.1.5 9 typ host tcptype active",
        "",
    ]
)


def test_without_public_addresses_nothing_is_changed() -> None:
    assert announce(SDP, ()) == SDP


@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_each_host_candidate_is_offered_at_the_public_addresses_too(ending: str) -> None:
    sdp = SDP.replace("\r\n", ending)
    widened = announce(sdp, ("198.51.100.7",))
    lines = widened.split(ending)
    assert "a=candidate:aaa 1 udp 2130706431 198.51.100.7 40001 typ host" in lines
    assert "a=candidate:bbb 1 udp 2130706175 198.51.100.7 40002 typ host generation 0" in lines
    assert [line for line in lines if "198.51.100.7" not in line] == sdp.split(ending)
    assert len([line for line in lines if "198.51.100.7" in line]) == 2
    assert "\r" not in widened.replace("\r\n", "")


def test_two_public_addresses_are_two_more_candidates() -> None:
    widened = announce(SDP, ("198.51.100.7", "2001:db8::7"))
    assert widened.count("198.51.100.7") == widened.count("2001:db8::7") == 2


def test_no_server_is_asked_that_was_not_named() -> None:
    assert configuration(()).iceServers == []


def test_servers_are_handed_on() -> None:
    turn = IceServer(("turn:turn.example.org:3478?transport=udp",), "user", "secret")
    (server,) = configuration((turn,)).iceServers or []
    assert (server.urls, server.username, server.credential) == (list(turn.urls), "user", "secret")
