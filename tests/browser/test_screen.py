"""The page for everybody: a narrow window, a dark one, no mouse, no eyes on it."""

import pytest
from playwright.async_api import expect

from tests.browser.accessibility import faint_texts, hard_to_hit, luminance, unnamed
from tests.browser.call_page import CallPage
from tests.browser.conftest import Serve, Visit

NARROW = {"width": 390, "height": 844}
WIDE = {"width": 1280, "height": 800}


async def sound_page(call: CallPage) -> None:
    assert not await call.scrolls_sideways()
    assert await hard_to_hit(call.page) == []
    assert await unnamed(call.page) == []
    assert await faint_texts(call.page) == []


@pytest.mark.parametrize(("viewport", "scheme"), [(NARROW, "dark"), (WIDE, "light")], ids=["narrow", "wide"])
async def test_every_state_fits_and_can_be_read(
    viewport: dict[str, int], scheme: str, serve: Serve, visit: Visit
) -> None:
    server = await serve("mirror")
    call = await visit(server.url, viewport=viewport, color_scheme=scheme, reduced_motion="reduce")
    await sound_page(call)
    assert (await luminance(call.page) < 64) == (scheme == "dark")
    await call.join()
    await sound_page(call)
    await call.type("hum 600")
    await call.hearing.until_heard(since=await call.hearing.until_heard() + 600)
    await sound_page(call)
    for name in ("Message", "Transcript", "Agent state"):
        await expect(call.page.get_by_label(name, exact=True)).to_be_in_viewport(ratio=0.9)
    for name in ("Mute", "Mute speaker", "Interrupt", "Devices", "Leave", "Send"):
        await expect(call.button(name)).to_be_in_viewport(ratio=0.9)
    await call.button("Interrupt").click()
    await expect(call.line("interrupted")).to_be_visible()
    await call.button("Devices").click()
    await call.button("Mute speaker").click()
    await sound_page(call)
    await call.leave()
    await sound_page(call)
    if viewport is NARROW:
        await call.button("Conversations").click()
    await expect(call.conversations.get_by_role("listitem")).to_have_count(1)
    await sound_page(call)


async def test_a_long_conversation_keeps_its_end_in_sight(serve: Serve, visit: Visit) -> None:
    server = await serve("mirror")
    call = await visit(server.url, viewport=NARROW, microphone=False)
    await call.join()
    for number in range(6):
        await call.type(f"number {number} " + "of a good many long sentences " * 4)
        await expect(call.line(f"number {number}")).to_have_count(2)
        await expect(call.line(f"number {number}").last).to_be_in_viewport()
    await expect(call.message).to_be_in_viewport(ratio=1)
    assert not await call.scrolls_sideways()

    await call.transcript.evaluate("log => log.scrollTo(0, 0)")
    await expect(call.button("Latest")).to_be_visible()
    await call.type("number 6")
    await expect(call.line("number 6")).to_have_count(2)
    await expect(call.line("number 0").first).to_be_in_viewport()
    await call.button("Latest").click()
    await expect(call.line("number 6").last).to_be_in_viewport()


async def tab_to(call: CallPage, name: str) -> None:
    """Press Tab until the control with this name has the focus, and shows it."""
    reached: list[str] = []
    for _ in range(25):
        await call.page.keyboard.press("Tab")
        focus = call.page.locator(":focus")
        reached.append(await focus.evaluate("element => element.ariaLabel ?? element.textContent.trim()"))
        if reached[-1] == name:
            outline = await focus.evaluate(
                "element => getComputedStyle(element).outlineStyle + getComputedStyle(element).boxShadow"
            )
            assert outline != "nonenone", f"{name} does not show that it has the focus"
            return
    raise AssertionError(f"Tab never came to {name!r}, but to {reached}")


async def test_a_call_by_keyboard_alone(serve: Serve, visit: Visit) -> None:
    server = await serve("mirror")
    call = await visit(server.url)
    keyboard = call.page.keyboard
    await tab_to(call, "Join")
    await keyboard.press("Enter")
    await expect(call.state).to_have_text("Listening")
    await tab_to(call, "Message")
    await keyboard.type("hum 600")
    await keyboard.press("Enter")
    await call.hearing.until_heard()
    await keyboard.press("Escape")
    await call.hearing.until_silent(for_ms=200)
    await tab_to(call, "Mute")
    await keyboard.press("Space")
    await expect(call.button("Unmute")).to_be_focused()
    await tab_to(call, "Leave")
    await keyboard.press("Enter")
    await expect(call.button("Join")).to_be_focused()


async def test_the_page_has_its_landmarks(serve: Serve, visit: Visit) -> None:
    server = await serve("mirror")
    call = await visit(server.url)
    await expect(call.page.get_by_role("main")).to_have_count(1)
    await expect(call.page.get_by_role("banner")).to_have_count(1)
    await expect(call.page.get_by_role("navigation", name="Your conversations")).to_be_visible()
    await expect(call.page.get_by_role("heading", level=1)).to_have_text("Mirror")
    assert await call.page.title() == "Antiphon"
    assert await call.page.locator("html").get_attribute("lang") == "en"
    identifiers = await call.page.locator("[id]").evaluate_all("found => found.map(({ id }) => id)")
    assert len(identifiers) == len(set(identifiers))
