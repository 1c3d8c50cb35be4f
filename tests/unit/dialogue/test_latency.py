from antiphon.dialogue.effects import ShowLatency
from antiphon.dialogue.latency import TurnLatency


def test_a_turns_waterfall() -> None:
    latency = TurnLatency()
    latency.begin("u1", 10.0)
    for stage, at in [("turn_end", 10.5), ("transcript", 10.6), ("first_token", 10.75)]:
        latency.mark(stage, at)
    assert latency.finish(11.0) == ShowLatency("u1", 500.0, 600.0, 750.0, 1000.0)


def test_a_stage_is_taken_once_and_a_missing_one_is_none() -> None:
    latency = TurnLatency()
    latency.begin("u1", 10.0)
    latency.mark("first_token", 10.2)
    latency.mark("first_token", 10.9)
    assert latency.finish(11.0) == ShowLatency("u1", None, None, 200.0, 1000.0)


def test_it_is_told_once() -> None:
    latency = TurnLatency()
    latency.begin("u1", 10.0)
    assert latency.finish(11.0) is not None
    assert latency.finish(12.0) is None


def test_without_a_turn_there_is_nothing_to_tell() -> None:
    latency = TurnLatency()
    latency.mark("first_token", 1.0)
    assert latency.finish(2.0) is None
    latency.begin("u1", 10.0)
    latency.drop()
    latency.mark("first_token", 11.0)
    assert latency.finish(12.0) is None


def test_a_new_turn_starts_from_nothing() -> None:
    latency = TurnLatency()
    latency.begin("u1", 10.0)
    latency.mark("turn_end", 10.5)
    latency.begin("u2", 20.0)
    assert latency.finish(20.4) == ShowLatency("u2", None, None, None, 400.0)
