"""Speaking: what the page says is understood, what it hears stops when it is talked over, mute is mute."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.agents import STORY
from tests.browser.conftest import Figure, Serve, Visit
from tests.browser.speech import VoiceFile, seconds

QUESTION = "what_time_is_it"
OBJECTION = "stop_please"
FIRST_WORDS_S = 2.5
"""After the microphone was opened; by then a call is connected."""


async def test_talking_over_the_agent_stops_it_and_cuts_its_words(
    serve: Serve, visit: Visit, voice: VoiceFile, figure: Figure
) -> None:
    server = await serve("storyteller")
    voice.say((FIRST_WORDS_S, QUESTION), (6.0, OBJECTION))
    call = await visit(server.url)
    await call.join()
    began = await call.hearing.until_heard()
    flush = await call.hearing.until_message("audio_flush", since=began)
    await call.hearing.until_message("agent_state", since=flush["now"], state="speaking")
    await call.hearing.until_heard(since=flush["now"] + 300)
    await call.hearing.until_silent()

    agent, person = await call.hearing.sound(), await call.hearing.sound("microphone")
    story = agent.between(0, flush["now"] + 300)
    objected, silent = person.between(began).first(), story.last()
    assert objected is not None
    assert silent is not None
    figure(f"{silent - objected:.0f} ms from the person's first sound to the agent's last")
    figure(f"{silent - flush['now']:.0f} ms from the flush to silence")
    assert silent - flush["now"] < 200
    assert silent - objected < 1_000
    assert story.hz() == pytest.approx(500, abs=15)

    await expect(call.line("As you wish.")).to_be_visible()
    lines = await call.lines()
    assert [(line.speaker, line.interrupted) for line in lines] == [
        ("You", False),
        ("Storyteller", True),
        ("You", False),
        ("Storyteller", False),
    ]
    told = lines[1]
    assert (lines[0].text, lines[2].text) == ("tell me a story", "stop please")
    assert STORY.startswith(told.text)
    assert 0 < len(told.text) < len(STORY)

    stored = (await server.conversation(call.conversation_id))["items"]
    assert [item["text"] for item in stored] == [line.text for line in lines]
    heard = story.audible_ms()
    figure(f"the page was heard for {heard:.0f} ms of the story, the server remembers {stored[1]['heard_ms']} ms")
    assert stored[1]["heard_ms"] == pytest.approx(heard, abs=150)


async def test_muted_words_are_not_heard_and_unmuted_ones_are(serve: Serve, visit: Visit, voice: VoiceFile) -> None:
    server = await serve("mirror")
    voice.say((FIRST_WORDS_S, QUESTION), (6.0, OBJECTION))
    call = await visit(server.url)
    await call.join()
    await call.button("Mute").click()
    await expect(call.button("Unmute")).to_be_visible()
    await call.page.wait_for_function(
        "([ms]) => ears.microphone.length > 0 && performance.now() - ears.microphone[0][0] > ms",
        arg=[(FIRST_WORDS_S + seconds(QUESTION) + 1.5) * 1000],
    )
    assert await call.lines() == []
    assert (await call.hearing.sound()).audible_ms() == 0
    await call.button("Unmute").click()
    await expect(call.line(re.compile("^You.*hello"))).to_be_visible()
    await call.hearing.until_heard()


async def test_a_muted_speaker_silences_the_page_and_not_the_call(serve: Serve, visit: Visit) -> None:
    server = await serve("mirror")
    call = await visit(server.url)
    await call.join()
    await call.type("hum 600")
    await call.hearing.until_heard()
    await call.button("Mute speaker").click()
    muted = await call.hearing.until_silent(for_ms=200)
    assert await call.state.inner_text() == "Speaking"
    await call.button("Unmute speaker").click()
    await call.hearing.until_heard(since=muted)
    await call.hearing.until_message("agent_state", since=muted, state="listening")
    assert not (await call.lines())[-1].interrupted
