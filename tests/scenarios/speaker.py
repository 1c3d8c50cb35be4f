"""The model that lives in the simulated world."""

from collections.abc import Generator
from typing import TYPE_CHECKING, Literal

from antiphon.dialogue import effects as x
from antiphon.dialogue import events as e

if TYPE_CHECKING:
    from tests.scenarios.world import World

from tests.scenarios.actors import Sound

WORDS = [
    "so",
    "the",
    "quick",
    "brown",
    "fox",
    "jumped",
    "over",
    "a",
    "lazy",
    "dog",
    "and",
    "then",
    "went",
    "home",
    "to",
    "sleep",
    "until",
    "noon",
]


Steps = Generator[float, None, None]


class Model:
    """Answers when asked (or by itself), in its own time; cancelled it goes on for a while, or for ever."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.active: dict[str, bool] = {}
        self.sounding: dict[str, list[Sound]] = {}

    def heard_turn(self) -> None:
        """A model that answers by itself does so when nothing else of it is open."""
        if self.world.plan.creates and not self.world.fault(0.03):
            self.world.later(self.world.random.uniform(0, 0.3), self._answer_unasked)

    def _answer_unasked(self) -> None:
        if self.active:
            self.world.later(0.05, self._answer_unasked)
        else:
            self._begin(self.world.new("own"), None, 0.0)

    def create(self, request: x.CreateResponse) -> None:
        if not self.world.fault(0.02):  # else it never starts
            delay = self.world.random.uniform(0, 1.5) if not self.world.fault(0.02) else 20.0
            self._begin(request.response_id, request, delay)

    def _begin(self, response_id: str, request: x.CreateResponse | None, delay: float) -> None:
        self.active[response_id] = False
        self._step(response_id, self._answer(response_id, request), delay)

    def cancel(self, response_id: str) -> None:
        if not self.active.get(response_id, True):
            self.active[response_id] = True
            if not self.world.fault(0.05):
                self.world.later(
                    self.world.random.choice([0.0, 0.05, 0.8]), lambda: self._end(response_id, "cancelled")
                )

    def _end(
        self, response_id: str, status: Literal["completed", "cancelled", "failed", "incomplete"], message: str = ""
    ) -> None:
        if self.active.pop(response_id, None) is not None:
            for sound in self.sounding.pop(response_id, []):
                sound.limit = min(sound.limit, self.world.now) if status != "completed" else sound.limit
            self.world.tell(e.ResponseEnded(response_id, status, message))

    def _step(self, response_id: str, steps: Steps, delay: float) -> None:
        def act() -> None:
            if response_id in self.active:
                pause = next(steps, None)
                if pause is not None:
                    self._step(response_id, steps, pause)

        self.world.later(delay, act)

    def _answer(self, response_id: str, request: x.CreateResponse | None) -> Steps:
        w = self.world
        w.tell(e.ResponseStarted(response_id))
        yield w.random.uniform(0, 0.3)
        plain = request is not None and request.say is not None
        for _ in range(1 if plain else w.random.choice([0, 1, 1, 1, 2])):
            yield from self._speech(response_id)
            if response_id not in self.active:
                return
        for _ in range(0 if plain else w.random.choice([0, 0, 0, 1, 2])):
            background = w.chance(0.4)
            w.tell(e.ToolCalled(response_id, w.new("call"), "dig" if background else "look_up", "{}", background))
            yield w.random.uniform(0, 0.2)
        if w.fault(0.01):  # it hangs
            return
        status = "completed" if not w.fault(0.05) else w.random.choice(["failed", "incomplete", "cancelled"])
        self._end(response_id, status)

    def _speech(self, response_id: str) -> Steps:
        w, item_id = self.world, self.world.new("a")
        marked, text_only = w.chance(0.5), w.fault(0.03)
        texts = [
            " ".join(w.random.choices(WORDS, k=w.random.randint(1, 8))) + " " for _ in range(w.random.randint(1, 5))
        ]
        even = w.random.randint(30, 65)
        paces = [w.random.randint(30, 65) if marked else even for _ in texts]
        pieces = [(len(text), 0 if text_only else len(text) * pace) for text, pace in zip(texts, paces, strict=True)]
        sound = Sound(item_id, response_id, pieces, w.now)
        self.sounding.setdefault(response_id, []).append(sound)
        w.playout.add(sound)  # sound does not wait in line with events
        w.tell(e.AgentItemStarted(response_id, item_id))
        chars = ms = 0
        for text, (length, length_ms) in zip(texts, pieces, strict=True):
            w.tell(e.AgentText(response_id, item_id, text))
            chars, ms = chars + length, ms + length_ms
            yield length_ms / 2000  # made twice as fast as it is spoken
            if marked:
                w.tell(e.SpeechMarked(response_id, item_id, chars, ms))
            if w.fault(0.005):  # it breaks off in the middle
                self._end(response_id, "failed", "broken")
                return
        w.tell(e.AgentSpeechEnded(response_id, item_id, ms))
