"""How many events a second the dialogue takes: ``python benchmarks/dialogue.py``.

A conversation of ten minutes (spoken turns, streamed words, marks, playback reports of two devices every 250 ms, tools,
interruptions) is told to a new dialogue, again and again; after each event the next deadline is asked for, as a session
does. Target: 100,000 events a second.
"""

import platform
import time

from antiphon.dialogue import events as e
from antiphon.dialogue.dialogue import Dialogue

Log = list[tuple[float, e.Event]]

WORDS = [f"{word} " for word in ("Well", "the", "order", "left", "our", "house", "on", "Monday", "and", "arrives") * 4]
TURN_S, SECONDS, ROUNDS = 12.0, 600.0, 20


def spoken_turn(number: int, t: float) -> Log:
    turn = f"user_{number}"
    log: Log = [(t, e.SpeechStarted(turn, "desk"))]
    log += [(t + 0.2 * i, e.UserTranscribed(turn, "where is my order " * i, False)) for i in range(1, 6)]
    return [
        *log, (t + 1.5, e.SpeechStopped(turn, 400)), (t + 1.5, e.UserTranscribed(turn, "where is my order", True)),
        (t + 1.5, e.TurnCommitted(turn)),
    ]  # fmt: skip


def tool_turn(response_id: str, number: int, t: float) -> Log:
    call_id = f"call_{number}"
    return [
        (t, e.ResponseStarted(response_id)), (t, e.ToolCalled(response_id, call_id, "look_up", '{"order": 7}')),
        (t, e.ResponseEnded(response_id, "completed")), (t + 0.5, e.ToolSettled(call_id, "on its way", True)),
    ]  # fmt: skip


def answer(response_id: str, number: int, t: float, interrupted: bool) -> Log:
    item, chars = f"agent_{number}", 0
    log: Log = [(t, e.ResponseStarted(response_id)), (t, e.AgentItemStarted(response_id, item))]
    for index, word in enumerate(WORDS):
        chars += len(word)
        log.append((t + 0.05 * index, e.AgentText(response_id, item, word)))
        if index % 10 == 9:
            log.append((t + 0.05 * index, e.SpeechMarked(response_id, item, chars, 180 * (index + 1))))
    total = 180 * len(WORDS)
    log += [
        (t + 2.1, e.AgentSpeechEnded(response_id, item, total)),
        (t + 2.1, e.ResponseEnded(response_id, "completed")),
    ]
    log.append((t + 0.3, e.PlaybackStarted(item)))
    heard = 2.6 if interrupted else total / 1000
    reports = range(1, int(heard / 0.25))
    log += [(t + 0.4 + 0.25 * i, e.PlaybackReported(who, item, 250 * i)) for i in reports for who in ("desk", "phone")]
    if not interrupted:
        return [*log, (t + 0.3 + heard, e.PlaybackEnded(item, total))]
    cut = t + 0.3 + heard
    finals = [(cut + 0.05, e.PlaybackReported(who, item, 2500, True)) for who in ("desk", "phone")]
    return [
        *log, (cut, e.SpeechStarted(f"cut_{number}")), (cut + 0.01, e.PlaybackFlushed(item, 2600)), *finals,
        (cut + 0.5, e.SpeechStopped(f"cut_{number}")), (cut + 0.6, e.TurnDiscarded(f"cut_{number}")),
    ]  # fmt: skip


def conversation() -> Log:
    """Ten minutes in the order of time."""
    log: Log = [(0.0, e.SessionOpened("s", "Ada")), (0.0, e.ParticipantJoined("desk", "Ann"))]
    responses = 0
    for number in range(int(SECONDS / TURN_S)):
        t = 1.0 + TURN_S * number
        log += spoken_turn(number, t)
        responses += 1
        if number % 4 == 1:
            log += tool_turn(f"resp_{responses}", number, t + 1.6)
            responses += 1
        log += answer(f"resp_{responses}", number, t + 2.3, interrupted=number % 3 == 2)
    return sorted(log, key=lambda pair: pair[0])


def tell(log: Log) -> Dialogue:
    dialogue = Dialogue()
    for at, event in log:
        dialogue.handle(event, at)
        dialogue.deadline()
    return dialogue


def main() -> None:
    log = conversation()
    history = tell(log).history()
    assert len(history) > 100, "the conversation did not take place"
    spent = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        tell(log)
        spent.append(time.perf_counter() - start)
    best, median = min(spent), sorted(spent)[ROUNDS // 2]
    print(f"Python {platform.python_version()}, {platform.machine()}, one core")
    print(f"ten minutes of conversation: {len(log)} events, {len(history)} items remembered")
    print(f"events per second: median {len(log) / median:,.0f}, best {len(log) / best:,.0f}")
    print(f"ten minutes take: median {median * 1000:.1f} ms")


if __name__ == "__main__":
    main()
