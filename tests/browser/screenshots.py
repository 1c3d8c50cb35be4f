"""Pictures of every state of the page, to be looked at by people: ``python -m tests.browser.screenshots FOLDER``.

``python -m tests.browser.screenshots --readme docs/images/call.png`` makes the picture of the README: a real
conversation with the offline agent. Run from the project's root.
"""

import argparse
import asyncio
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, ViewportSize, expect

from tests.browser.call_page import CallPage
from tests.browser.conftest import launched
from tests.browser.server import Server
from tests.browser.speech import VoiceFile

SIZES = {"wide": (1280, 800), "narrow": (390, 844)}
README_WORDS = ((9.0, "what_time_is_it"), (15.0, "convert_ten_miles"), (25.0, "help"), (28.5, "seven_times_six"))
"""Help has a long answer; the last question is asked into it."""


@asynccontextmanager
async def serving(folder: Path, agent: str | None) -> AsyncIterator[Server]:
    server = Server(folder, agent)
    await server.start()
    try:
        yield server
    finally:
        if server.running:
            await server.stop()


class Album:
    """The pictures of one size and scheme."""

    def __init__(self, chromium: Browser, folder: Path, size: str, scheme: str) -> None:
        self._chromium, self._folder, self._size, self._scheme = chromium, folder, size, scheme

    @asynccontextmanager
    async def page(self, url: str, *, microphone: bool = True) -> AsyncIterator[CallPage]:
        context = await self._chromium.new_context(
            viewport=ViewportSize(width=SIZES[self._size][0], height=SIZES[self._size][1]),
            color_scheme="dark" if self._scheme == "dark" else "light",
            permissions=["microphone"] if microphone else [],
        )
        async with context:
            call = await CallPage.on(await context.new_page())
            await call.open(url)
            yield call

    async def take(self, call: CallPage, state: str) -> None:
        path = self._folder / f"{state}-{self._size}-{self._scheme}.png"
        await call.page.screenshot(path=path, animations="disabled")


async def before_and_connecting(album: Album, server: Server, voice: VoiceFile) -> None:
    async with album.page(server.url) as call:
        await album.take(call, "01-first-visit")
        held = asyncio.Event()

        async def hold(route: object) -> None:
            await held.wait()

        await call.page.route("**/api/realtime/sdp/*", hold)
        await call.button("Join").click()
        await expect(call.state).to_have_text("Connecting")
        await album.take(call, "02-connecting")
        held.set()


async def a_call(album: Album, server: Server, voice: VoiceFile) -> None:
    voice.say((2.5, "what_time_is_it"), (7.0, "stop_please"))
    async with album.page(server.url) as call:
        await call.join()
        await album.take(call, "03-connected")
        began = await call.hearing.until_heard()
        await call.hearing.until_heard(since=began + 1_000)
        await album.take(call, "04-speaking")
        await expect(call.line("As you wish.")).to_be_visible()
        await album.take(call, "05-interrupted")
        await call.button("Mute").click()
        await call.button("Mute speaker").click()
        await call.button("Devices").click()
        await call.message.fill("Several words\nover two lines, not sent yet")
        await album.take(call, "06-muted-devices-typing")
        await call.leave()
        await album.take(call, "07-left")
        await call.button("Rename").click()
        await album.take(call, "08-rename")
        await call.button("Cancel").click()
        await call.button("Delete").click()
        await album.take(call, "09-delete")
        await call.button("Keep").click()
        await call.page.keyboard.press("Tab")
        await album.take(call, "10-focus")


async def denied(album: Album, server: Server, voice: VoiceFile) -> None:
    async with album.page(server.url, microphone=False) as call:
        await call.join()
        await album.take(call, "11-microphone-denied")
        await call.type("hello")
        await call.hearing.until_heard()
        await album.take(call, "12-typed")


async def the_list(album: Album, server: Server, voice: VoiceFile) -> None:
    async with album.page(server.url) as call:
        menu = call.button("Conversations")
        if await menu.is_visible():
            await menu.click()
        await expect(call.conversations.get_by_role("listitem").first).to_be_visible()
        await album.take(call, "13-conversations")
        await call.page.get_by_role("searchbox").fill("no such thing")
        await expect(call.page.get_by_text("Nothing matches")).to_be_visible()
        await album.take(call, "14-search")


async def lost(album: Album, server: Server, voice: VoiceFile) -> None:
    async with album.page(f"{server.url}/?conversation=conv_unknown") as call:
        await expect(call.page.get_by_role("alert")).to_be_visible()
        await album.take(call, "15-unknown-conversation")
    async with album.page(server.url, microphone=False) as call:
        await call.join()
        await call.type("hello")
        await call.hearing.until_heard()
        await server.kill()
        await expect(call.state).to_have_text("Reconnecting", timeout=30_000)
        await album.take(call, "16-reconnecting")
        await expect(call.button("Retry")).to_be_visible(timeout=60_000)
        await album.take(call, "17-failed")
        await server.start()


STATES: list[Callable[[Album, Server, VoiceFile], Awaitable[None]]] = [
    before_and_connecting, a_call, denied, the_list, lost,
]  # fmt: skip


async def album(folder: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="antiphon-screenshots-") as name:
        voice = VoiceFile(Path(name) / "voice.wav")
        async with launched(voice) as chromium:
            for size in SIZES:
                for scheme in ("light", "dark"):
                    # The scripted story begins anew with each server.
                    async with serving(Path(name) / f"{size}-{scheme}", "storyteller") as server:
                        for state in STATES:
                            await state(Album(chromium, folder, size, scheme), server, voice)


async def readme(path: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="antiphon-screenshots-") as name:
        voice = VoiceFile(Path(name) / "voice.wav")
        voice.say(*README_WORDS)
        async with (
            launched(voice) as chromium,
            serving(Path(name) / "server", None) as server,
            Album(chromium, path.parent, "wide", "light").page(server.url) as call,
        ):
            await call.join()
            await expect(call.line("interrupted")).to_be_visible(timeout=45_000)
            await expect(call.line("42")).to_be_visible()
            await call.hearing.until_heard(since=await call.hearing.until_heard() + 700)
            await call.page.screenshot(path=path)


def main() -> None:
    parser = argparse.ArgumentParser(description="Pictures of every state of the page.")
    parser.add_argument("folder", type=Path, nargs="?", help="where the pictures of every state go")
    parser.add_argument("--readme", type=Path, metavar="PNG", help="the picture of the README")
    options = parser.parse_args()
    if options.folder is not None:
        options.folder.mkdir(parents=True, exist_ok=True)
        asyncio.run(album(options.folder))
    if options.readme is not None:
        asyncio.run(readme(options.readme))


if __name__ == "__main__":
    main()
