"""The control lane of a session: one inbox, one consumer, one timer around the pure dialogue.

Each round takes all that has happened, asks the dialogue what follows and does what cannot wait (model, playout,
tools). Beside it, rounds are written to the log, and only then shown to people: a slow disk delays what is seen, never
what is heard.
"""

import logging
import math
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress

import anyio

from antiphon.clock import Clock
from antiphon.dialogue.dialogue import Dialogue
from antiphon.dialogue.effects import Effect, FlushPlayout, ShowEntry, ShowError, ShowLatency, ShowState, ShowTool
from antiphon.dialogue.events import DeadlinePassed, Event
from antiphon.errors import IllegalTransition

log = logging.getLogger(__name__)

Logged = tuple[float, Event]
Posted = tuple[float, Event | None]
"""When it was posted, and what; None is the timer's word."""
_SHOWS = (ShowState, ShowEntry, ShowTool, ShowLatency, ShowError)


class Inbox:
    """``post`` from anywhere on the loop; ``run``, ``keep_log`` and ``keep_time`` are the consumer, its writer and its
    timer, one task each.

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
        # What is under way outlives a cancellation: the final round finds it here.
        self._taken: deque[Posted] = deque()
        self._happened: list[Logged] = []
        self._shows: list[Effect] = []
        self._decided = anyio.Event()

    def now(self) -> float:
        """The dialogue's time: Unix seconds that never go back."""
        return self._clock.now() + self._epoch

    def not_before(self, at: float) -> None:
        """Time goes on from ``at`` at the earliest, whatever the machine's clock was set to meanwhile."""
        self._epoch = max(self._epoch, at - self._clock.now())

    def post(self, event: Event) -> None:
        """Something happened, now. What is posted after the end is dropped."""
        try:
            self._send.send_nowait((self.now(), event))
        except (anyio.ClosedResourceError, anyio.BrokenResourceError):
            log.debug("event after the end of its session: %s", type(event).__name__)

    async def run(self) -> None:
        """Consume until cancelled."""
        async for posted in self._receive:
            self._taken.append(posted)
            await self._round()
            self._rearm()

    async def keep_log(self) -> None:
        """Write and show what was decided, until cancelled."""
        while True:
            await self._decided.wait()
            self._decided = anyio.Event()
            await self._publish()

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

    async def open(self, first: Event) -> None:
        """A round of its own before all others, written when this returns."""
        self.post(first)
        await self._round()
        await self._publish()

    async def close(self, last: Event) -> None:
        """The final round: whatever is still waiting, then ``last``, written when this returns. Nothing is taken after
        it."""
        self.post(last)
        self._send.close()
        try:
            await self._round()
        finally:
            self._receive.close()
            await self._publish()

    async def _round(self) -> None:
        self._take_waiting()
        while self._taken:
            effects = self._decide(*self._taken.popleft())
            self._shows += [effect for effect in effects if isinstance(effect, _SHOWS)]
            self._decided.set()
            # Silence first: it must not wait until a model far away has been told.
            for effect in sorted(effects, key=lambda one: not isinstance(one, FlushPlayout)):
                if not isinstance(effect, _SHOWS):
                    await self._perform(effect)

    def _take_waiting(self) -> None:
        with suppress(anyio.WouldBlock, anyio.EndOfStream):
            while True:
                self._taken.append(self._receive.receive_nowait())

    async def _publish(self) -> None:
        """Carried to its end even when cancelled: what was written must be known to be written."""
        happened, self._happened = self._happened, []
        shows, self._shows = self._shows, []
        with anyio.CancelScope(shield=True):
            if happened:
                await self._record(happened, shows)
            for effect in shows:
                await self._perform(effect)

    def _decide(self, at: float, event: Event | None) -> list[Effect]:
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
        self._happened.append((now, event))
        return effects

    def _rearm(self) -> None:
        deadline = self._dialogue.deadline()
        if deadline is not None and deadline[0] < self._armed_at:
            self._armed_at = deadline[0]
            self._timer.cancel()
            self._rearmed.set()
