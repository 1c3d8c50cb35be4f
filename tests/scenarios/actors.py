"""Those who live in the simulated world: a person, a model, the playout with its devices, the tools."""

import math
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from antiphon.dialogue import effects as x
from antiphon.dialogue import events as e
from antiphon.dialogue.turns import Person as PersonTurn

if TYPE_CHECKING:
    from tests.scenarios.world import World

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


class Person:
    """Speaks, coughs, types, presses the button, sets reminders; now and then our own code says something too."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.turn: str | None = None
        self.living = True

    def live(self) -> None:
        self.world.later(self.world.random.expovariate(1 / 6), self.act)

    def act(self) -> None:
        if self.living:
            acts = [self.speak, self.type, self.press, self.ask_code, self.remind]
            self.world.random.choices(acts, [10, 2, 1, 1, 1])[0]()
            self.live()

    def speak(self) -> None:
        if self.turn is not None:
            return
        w, self.turn = self.world, self.world.new("item")
        if w.fault(0.05):  # push to talk: nothing but the commit
            self.conclude(w.new("words "), committed=True)
            return
        w.tell(e.SpeechStarted(self.turn, "p0"))
        w.later(w.random.uniform(0.1, 3), self.pause)

    def pause(self) -> None:
        w, turn = self.world, self.turn
        if turn is None:
            return
        if w.chance(0.5):
            w.tell(e.UserTranscribed(turn, w.new("partial "), False))
        w.tell(e.SpeechStopped(turn, 300))
        if w.fault(0.02):  # the model forgets about it
            w.later(9, lambda: self.forget(turn))
        elif w.chance(0.15):  # the person goes on
            w.later(w.random.uniform(0.1, 0.5), self.resume)
        else:
            words, committed = w.new("words "), w.chance(0.85)
            w.later(w.random.uniform(0, 0.6), lambda: self.conclude(words, committed))

    def forget(self, turn: str) -> None:
        self.turn = None if self.turn == turn else self.turn

    def resume(self) -> None:
        if self.turn is not None:
            self.world.tell(e.SpeechStarted(self.turn, "p0"))
            self.world.later(self.world.random.uniform(0.1, 2), self.pause)

    def conclude(self, words: str, committed: bool) -> None:
        w, turn = self.world, self.turn
        if turn is None:
            return
        self.turn = None
        if not committed:
            w.tell(e.TurnDiscarded(turn))
            return
        late = w.chance(0.4)
        if not late:
            w.tell(e.UserTranscribed(turn, words, True))
        w.tell(e.TurnCommitted(turn))
        w.model.heard_turn()
        if late:
            w.later(w.random.uniform(0, 4), lambda: w.tell(e.UserTranscribed(turn, words, True)))

    def type(self) -> None:
        self.world.tell(e.TextTyped(self.world.new("typed"), "p0", self.world.new("text ")))

    def press(self) -> None:
        self.world.tell(e.InterruptPressed("p0"))

    def ask_code(self) -> None:
        text = self.world.new("please ")
        self.world.tell(e.SayRequested(text) if self.world.chance(0.5) else e.RespondRequested(text))

    def remind(self) -> None:
        w, reminder_id = self.world, self.world.new("rem")
        w.tell(e.ReminderSet(reminder_id, w.now + w.random.uniform(0, 20), f"It is time for {reminder_id}"))
        if w.chance(0.2):
            w.later(w.random.uniform(0, 20), lambda: w.tell(e.ReminderCancelled(reminder_id)))

    def fall_silent(self) -> None:
        self.living = False
        if self.turn is not None and self.world.dialogue.person is PersonTurn.SPEAKING:
            self.world.tell(e.SpeechStopped(self.turn))
        if self.turn is not None and not self.world.plan.faults:
            self.world.tell(e.TurnDiscarded(self.turn))
        self.turn = None


@dataclass
class Sound:
    """One item's sound as it really is: ``pieces`` are (chars, milliseconds) of its stretches, spoken evenly."""

    item_id: str
    response_id: str
    pieces: list[tuple[int, int]]
    begun_at: float
    pace: float = 2.0
    limit: float = math.inf
    started_at: float | None = None
    ended: bool = False
    sent_ms: int | None = None
    flushed: bool = False
    word_lost: bool = False
    heard_ms: int = 0
    reported: dict[str, int] = field(default_factory=dict)

    @property
    def total_ms(self) -> int:
        return sum(ms for _, ms in self.pieces)

    def made_ms(self, now: float) -> float:
        return round(min(self.total_ms, self.pace * 1000 * (min(now, self.limit) - self.begun_at)), 3)

    def played_ms(self, now: float) -> int:
        """What has left for the people by ``now``."""
        if self.sent_ms is not None:
            return self.sent_ms
        return 0 if self.started_at is None else int(min(self.made_ms(now), (now - self.started_at) * 1000))

    def ends_at(self, chars: int) -> float:
        """The millisecond at which the first ``chars`` characters have been spoken."""
        spent = 0.0
        for length, ms in self.pieces:
            if chars <= length:
                return spent + ms * chars / length if length else spent
            chars, spent = chars - length, spent + ms
        return spent


class Playout:
    """Plays item after item, in order, tells what it sent; its devices tell what they played, late or never."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.sounds: dict[str, Sound] = {}
        self.queue: list[Sound] = []
        self.delays: dict[str, float] = {}
        self.reporting: set[str] = set()
        self.refused: set[str] = set()
        self.quiet = False

    def open(self) -> None:
        for number in range(self.world.random.randint(1, 3)):
            self.join(f"p{number}", reports=self.world.chance(0.6))

    def join(self, device: str, reports: bool) -> None:
        self.world.tell(e.ParticipantJoined(device, device))
        self.delays[device] = self.world.random.uniform(0.05, 0.15)
        if reports:
            self.reporting.add(device)
            self.report(device)
        if device != "p0" and self.world.fault(0.5):
            self.world.later(self.world.random.uniform(1, 300), lambda: self.leave(device))

    def leave(self, device: str) -> None:
        self.reporting.discard(device)
        del self.delays[device]
        self.world.tell(e.ParticipantLeft(device, "lost"))
        if self.world.chance(0.7) and not self.quiet:
            self.world.later(5, lambda: self.join(self.world.new("p"), reports=self.world.chance(0.6)))

    def report(self, device: str) -> None:
        w = self.world
        if device not in self.reporting or self.quiet:
            return
        if self.queue and self.queue[0].started_at is not None:
            self._report(device, self.queue[0], self.heard(device, self.queue[0]), False)
        w.later(w.random.uniform(0.2, 0.5), lambda: self.report(device))

    def heard(self, device: str, sound: Sound) -> int:
        return max(0, sound.played_ms(self.world.now - self.delays[device]))

    def _report(self, device: str, sound: Sound, played_ms: int, final: bool) -> None:
        if self.world.fault(0.01):  # nonsense, bounded by what was sent
            played_ms += 5000
        sound.reported[device] = max(played_ms, sound.reported.get(device, 0))
        self.world.tell(e.PlaybackReported(device, sound.item_id, played_ms, final))

    def add(self, sound: Sound) -> None:
        self.sounds[sound.item_id] = sound
        if sound.total_ms and sound.response_id not in self.refused:
            self.queue.append(sound)
            self.world.later(self.world.random.uniform(0, 0.2), self.play)

    def play(self) -> None:
        """Begin the first item if it is not playing; see when it is over."""
        w = self.world
        if not self.queue or w.fault(0.002):  # it is stuck
            return
        sound = self.queue[0]
        if sound.started_at is None:
            sound.started_at = w.now
            w.tell(e.PlaybackStarted(sound.item_id))
        if sound.ended and self.queue and self.queue[0] is sound:
            left = sound.made_ms(w.now) - sound.played_ms(w.now)
            w.later(max(0.0, left / 1000) + 0.001, lambda: self.over(sound))

    def over(self, sound: Sound) -> None:
        if sound not in self.queue:
            return
        if sound.played_ms(self.world.now) < int(sound.made_ms(self.world.now)):
            self.world.later(0.02, lambda: self.over(sound))
            return
        sound.sent_ms = sound.played_ms(self.world.now)
        self.queue.remove(sound)
        late = self.world.random.choice([0.0, 0.0, 0.02])
        self.world.later(late, lambda: self.world.tell(e.PlaybackEnded(sound.item_id, sound.sent_ms or 0)))
        self.world.later(late + 0.001, self.play)

    def end(self, item_id: str) -> None:
        sound = self.sounds[item_id]
        sound.ended = True
        if self.queue and self.queue[0] is sound and sound.started_at is not None:
            self.play()

    def flush(self, item_id: str) -> None:
        """Silence: what had left but not arrived is heard by nobody. The word on it may come late or never."""
        w, sound = self.world, self.sounds[item_id]
        heard = {device: self.heard(device, sound) for device in self.delays}
        sound.flushed, sound.heard_ms = True, max(heard.values())
        sent = 0
        if sound in self.queue:
            sent = sound.sent_ms = sound.played_ms(w.now)
            self.queue.remove(sound)
            w.later(0.001, self.play)
        sound.word_lost = w.fault(0.02)
        if not sound.word_lost:
            w.later(w.random.choice([0.0, 0.01, 0.1]), lambda: w.tell(e.PlaybackFlushed(item_id, sent)))
        for device in sorted(self.reporting):
            if not w.fault(0.1):
                final = (device, sound, heard[device], True)
                w.later(w.random.choice([0.02, 0.1, 0.5]), lambda final=final: self._report(*final))


class Tools:
    """Each call settles once, sometimes although it was cancelled."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.running: set[str] = set()

    def run(self, call_id: str) -> None:
        self.running.add(call_id)
        self.world.later(self.world.random.choice([0.0, 0.3, 4.0, 12.0]), lambda: self.settle(call_id))

    def settle(self, call_id: str) -> None:
        if call_id in self.running:
            self.running.remove(call_id)
            self.world.tell(e.ToolSettled(call_id, f"result of {call_id}", self.world.chance(0.9)))

    def cancel(self, call_id: str) -> None:
        if self.world.chance(0.7):
            self.running.discard(call_id)

    def settle_all(self) -> None:
        for call_id in sorted(self.running):
            self.settle(call_id)


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
            w.tell(e.ToolCalled(response_id, w.new("call"), "look_up", "{}"))
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
