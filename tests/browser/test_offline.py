"""The agent that is served when none is named, spoken to and heard: no key, no network, real speech both ways."""

import re

from playwright.async_api import expect

from tests.browser.conftest import Figure, Serve, Visit
from tests.browser.speech import VoiceFile

AFTER_THE_GREETING_S = 8.0
"""After the microphone was opened; the greeting takes about five seconds."""


async def test_asked_for_the_time_it_tells_the_time(
    serve: Serve, visit: Visit, voice: VoiceFile, figure: Figure
) -> None:
    server = await serve()
    voice.say((AFTER_THE_GREETING_S, "what_time_is_it"))
    call = await visit(server.url)
    await expect(call.page.get_by_role("heading", name="Offline demo")).to_be_visible()
    await call.join()
    await expect(call.line("I am the offline demo")).to_be_visible()
    await call.hearing.until_heard()
    await call.hearing.until_silent(for_ms=800)
    greeted = (await call.hearing.sound()).last()
    assert greeted is not None
    assert (await call.hearing.sound()).audible_ms() > 2_000

    await expect(call.line(re.compile("^You.*what time is it"))).to_be_visible()
    await expect(call.line(re.compile(r"It is \d{1,2}:\d\d [AP]M"))).to_be_visible()
    answered = await call.hearing.until_heard(since=greeted + 500)
    await call.hearing.until_silent(for_ms=800)

    person, agent = await call.hearing.sound("microphone"), (await call.hearing.sound()).between(greeted + 500)
    asked, began = person.between(greeted, answered).last(), agent.first()
    assert asked is not None
    assert began is not None
    assert agent.audible_ms() > 500
    [*_, latency] = await call.hearing.messages("latency")
    [*_, announced] = await call.hearing.messages("audio_started")
    figure(f"{began - asked:.0f} ms from the person's last sound to the answer's first, as the page heard them")
    figure(f"of which {began - announced['now']:.0f} ms after the answer's sound was announced to the page")
    figure(f"the server says {latency['data']}")
    assert began - asked < 3_000
    assert [line.speaker for line in await call.lines()] == ["Offline demo", "You", "Offline demo"]


async def test_a_timer_rings_into_the_call(serve: Serve, visit: Visit, voice: VoiceFile) -> None:
    server = await serve()
    voice.say((AFTER_THE_GREETING_S, "set_a_timer_two_seconds"))
    call = await visit(server.url)
    await call.join()
    await expect(call.line(re.compile("^You.*set a timer for two seconds"))).to_be_visible()
    await expect(call.line(re.compile("timer", re.IGNORECASE))).to_have_count(4)
    await call.hearing.until_silent(for_ms=1_000)
    lines = await call.lines()
    assert [line.speaker for line in lines] == ["Offline demo", "You", "Offline demo", "Offline demo"]
    assert not any(line.interrupted for line in lines)
    _, confirming, ringing = [message["now"] for message in await call.hearing.messages("audio_started")]
    sound = await call.hearing.sound()
    assert sound.between(confirming, ringing).audible_ms() > 500
    assert sound.between(ringing).audible_ms() > 500


async def test_talked_over_it_stops(serve: Serve, visit: Visit, voice: VoiceFile, figure: Figure) -> None:
    server = await serve()
    voice.say((4.0, "stop_please"))
    call = await visit(server.url)
    await call.join()
    await call.hearing.until_heard()
    flush = await call.hearing.until_message("audio_flush")
    await call.hearing.until_silent(for_ms=100)
    agent = (await call.hearing.sound()).between(0, flush["now"] + 300)
    objected, silent = (await call.hearing.sound("microphone")).first(), agent.last()
    assert objected is not None
    assert silent is not None
    figure(f"{silent - objected:.0f} ms from the person's first sound to the agent's last")
    assert silent - objected < 1_000
    await expect(call.line("interrupted")).to_have_count(1)
    greeting = (await call.lines())[0]
    assert greeting.interrupted
    assert greeting.unheard != ""
