"""A simulated world around one dialogue: people, a model, playout, devices and tools, with their delays and faults.

Deterministic: everything comes from one seed and simulated time. It knows what was really played, independently of the
dialogue's own ledger.
"""

import heapq
import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from antiphon.dialogue import effects as x
from antiphon.dialogue import events as e
from antiphon.dialogue.dialogue import Dialogue
from antiphon.dialogue.state import Rules
from tests.scenarios.actors import Person, Playout, Tools
from tests.scenarios.monitor import Monitor
from tests.scenarios.speaker import Model


@dataclass(frozen=True)
class Plan:
    """What kind of world. faults: parts hang, lie, stall, come late. creates: the model answers unasked."""

    seed: int
    seconds: float = 600.0
    creates: bool = False
    faults: bool = True
    apology: str | None = None


@dataclass
class Record:
    """One thing that happened, and what followed."""

    at: float
    event: e.Event
    effects: list[x.Effect] = field(default_factory=list)


class World:
    """``run()`` lives through the plan; ``hush()`` then lets deadlines expire with nobody doing anything any more."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.random = Random(plan.seed)
        self.now = 0.0
        self.rules = Rules(creates_responses=plan.creates, apology=plan.apology)
        self.dialogue = Dialogue(self.rules)
        self.monitor = Monitor(self)
        self.records: list[Record] = []
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        self._count = itertools.count()
        self._told: deque[e.Event] = deque()
        self._telling = False
        self.playout, self.tools, self.model, self.person = Playout(self), Tools(self), Model(self), Person(self)

    # What actors use

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def fault(self, probability: float) -> bool:
        return self.plan.faults and self.chance(probability)

    def new(self, kind: str) -> str:
        return f"{kind}{next(self._count)}"

    def later(self, delay: float, act: Callable[[], None]) -> None:
        heapq.heappush(self._agenda, (self.now + delay, next(self._count), act))

    def tell(self, event: e.Event) -> None:
        """Something happened: the dialogue is told, what it wants is done. What that causes at once waits in line."""
        self._told.append(event)
        if self._telling:
            return
        self._telling = True
        while self._told:
            record = Record(self.now, self._told.popleft())
            self.records.append(record)
            record.effects = self.dialogue.handle(record.event, self.now)
            for effect in record.effects:
                self._perform(effect)
            self.monitor.look(record)
        self._telling = False

    def _perform(self, effect: x.Effect) -> None:
        match effect:
            case x.CreateResponse():
                self.model.create(effect)
            case x.CancelResponse():
                self.playout.refused.add(effect.response_id)
                self.model.cancel(effect.response_id)
            case x.FlushPlayout():
                self.playout.flush(effect.item_id)
            case x.EndPlayout():
                self.playout.end(effect.item_id)
            case x.RunTool():
                self.tools.run(effect)
            case x.CancelTool():
                self.tools.cancel(effect.call_id)

    # Its life

    def run(self) -> "World":
        self.tell(e.SessionOpened("s", "Ada"))
        self.playout.open()
        self.person.live()
        self._live(self.plan.seconds)
        return self

    def hush(self, total: bool) -> "World":
        """Nobody begins anything any more. ``total``: nothing comes in any more but settled tools."""
        self.person.fall_silent()
        self.playout.quiet = True
        if total:
            self._agenda = []
            self.tools.settle_all()
        self._live(self.now + 300.0)
        return self

    def close(self) -> "World":
        self.tell(e.SessionClosed("s", "ended"))
        return self

    def _live(self, until: float) -> None:
        while True:
            deadline = self.dialogue.deadline()
            at = self._agenda[0][0] if self._agenda else until
            if deadline is not None and deadline[0] <= min(at, until):
                self.now = max(self.now, deadline[0])
                self.tell(e.DeadlinePassed(deadline[1]))
            elif self._agenda and at <= until:
                self.now, _, act = heapq.heappop(self._agenda)
                act()
            else:
                self.now = until
                return
