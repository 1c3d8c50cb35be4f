"""Taking part without a voice: typed words, the button and the key that interrupt, a microphone that is not given."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Figure, Serve, Visit


async def test_typed_words_are_answered_aloud(serve: Serve, visit: Visit) -> None:
    server = await serve("mirror")
    call = await visit(server.url)
    await call.join()
    before = await call.hearing.now()
    await call.type("good evening")
    await expect(call.line("You said [good evening]")).to_be_visible()
    await call.hearing.until_heard(since=before)
    await call.hearing.until_silent()
    assert (await call.hearing.sound()).between(before).hz() == pytest.approx(440, abs=15)
    assert [line.speaker for line in await call.lines()] == ["You", "Mirror"]
    await expect(call.message).to_be_empty()


@pytest.mark.parametrize("way", ["button", "key"])
async def test_interrupt_stops_the_sound_and_the_words(way: str, serve: Serve, visit: Visit, figure: Figure) -> None:
    server = await serve("mirror")
    call = await visit(server.url)
    await call.join()
    await call.type("hum 600")
    began = await call.hearing.until_heard()
    await call.hearing.until_heard(since=began + 1_000)
    pressed = await call.hearing.now()
    if way == "button":
        await call.button("Interrupt").click()
    else:
        await call.page.keyboard.press("Escape")
    await call.hearing.until_silent()
    sound = await call.hearing.sound()
    last = sound.last()
    assert last is not None
    figure(f"{last - pressed:.0f} ms from pressing to silence")
    assert last - pressed < 500
    await expect(call.line(re.compile("Humming at 600.*interrupted"))).to_be_visible()
    line = (await call.lines())[-1]
    assert line.interrupted
    assert not line.text.endswith("done.")


async def test_without_a_microphone_one_types_and_hears(serve: Serve, visit: Visit) -> None:
    server = await serve("mirror")
    call = await visit(server.url, microphone=False)
    await call.join()
    notice = call.page.get_by_role("status", name="Microphone")
    await expect(notice).to_contain_text("not allowed to use the microphone")
    await expect(call.button("Mute")).to_be_disabled()
    await call.type("can you hear me")
    await expect(call.line("You said [can you hear me]")).to_be_visible()
    await call.hearing.until_heard()
    assert (await call.hearing.sound("microphone")).ticks == []
