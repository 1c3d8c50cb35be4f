"""One Chromium for all browser tests, its microphone a file; pages, and servers to point them at."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright, expect

from tests.browser.call_page import CallPage
from tests.browser.server import Server
from tests.browser.speech import VoiceFile

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
)
EXPECT_MS = 15_000

Serve = Callable[..., Awaitable[Server]]
Visit = Callable[..., Awaitable[CallPage]]
Figure = Callable[[str], None]

_figures = pytest.StashKey[list[str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_figures] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One loop for all of them, as there is one Chromium; and a minute for each, at most."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)
            item.add_marker(pytest.mark.timeout(60))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.stash[_figures]:
        terminalreporter.section("measured in the browser")
        for line in config.stash[_figures]:
            terminalreporter.write_line(line)


@pytest.fixture
def figure(request: pytest.FixtureRequest) -> Figure:
    """Prints a measured figure at the end of the run. Figures are shown, not judged."""

    def note(text: str) -> None:
        request.config.stash[_figures].append(f"{request.node.name}: {text}")

    return note


@pytest.fixture(scope="session")
def voice(tmp_path_factory: pytest.TempPathFactory) -> VoiceFile:
    """What the next page that opens its microphone will hear a person say."""
    return VoiceFile(tmp_path_factory.mktemp("microphone") / "voice.wav")


@asynccontextmanager
async def launched(voice: VoiceFile) -> AsyncIterator[Browser]:
    """Chromium with this file for a microphone. Without Chromium this fails."""
    expect.set_options(timeout=EXPECT_MS)
    microphone = f"--use-file-for-fake-audio-capture={voice.path}%noloop"
    async with (
        async_playwright() as playwright,
        await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, microphone]) as browser,
    ):
        yield browser


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium(voice: VoiceFile) -> AsyncIterator[Browser]:
    async with launched(voice) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def serve(tmp_path: Path) -> AsyncIterator[Serve]:
    """``await serve("mirror")`` starts a server; at the end it must stop when told to, and must not have complained."""
    started: list[Server] = []

    async def start(agent: str | None = None) -> Server:
        server = Server(tmp_path / f"server{len(started)}", agent)
        started.append(server)
        await server.start()
        return server

    yield start
    codes = [await server.stop() for server in started if server.running]
    logs = [server.log() for server in started]
    assert (codes, logs) == ([0] * len(codes), [""] * len(logs))


@pytest_asyncio.fixture(loop_scope="session")
async def visit(chromium: Browser, voice: VoiceFile) -> AsyncIterator[Visit]:
    """``await visit(server.url)`` opens a page as a person of its own; at the end no page must have complained.

    ``microphone``: whether the browser may use it. The rest goes to the browser context: viewport, color_scheme...
    """
    pages: list[CallPage] = []
    voice.say()
    async with AsyncExitStack() as contexts:

        async def open_page(url: str, *, microphone: bool = True, **options: Any) -> CallPage:
            options.setdefault("viewport", {"width": 1280, "height": 800})
            permissions = ["microphone"] if microphone else []
            context = await contexts.enter_async_context(await chromium.new_context(permissions=permissions, **options))
            call = await CallPage.on(await context.new_page())
            pages.append(call)
            await call.open(url)
            return call

        yield open_page
    assert [fault for call in pages for fault in call.faults] == []
