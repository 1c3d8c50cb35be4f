"""One device on a real peer connection on loopback: sound both ways, messages, bad offers, every kind of end."""

import asyncio
import json
import re

import pytest
from aiortc import RTCRtpSender
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from antiphon.edges.webrtc.ice import configuration
from antiphon.edges.webrtc.peer import WebRtcPeer
from antiphon.errors import ProtocolError
from antiphon.media.pcm import PcmData
from antiphon.session.playout import Playout
from antiphon.testing import dominant_hz, tone
from antiphon.wire import browser
from tests.unit.edges.webrtc.far_end import FarEnd, connected, loopback

__all__ = ["loopback"]


@pytest.fixture
async def peer() -> WebRtcPeer:
    return WebRtcPeer("Guest", configuration(()))


async def test_sound_goes_both_ways(peer: WebRtcPeer) -> None:
    far = FarEnd(hz=500)
    async with connected(peer, far):
        playout = Playout(lambda _: None)
        playout.write("r", "a", tone(800, 2.0))
        heard: list[PcmData] = []

        async def talk() -> None:
            for _ in range(80):
                peer.hear(playout.next_frame())
                await asyncio.sleep(0.02)

        async def listen() -> None:
            async with peer.voice.samples(16_000) as samples:
                async for piece in samples:
                    heard.append(piece)
                    if len(heard) == 40:
                        return

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(talk())
            tasks.create_task(listen())
            there = tasks.create_task(far.hear(40))
        assert dominant_hz(PcmData.concat(heard).tail(0.4)) == pytest.approx(500, abs=5)
        assert heard[0].sample_rate == 16_000
        assert dominant_hz(there.result().tail(0.4)) == pytest.approx(800, abs=5)
    assert peer.audio == browser.AudioFormat(transport="track", sample_rate=48_000)


async def test_messages_go_both_ways_in_order(peer: WebRtcPeer) -> None:
    far = FarEnd()
    for number in range(3):  # before there is a channel they wait
        peer.send(browser.Error(code=f"early_{number}", message="x"))
    async with connected(peer, far):
        peer.send(browser.AgentStateChanged(state="listening"))
        assert [json.loads(text).get("code") for text in await far.got(4)] == ["early_0", "early_1", "early_2", None]
        far.send('{"type": "text", "text": "one"}')
        far.send('{"type": "control", "action": "mute", "unknown": 1}')
        messages = peer.messages()
        assert await anext(messages) == browser.Text(text="one")
        assert await anext(messages) == browser.Control(action="mute")
        await messages.aclose()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("", "JSON"),
        ("{", "JSON"),
        ("[]", "object"),
        ('{"type": "dance"}', "dance"),
        ('{"text": "no type"}', "type"),
        ('{"type": "text", "text": ""}', "text"),
        ('{"type": "text", "text": 5}', "text"),
        ('{"type": "control", "action": "explode"}', "action"),
        ('{"type": "playback", "item_id": "a", "played_ms": -1}', "played_ms"),
        ('{"type": "playback", "item_id": "a", "played_ms": 1e99}', "played_ms"),
        ('{"type": "playback", "item_id": "' + "a" * 65 + '", "played_ms": 1}', "item_id"),
        (b"\x00\x01\x02", "Binary data (3 bytes)"),
        (b'{"type": "text", "text": "one"}', "Binary"),
    ],
)
async def test_a_malformed_message_is_answered_and_the_next_one_is_taken(
    peer: WebRtcPeer, data: str | bytes, words: str
) -> None:
    far = FarEnd()
    async with connected(peer, far):
        far.send(data)
        far.send('{"type": "text", "text": "still here"}')
        messages = peer.messages()
        assert await anext(messages) == browser.Text(text="still here")
        (answer,) = [json.loads(text) for text in await far.got(1)]
        assert (answer["type"], answer["code"], answer["fatal"]) == ("error", "bad_message", False)
        assert words in answer["message"]
        assert len(answer["message"]) < 300
        await messages.aclose()  # type: ignore[attr-defined]


async def test_another_channel_is_not_listened_to(peer: WebRtcPeer) -> None:
    far = FarEnd()
    other = far.connection.createDataChannel("other")
    opened = asyncio.Event()
    other.on("open", opened.set)
    async with connected(peer, far):
        await opened.wait()
        other.send('{"type": "text", "text": "from the other"}')
        far.send('{"type": "text", "text": "from ours"}')
        messages = peer.messages()
        assert await anext(messages) == browser.Text(text="from ours")
        await messages.aclose()  # type: ignore[attr-defined]


async def test_a_device_without_a_microphone_takes_part(peer: WebRtcPeer) -> None:
    far = FarEnd(hz=None)
    async with connected(peer, far):
        playout = Playout(lambda _: None)
        playout.write("r", "a", tone(800, 2.0))

        async def talk() -> None:
            for _ in range(50):
                peer.hear(playout.next_frame())
                await asyncio.sleep(0.02)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(talk())
            there = tasks.create_task(far.hear(20))
        assert dominant_hz(there.result().tail(0.2)) == pytest.approx(800, abs=10)


# Ends


async def test_when_the_far_end_hangs_up_run_returns_and_messages_end(peer: WebRtcPeer) -> None:
    far = FarEnd()
    await far.accept(await peer.answer(await far.offer()))
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        tasks.create_task(peer.run())
        await peer.ready()
        await far.open.wait()
        await far.connection.close()
        assert [message async for message in peer.messages()] == []
    await peer.aclose()


async def test_what_is_sent_last_still_arrives(peer: WebRtcPeer) -> None:
    far = FarEnd()
    async with connected(peer, far):
        for number in range(200):
            peer.send(browser.Error(code=f"last_{number}", message="x" * 500, fatal=True))
        await peer.aclose()
        assert len(await far.got(200)) == 200


async def test_closed_twice_and_spoken_to_after_it_is_quiet(peer: WebRtcPeer) -> None:
    far = FarEnd()
    async with connected(peer, far):
        await peer.aclose()
        await peer.aclose()
        peer.send(browser.AgentStateChanged(state="listening"))
        peer.hear(Playout(lambda _: None).next_frame())
        assert [message async for message in peer.messages()] == []


async def test_hung_up_before_it_was_ready_run_returns_too(peer: WebRtcPeer) -> None:
    far = FarEnd(channel=None)
    far.connection.createDataChannel("other")
    await far.accept(await peer.answer(await far.offer()))
    up = asyncio.Event()

    @far.connection.on("connectionstatechange")
    def changed() -> None:
        if far.connection.connectionState == "connected":
            up.set()

    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        tasks.create_task(peer.run())
        await up.wait()
        await far.connection.close()
    await peer.aclose()


async def test_closed_before_it_was_ever_connected() -> None:
    peer, far = WebRtcPeer("Guest", configuration(())), FarEnd()
    await peer.answer(await far.offer())
    await peer.aclose()
    await far.connection.close()


# Bad offers


def without(sdp: str, start: str) -> str:
    return "\r\n".join(line for line in sdp.split("\r\n") if not line.startswith(start))


BAD_OFFERS = {
    "nothing": lambda _: "",
    "no SDP": lambda _: "hello",
    "JSON": lambda sdp: json.dumps({"type": "offer", "sdp": sdp}),
    "no media": lambda sdp: sdp.partition("m=")[0],
    "no audio": lambda sdp: sdp.replace("m=audio", "m=video"),
    "only messages": lambda sdp: sdp.partition("m=")[0] + "m=application" + sdp.partition("m=application")[2],
    "no codec that we speak": lambda sdp: sdp.replace("opus/48000/2", "speex/16000"),
    "no Opus": lambda sdp: without(without(sdp, "a=rtpmap:96 opus"), "a=fmtp:96"),
    "no ice-ufrag": lambda sdp: without(sdp, "a=ice-ufrag"),
    "no ice-pwd": lambda sdp: without(sdp, "a=ice-pwd"),
    "no fingerprint": lambda sdp: without(sdp, "a=fingerprint"),
    "no setup": lambda sdp: without(sdp, "a=setup"),
    "no mid in a bundle": lambda sdp: without(sdp, "a=mid"),
    "one mid twice": lambda sdp: sdp.replace("a=mid:1", "a=mid:0"),
    "no port for messages": lambda sdp: without(sdp, "a=sctp-port"),
    "a section of another kind": lambda sdp: sdp.replace("m=application", "m=smellovision"),
    "a port that is none": lambda sdp: sdp.replace("m=audio ", "m=audio x"),
    "a candidate cut off": lambda sdp: sdp + "a=candidate:1 1\r\n",
    "a fingerprint of no hash": lambda sdp: sdp.replace("sha-", "shb-"),
    "NUL bytes": lambda sdp: sdp.replace("a=", "a\0="),
}


@pytest.mark.parametrize("name", BAD_OFFERS)
async def test_a_bad_offer_is_refused_in_one_sentence_and_nothing_is_left(name: str) -> None:
    far = FarEnd()
    good = await far.offer()
    before = asyncio.all_tasks()
    peer = WebRtcPeer("Guest", configuration(()))
    with pytest.raises(ProtocolError) as caught:
        await peer.answer(BAD_OFFERS[name](good))
    assert 10 < len(str(caught.value)) < 200
    await peer.aclose()
    for _ in range(5):
        await asyncio.sleep(0)
    assert asyncio.all_tasks() <= before
    await far.connection.close()


async def test_a_device_that_would_rather_have_another_codec_gets_opus(peer: WebRtcPeer) -> None:
    far = FarEnd()
    (transceiver,) = far.connection.getTransceivers()
    codecs = RTCRtpSender.getCapabilities("audio").codecs
    transceiver.setCodecPreferences(sorted(codecs, key=lambda codec: codec.mimeType != "audio/PCMU"))
    offer = await far.offer()
    answer = await peer.answer(offer)
    assert re.findall(r"a=rtpmap:\d+ (\w+)", offer)[0] == "PCMU"
    assert set(re.findall(r"a=rtpmap:\d+ (\w+)", answer)) == {"opus"}
    await peer.aclose()
    await far.connection.close()


TEARS = st.tuples(
    st.sampled_from(["drop", "double", "cut", "garble", "swap"]),
    st.integers(0, 99),
    st.integers(0, 12),
    st.text(max_size=5),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TEARS, min_size=1, max_size=4))
def test_a_torn_offer_is_answered_or_refused_never_anything_else(tears: list[tuple[str, int, int, str]]) -> None:
    async def check() -> None:
        far = FarEnd()
        lines = (await far.offer()).split("\r\n")
        for how, place, length, text in tears:
            index = place % len(lines)
            match how:
                case "drop":
                    del lines[index]
                case "double":
                    lines.insert(index, lines[index])
                case "cut":
                    lines[index] = lines[index][:length]
                case "garble":
                    lines[index] += text
                case _:
                    lines.insert(0, lines.pop(index))
        peer = WebRtcPeer("Guest", configuration(()))
        try:
            assert "m=audio" in await peer.answer("\r\n".join(lines))
        except ProtocolError:
            pass
        finally:
            await peer.aclose()
            await far.connection.close()
            # What aiortc began in the background ends too.
            if background := asyncio.all_tasks() - {asyncio.current_task()}:
                await asyncio.wait(background, timeout=5)
            for _ in range(3):  # a transport closes its socket in a later turn of the loop
                await asyncio.sleep(0)

    asyncio.run(check())
