"""What outlives what: a call its tab, a conversation its call, the person's call the server."""

import re

from playwright.async_api import expect

from tests.browser.call_page import CallPage
from tests.browser.conftest import Serve, Visit


def forgive_absence(call: CallPage) -> None:
    """Leaves out what Chromium itself says of a server that is away."""
    unreachable = "console: Failed to load resource: net::ERR_"
    call.faults = [fault for fault in call.faults if not fault.startswith(unreachable)]


async def test_a_conversation_is_found_again_and_continued(serve: Serve, visit: Visit) -> None:
    server = await serve("mirror")
    call = await visit(server.url)
    await call.join()
    await call.type("my name is Ada")
    await expect(call.line("You said [my name is Ada]")).to_be_visible()
    await call.hearing.until_heard()
    await call.hearing.until_message("agent_state", since=await call.hearing.now(), state="listening")
    said = await call.lines()
    await call.leave()
    await server.until_over(call.conversation_id)

    await server.kill()
    await server.start()
    await call.open(server.url)
    await call.conversations.get_by_role("button", name=re.compile("Ada")).click()
    await expect(call.line("You said [my name is Ada]")).to_be_visible()
    assert await call.lines() == said
    await call.page.reload()
    await expect(call.line("You said [my name is Ada]")).to_be_visible()
    assert await call.lines() == said

    await call.join()
    await call.type("who am I")
    answer = "You said [my name is Ada | who am I] and you heard [You said [my name is Ada] and you heard []]"
    await expect(call.line(answer)).to_be_visible()
    assert [line.speaker for line in await call.lines()] == ["You", "Mirror", "You", "Mirror"]
    await expect(call.conversations.get_by_role("listitem")).to_have_count(1)
    forgive_absence(call)  # just after a call the page looks how it ended, and the server may be gone by then


async def test_leaving_mid_word_shows_how_the_call_ended(serve: Serve, visit: Visit) -> None:
    server = await serve("mirror")
    call = await visit(server.url)
    await call.join()
    await call.type("hum 600")
    await call.hearing.until_heard(since=await call.hearing.until_heard() + 800)
    await expect(call.conversations.get_by_role("listitem")).to_contain_text("live")
    await call.leave()
    await expect(call.line("interrupted")).to_be_visible()
    await expect(call.conversations.get_by_role("listitem")).not_to_contain_text("live")
    items = (await server.conversation(call.conversation_id))["items"]
    assert [line.text for line in await call.lines()] == [item["text"] for item in items]


async def test_an_attempt_given_up_leaves_no_session(serve: Serve, visit: Visit) -> None:
    server = await serve("mirror")
    call = await visit(server.url)
    await call.page.route("**/api/realtime/sdp/*", lambda route: None)  # the offer never arrives
    async with call.page.expect_request("**/api/realtime/sdp/*"):
        await call.button("Join").click()
    await call.leave()
    entry = call.conversations.get_by_role("listitem")
    await expect(entry).to_have_count(1)
    await expect(entry).not_to_contain_text("live")


async def test_what_was_not_heard_is_not_remembered(serve: Serve, visit: Visit) -> None:
    server = await serve("mirror")
    call = await visit(server.url)
    await call.join()
    await call.type("hum 600")
    await call.hearing.until_heard(since=await call.hearing.until_heard() + 800)
    await call.button("Interrupt").click()
    await expect(call.line("interrupted")).to_be_visible()
    await call.type("what did I hear")
    await expect(call.line("You said [hum 600 | what did I hear]")).to_be_visible()
    heard = (await call.lines())[1].text
    await expect(call.line(f"and you heard [{heard}]")).to_be_visible()
    assert "Humming" in heard
    assert "done" not in heard


async def test_a_tab_closed_mid_word_ends_its_session_alone(serve: Serve, visit: Visit) -> None:
    server = await serve("mirror")
    gone, other = await visit(server.url), await visit(server.url)
    await other.join()
    await gone.join()
    await gone.type("hum 600")
    await gone.hearing.until_heard(since=await gone.hearing.until_heard() + 1_500)
    conversation_id = gone.conversation_id
    assert (await server.conversation(conversation_id))["live"]
    await gone.page.close()
    await server.until_over(conversation_id)
    items = (await server.conversation(conversation_id))["items"]
    assert [(item["role"], item["interrupted"]) for item in items] == [("user", False), ("agent", True)]
    assert items[1]["text"].startswith("Humming")
    assert "done" not in items[1]["text"]

    await other.type("are you there")
    await expect(other.line("You said [are you there]")).to_be_visible()
    await other.hearing.until_heard()
    again = await visit(f"{server.url}/?conversation={conversation_id}")
    await again.join()
    await again.type("where were we")
    await expect(again.line("You said [hum 600 | where were we]")).to_be_visible()


async def test_a_killed_server_comes_back_into_the_same_call(serve: Serve, visit: Visit) -> None:
    server = await serve("mirror")
    call = await visit(server.url)
    await call.join()
    await call.type("remember the milk")
    await expect(call.line("You said [remember the milk]")).to_be_visible()
    conversation_id = call.conversation_id
    await server.kill()
    await expect(call.state).to_have_text("Reconnecting", timeout=30_000)
    await server.start()
    await expect(call.state).to_have_text("Listening", timeout=30_000)
    assert call.conversation_id == conversation_id
    await call.type("what was it")
    await expect(call.line("You said [remember the milk | what was it]")).to_be_visible()
    await call.hearing.until_heard()
    forgive_absence(call)
