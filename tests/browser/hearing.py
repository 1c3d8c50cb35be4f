"""What a page heard: the record that ``ears.js`` keeps, read as loudness, pitch and spans. Knows no product."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Page

Side = Literal["agent", "microphone"]

EARS = (Path(__file__).parent / "ears.js").read_text("utf-8")
SILENT_DBFS = -50.0
PATIENCE_MS = 15_000
LONGEST_TICK_MS = 50.0
"""A page too busy to look for longer than this did not see what happened meanwhile: it is not counted as heard."""


@dataclass(frozen=True)
class Span:
    """A stretch of sound, milliseconds on the page's clock. ``hz``: its commonest loudest frequency."""

    start: float
    end: float
    hz: float

    @property
    def ms(self) -> float:
        return self.end - self.start


@dataclass(frozen=True)
class Sound:
    """``ticks``: (page milliseconds, dBFS, loudest hertz), a hundred a second, gapless while there is a stream."""

    ticks: list[tuple[float, float, float]]

    def between(self, start: float, end: float = float("inf")) -> "Sound":
        return Sound([tick for tick in self.ticks if start <= tick[0] <= end])

    def audible_ms(self) -> float:
        """How much of it was not silence."""
        pairs = zip(self.ticks, self.ticks[1:], strict=False)
        return sum(min(b[0] - a[0], LONGEST_TICK_MS) for a, b in pairs if b[1] > SILENT_DBFS)

    def spans(self, joined_ms: float = 150) -> list[Span]:
        """Stretches of sound; pauses up to ``joined_ms`` belong to them."""
        groups: list[list[tuple[float, float, float]]] = []
        for tick in self.ticks:
            if tick[1] <= SILENT_DBFS:
                continue
            if groups and tick[0] - groups[-1][-1][0] <= joined_ms:
                groups[-1].append(tick)
            else:
                groups.append([tick])
        return [Span(group[0][0], group[-1][0], commonest([tick[2] for tick in group])) for group in groups]

    def first(self) -> float | None:
        """When sound began."""
        return next((at for at, level, _ in self.ticks if level > SILENT_DBFS), None)

    def last(self) -> float | None:
        """When sound ended."""
        return next((at for at, level, _ in reversed(self.ticks) if level > SILENT_DBFS), None)

    def hz(self) -> float:
        """The commonest loudest frequency; 0 for silence."""
        return commonest([hz for _, level, hz in self.ticks if level > SILENT_DBFS])


def commonest(values: list[float]) -> float:
    return max(set(values), key=values.count) if values else 0.0


class Hearing:
    """The ears of one page."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def now(self) -> float:
        """The page's clock, milliseconds."""
        now: float = await self._page.evaluate("performance.now()")
        return now

    async def sound(self, side: Side = "agent") -> Sound:
        return Sound([(at, level, hz) for at, level, hz in await self._page.evaluate("side => ears[side]", side)])

    async def messages(self, kind: str) -> list[dict[str, Any]]:
        """What the server sent on the data channel, each with ``now``, the page's time of its arrival."""
        sent: list[dict[str, Any]] = await self._page.evaluate(
            "kind => ears.messages.filter(({ type }) => type === kind)", kind
        )
        return sent

    async def until_message(self, kind: str, since: float = 0.0, **fields: str) -> dict[str, Any]:
        """The first message of a kind with these fields that came after ``since``."""
        handle = await self._page.wait_for_function(
            """([kind, since, fields]) => ears.messages.find((message) => message.type === kind && message.now > since
              && Object.entries(fields).every(([name, value]) => message[name] === value))""",
            arg=[kind, since, fields],
            timeout=PATIENCE_MS,
        )
        message: dict[str, Any] = await handle.json_value()
        return message

    async def until_heard(self, side: Side = "agent", since: float | None = None) -> float:
        """Waits for sound after ``since``, by default after now; returns when it was noticed."""
        since = await self.now() if since is None else since
        await self._page.wait_for_function(
            "([side, since, db]) => ears.loudSince(side, since, db)",
            arg=[side, since, SILENT_DBFS],
            timeout=PATIENCE_MS,
        )
        return await self.now()

    async def until_silent(self, side: Side = "agent", for_ms: float = 400, timeout_ms: float = PATIENCE_MS) -> float:
        """Waits until there was no sound for ``for_ms``; returns when that was noticed."""
        await self._page.wait_for_function(
            "([side, ms, db]) => ears[side].length > 0 && !ears.loudSince(side, performance.now() - ms, db)",
            arg=[side, for_ms, SILENT_DBFS],
            timeout=timeout_ms,
        )
        return await self.now()
