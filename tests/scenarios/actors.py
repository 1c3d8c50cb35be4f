"""Those who live in the simulated world: a person, the playout with its devices, the tools."""

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from antiphon.dialogue import effects as x
from antiphon.dialogue import events as e
from antiphon.dialogue.turns import Person as PersonTurn

if TYPE_CHECKING:
    from tests.scenarios.world import World


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
    """Each call settles once, sometimes although it was cancelled. ``dig`` takes long, and tells how it goes; now and
    then somebody wants one stopped."""

    def __init__(self, world: "World") -> None:
        self.world = world
        self.running: set[str] = set()

    def run(self, request: x.RunTool) -> None:
        w, call_id = self.world, request.call_id
        self.running.add(call_id)
        long = request.name == "dig"
        w.later(w.random.choice([3.0, 20.0, 90.0] if long else [0.0, 0.3, 4.0, 12.0]), lambda: self.settle(call_id))
        if long:
            w.later(w.random.uniform(0.1, 5.0), lambda: self.progress(call_id))
        if w.chance(0.15):
            w.later(w.random.uniform(0, 30), lambda: w.tell(e.ToolCancelRequested(call_id)))

    def progress(self, call_id: str) -> None:
        """A word may still be on its way when the call is over."""
        if call_id in self.running or self.world.chance(0.1):
            self.world.tell(e.ToolProgressed(call_id, self.world.new("step ")))
        if call_id in self.running:
            self.world.later(self.world.random.uniform(0.5, 9.0), lambda: self.progress(call_id))

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
