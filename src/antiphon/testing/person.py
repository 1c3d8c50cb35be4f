"""``Person``: somebody who speaks WAV files, listens, and reports what was really played, over any line.

Owns what a person does and remembers of a call. How sound travels is the line's; what is expected is the test's.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from antiphon.media.pcm import PcmData
from antiphon.session.session import Session
from antiphon.testing.clock import ManualClock
from antiphon.testing.line import FRAME_SAMPLES, InProcessLine, Line
from antiphon.testing.measures import is_silent
from antiphon.testing.sounds import read_wav
from antiphon.wire import browser

M = TypeVar("M", bound=browser.Message)
Moment = Callable[["Person"], bool]

REPORT_EVERY = 12
"""Frames between two reports of what was played: about a quarter of a second, as the web client does."""
LAST_REPORTS = 6
"""Reports that follow when the agent is done: its last words may still be on their way."""
QUIET_MS = 300


def answered(person: "Person") -> bool:
    """The agent has spoken since the last ``hear``, has fallen silent, and listens again."""
    return person.voiced_ms > 0 and person.quiet_ms >= QUIET_MS and person.state == "listening"


def sounding(ms: float) -> Moment:
    """So much of the agent's voice was heard since the last ``hear``."""
    return lambda person: person.voiced_ms >= ms


def quiet(ms: float) -> Moment:
    """Nothing was heard for so long."""
    return lambda person: person.quiet_ms >= ms


class Person:
    """``messages``: all that was received, in order. ``entries``: the transcript as the screen shows it, by id."""

    def __init__(self, line: Line) -> None:
        self.messages: list[browser.Message] = []
        self.entries: dict[str, browser.TranscriptEntry] = {}
        self.state = "initializing"
        self.voiced_ms = self.quiet_ms = 0.0
        self._line = line
        self._fresh: list[PcmData] = []
        self._items: list[str] = []
        self._silenced: set[str] = set()
        self._frames = 0
        self._reports_left = 0
        line.on_frame, line.on_message = self._hear_frame, self._take

    @classmethod
    @asynccontextmanager
    async def call(
        cls, base_url: str, conversation_id: str | None = None, *, agent: str | None = None
    ) -> AsyncIterator["Person"]:
        """A call over WebRTC to a real server, by its public routes. Leaving it hangs up.

        Raises ``ProtocolError`` with the server's own words when it is refused, ``OSError`` when nobody answers.
        """
        from antiphon.testing.webrtc_line import WebRtcLine

        async with WebRtcLine.open(base_url, conversation_id, agent) as line:
            yield cls(line)

    @classmethod
    @asynccontextmanager
    async def in_process(cls, session: Session, clock: ManualClock, name: str = "Guest") -> AsyncIterator["Person"]:
        """Somebody in a session of this process; what this person does lets the clock go on. Leaves at the end."""
        person = cls(InProcessLine(session, clock, name))
        try:
            yield person
        finally:
            person.send(browser.Control(action="leave"))
            await clock.settle()

    # What a person does

    async def ready(self, within_s: float = 15.0) -> None:
        """Return when the call is connected and the server has greeted this device. Raises ``TimeoutError``."""
        await self._wait_for(lambda person: bool(person.got(browser.SessionStarted)), within_s)

    async def say(self, sound: PcmData | Path | str) -> None:
        """Speak it, at its pace: a WAV file or sound, any rate."""
        pcm = sound if isinstance(sound, PcmData) else read_wav(Path(sound))
        whole = pcm.resample(48_000, 1).to_int16()
        await self._line.speak(list(whole.chunks(FRAME_SAMPLES, pad_last=True)))

    async def pause(self, seconds: float) -> None:
        """Say nothing for so long."""
        await self._line.wait(seconds)

    async def hear(self, until: Moment = answered, within_s: float = 20.0) -> PcmData:
        """Listen until that moment; gives what was heard since the last ``hear``: 48 kHz mono.

        Raises ``TimeoutError``, which tells what was received instead.
        """
        await self._wait_for(until, within_s)
        heard, self._fresh = PcmData.concat([PcmData.silence(0, 48_000), *self._fresh]), []
        self.voiced_ms = 0.0
        return heard

    def type_text(self, text: str) -> None:
        self.send(browser.Text(text=text))

    def interrupt(self) -> None:
        """Press the button."""
        self.send(browser.Control(action="interrupt"))

    def mute(self, muted: bool = True) -> None:
        self.send(browser.Control(action="mute" if muted else "unmute"))

    async def leave(self, within_s: float = 10.0) -> None:
        """Say goodbye and wait until the server has hung up. Raises ``TimeoutError``."""
        self.send(browser.Control(action="leave"))
        await self._wait_for(lambda person: person.gone, within_s)

    def send(self, message: browser.Incoming) -> None:
        """Any message of the protocol."""
        self._line.send(message)

    # What a person knows

    @property
    def gone(self) -> bool:
        return self._line.gone

    def got(self, kind: type[M]) -> list[M]:
        """The messages of one kind."""
        return [message for message in self.messages if isinstance(message, kind)]

    @property
    def conversation_id(self) -> str:
        return self.got(browser.SessionStarted)[0].conversation_id

    def lines(self, role: str) -> list[str]:
        """What the transcript shows of ``user`` or ``agent``, in order; withdrawn lines are not there."""
        return [entry.text for entry in self.entries.values() if entry.role == role and entry.text]

    # The call

    async def _wait_for(self, moment: Moment, within_s: float) -> None:
        end = self._line.now() + within_s
        while not moment(self):
            if self._line.now() >= end:
                raise TimeoutError(f"Not within {within_s:g} s. {self._summary()}")
            await self._line.wait(0.02)

    def _summary(self) -> str:
        last = [message.model_dump(exclude_none=True) for message in self.messages[-5:]]
        return f"Agent {self.state}, {self.voiced_ms:.0f} ms of voice, gone: {self.gone}, last messages: {last}"

    def _hear_frame(self, item_id: str | None, pcm: PcmData) -> None:
        """One frame of the loudspeaker. What was silenced is not played, whatever still arrives of it."""
        played = pcm if item_id not in self._silenced else PcmData.silence(pcm.sample_count, pcm.sample_rate)
        self._fresh.append(played)
        if is_silent(played):
            self.quiet_ms += played.duration_ms
        else:
            self.voiced_ms, self.quiet_ms = self.voiced_ms + played.duration_ms, 0.0
        if item_id is not None and item_id not in (*self._items, *self._silenced):
            self._items.append(item_id)
        self._frames += 1
        if self._frames % REPORT_EVERY == 0:
            self._report()

    def _report(self) -> None:
        if self.state != "speaking":
            self._reports_left -= 1
            if self._reports_left <= 0:
                self._items.clear()
        for item_id in self._items:
            self.send(browser.Playback(item_id=item_id, played_ms=self._line.played_ms(item_id)))
        del self._items[:-1]

    def _take(self, message: browser.Message) -> None:
        self.messages.append(message)
        match message:
            case browser.AgentStateChanged(state=state):
                self.state, self._reports_left = state, LAST_REPORTS
            case browser.TranscriptUpdated(data=entry):
                self.entries[entry.id] = entry
            case browser.AudioFlush(item_id=item_id):
                played = self._line.played_ms(item_id)
                self._silenced.add(item_id)
                if item_id in self._items:
                    self._items.remove(item_id)
                self.send(browser.Playback(item_id=item_id, played_ms=played, final=True))
            case _:
                pass
