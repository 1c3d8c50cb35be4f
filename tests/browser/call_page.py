"""The page as a person meets it: everything is found by its role and name, never by how it is built."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from playwright.async_api import ConsoleMessage, Error, Locator, Page, expect

from tests.browser.hearing import EARS, Hearing

CONNECTED = re.compile("Initializing|Listening|Thinking|Speaking")


@dataclass(frozen=True)
class Line:
    """One line of the transcript. ``unheard``: the struck-out rest of what the agent was about to say."""

    speaker: str
    text: str
    unheard: str
    interrupted: bool


class CallPage:
    """One tab. ``faults``: what the console or an exception complained about; a test ends with none."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.hearing = Hearing(page)
        self.faults: list[str] = []
        page.on("console", self._on_console)
        page.on("pageerror", self._on_error)
        self.transcript = page.get_by_role("log", name="Transcript")
        self.state = page.get_by_role("status", name="Agent state")
        self.message = page.get_by_role("textbox", name="Message")
        self.conversations = page.get_by_role("list", name="Conversations", exact=True)

    @classmethod
    async def on(cls, page: Page) -> "CallPage":
        await page.add_init_script(EARS)
        return cls(page)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.faults.append(f"console: {message.text}")

    def _on_error(self, error: Error) -> None:
        self.faults.append(f"exception: {error.message}")

    # What a person does

    async def open(self, url: str) -> None:
        await self.page.goto(url)
        await expect(self.page.get_by_role("main")).to_be_visible()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    async def join(self) -> None:
        await self.button("Join").click()
        await expect(self.state).to_have_text(CONNECTED)

    async def leave(self) -> None:
        await self.button("Leave").click()
        await expect(self.button("Join")).to_be_visible()

    async def type(self, text: str) -> None:
        await self.message.fill(text)
        await self.button("Send").click()

    # What a person sees

    @property
    def conversation_id(self) -> str:
        """From the address, where a call puts it."""
        return parse_qs(urlsplit(self.page.url).query)["conversation"][0]

    @property
    def _lines(self) -> Locator:
        """Lines of speech carry their time; hints and tool calls do not."""
        return self.transcript.get_by_role("listitem").filter(has=self.page.get_by_role("time"))

    def line(self, text: str | re.Pattern[str]) -> Locator:
        """The lines that hold this text."""
        return self._lines.filter(has_text=text)

    async def lines(self) -> list[Line]:
        """All of the transcript as it reads now."""
        raw = await self._lines.evaluate_all(
            """lines => lines.map((line) => [line.firstElementChild.textContent, line.querySelector("p").textContent,
              line.querySelector("del")?.textContent ?? ""])"""
        )
        return [_read(speaker, text, struck) for speaker, text, struck in raw]

    async def scrolls_sideways(self) -> bool:
        wide: bool = await self.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        return wide


def _read(speaker: str, text: str, struck: str) -> Line:
    interrupted = text.endswith("interrupted")
    heard = text.removesuffix("interrupted").removesuffix(struck).rstrip("…")
    return Line(speaker, heard, struck.removeprefix("Not heard: "), interrupted)
