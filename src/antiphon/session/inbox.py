"""The control lane of a session: one inbox, one consumer, one timer around the pure dialogue.

Each round takes all that has happened, asks the dialogue what follows, does what cannot wait (model, playout, tools),
writes the round to the log, and only then shows it to people.
"""

import logging
import math
from collections.abc import Awaitable, Callable

import anyio

from antiphon.clock import Clock
from antiphon.dialogue.dialogue import Dialogue
from antiphon.dialogue.effects import Effect, ShowEntry, ShowError, ShowLatency, ShowState, ShowTool
from antiphon.dialogue.events import DeadlinePassed, Event
from antiphon.errors import IllegalTransition

log = logging.getLogger(__name__)

Logged = tuple[float, Event]
Posted = tuple[float, Event | None]
"""When it was posted, and what; None is the timer's word."""
_SHOWS = (ShowState, ShowEntry, ShowTool, ShowLatency, ShowError)


class Inbox:
    """``post`` from anywhere on the loop; ``run`` and ``keep_time`` are the consumer and its timer, one task each.

    ``epoch`` turns the clock's seconds into the dialogue's, which go on over restarts.
    """

    def __init__(
        self,
        dialogue: Dialogue,
        clock: Clock,
        epoch: float,
        perform: Callable[[Effect], Awaitable[None]],
        record: Callable[[list[Logged], list[Effect]], Awaitable[None]],
    ) -> None:
        self._dialogue, self._clock, self._epoch = dialogue, clock, epoch
        self._perform, self._record = perform, record
        self._send, self._receive = anyio.create_memory_object_stream[Posted](math.inf)
        self._timer = anyio.CancelScope()
        self._rearmed = anyio.Event()
        self._armed_at = self._last_at = 0.0

    def now(self) -> float:
        """The dialogue's time: Unix seconds that never go back."""
        return self._clock.now() + self._epoch

    def post(self, event: Event) -> None:
        """Something happened, now. What is posted after the end is dropped."""
        try:
            self._send.send_nowait((self.now(), event))
        except (anyio.ClosedResourceError, anyio.BrokenResourceError):
            log.debug("event after the end of its session: %s", type(event).__name__)

    async def run(self) -> None:
        """Consume until cancelled."""
        async for posted in self._receive:
            await self._round([posted, *self._waiting()])
            self._rearm()

    async def keep_time(self) -> None:
        """Wake the consumer when the armed moment comes. Waking too early costs nothing: it arms the next."""
        while True:
            self._rearmed = anyio.Event()
            if self._armed_at == math.inf:
                await self._rearmed.wait()
                continue
            with anyio.CancelScope() as self._timer:
                await self._clock.sleep_until(self._armed_at - self._epoch)
                self._armed_at = math.inf
                self._send.send_nowait((self.now(), None))

    async def close(self, last: Event) -> None:
        """The final round: whatever is still waiting, then ``last``. Nothing is taken after it."""
        self._send.close()
        await self._round([*self._waiting(), (self.now(), last)])
        self._receive.close()

    def _waiting(self) -> list[Posted]:
        waiting: list[Posted] = []
        while True:
            try:
                waiting.append(self._receive.receive_nowait())
            except (anyio.WouldBlock, anyio.EndOfStream):
                return waiting

    async def _round(self, events: list[Posted]) -> None:
        happened: list[Logged] = []
        shows: list[Effect] = []
        for at, event in events:
            for effect in self._decide(at, event, happened):
                if isinstance(effect, _SHOWS):
                    shows.append(effect)
                else:
                    await self._perform(effect)
        if happened:
            await self._record(happened, shows)
        for effect in shows:
            await self._perform(effect)

    def _decide(self, at: float, event: Event | None, happened: list[Logged]) -> list[Effect]:
        now = self._last_at = max(at, self._last_at)
        if event is None:
            deadline = self._dialogue.deadline()
            if deadline is None or deadline[0] > now:
                return []
            event = DeadlinePassed(deadline[1])
        try:
            effects = self._dialogue.handle(event, now)
        except IllegalTransition as error:
            log.warning("impossible event dropped: %s: %s", type(event).__name__, error)
            return []
        happened.append((now, event))
        return effects

    def _rearm(self) -> None:
        deadline = self._dialogue.deadline()
        if deadline is not None and deadline[0] < self._armed_at:
            self._armed_at = deadline[0]
            self._timer.cancel()
            self._rearmed.set()
