"""More than one page at once: two conversations that must not meet, and one that two devices share."""

import asyncio
import re

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Serve, Visit


async def test_two_calls_at_once_do_not_disturb_each_other(serve: Serve, visit: Visit) -> None:
    server = await serve("mirror")
    low, high = await visit(server.url), await visit(server.url)
    await asyncio.gather(low.join(), high.join())
    await asyncio.gather(low.type("hum 500"), high.type("hum 900"))
    began = await asyncio.gather(low.hearing.until_heard(), high.hearing.until_heard())
    await low.hearing.until_heard(since=began[0] + 500)
    await low.button("Interrupt").click()
    await asyncio.gather(low.hearing.until_silent(), high.hearing.until_silent())
    for call, hz, whole in ((low, 500, False), (high, 900, True)):
        [span] = (await call.hearing.sound()).spans()
        assert span.hz == pytest.approx(hz, abs=15)
        asked, hummed = await call.lines()
        assert asked.text == f"hum {hz}"
        assert f"{hummed.text}{hummed.unheard}".startswith(f"Humming at {hz}")
        assert hummed.interrupted is not whole
    assert low.conversation_id != high.conversation_id


async def test_two_devices_in_one_conversation_hear_the_same(serve: Serve, visit: Visit) -> None:
    server = await serve("mirror")
    first = await visit(server.url)
    await first.join()
    await first.type("hello from the first")
    await expect(first.line("You said [hello from the first]")).to_be_visible()
    await first.hearing.until_message("agent_state", since=await first.hearing.now(), state="listening")

    second = await visit(first.page.url)
    await second.join()
    await expect(first.page.get_by_text(re.compile("Also here"))).to_be_visible()
    await expect(second.line("You said [hello from the first]")).to_be_visible()
    await second.type("hum 700")
    for call in (first, second):
        await call.hearing.until_heard()
    for call in (first, second):
        await call.hearing.until_silent()
        assert (await call.hearing.sound()).spans()[-1].hz == pytest.approx(700, abs=15)
        assert [line.text for line in await call.lines()][2] == "hum 700"
    heard = [(await call.hearing.sound()).spans()[-1].ms for call in (first, second)]
    assert heard[0] == pytest.approx(heard[1], rel=0.1)

    await first.leave()
    await second.type("still here")
    await expect(second.line(re.compile(r"\| still here\]"))).to_be_visible()
    await expect(second.page.get_by_text(re.compile("Also here"))).to_be_hidden()
