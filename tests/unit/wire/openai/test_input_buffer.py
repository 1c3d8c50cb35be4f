"""The input timeline, turns on it, and the idle timer."""

import pytest

from antiphon.wire.openai.errors import Code, WireError
from antiphon.wire.openai.events_server_input import SpeechStarted, SpeechStopped, TimeoutTriggered
from antiphon.wire.openai.ids import counted_ids
from antiphon.wire.openai.input_buffer import DETECTION_LAG_MS, LIMIT_MS, InputBuffer
from antiphon.wire.openai.session_shape import SemanticVad, ServerVad

MS = 48


def numbered(start: int, ms: int) -> bytes:
    """Sound in which every millisecond tells where on the timeline it is."""
    return b"".join((at % 65_536).to_bytes(2, "little") * (MS // 2) for at in range(start, start + ms))


def buffer(detection: ServerVad | SemanticVad | None) -> InputBuffer:
    return InputBuffer(counted_ids(), detection)


def feed(heard: InputBuffer, ms: int, chunk: int = 20) -> None:
    for _ in range(0, ms, chunk):
        heard.append(numbered(heard.total_ms, chunk))


def turn_of(heard: InputBuffer, start: int, stop: int, chunk: int = 20) -> tuple[int, int, bytes]:
    """Speech detected at ``start``, its end decided at ``stop``."""
    feed(heard, start - heard.total_ms, chunk)
    (started,) = heard.speech_started(start)
    feed(heard, stop - heard.total_ms, chunk)
    (stopped,), turn = heard.speech_stopped(stop)
    assert isinstance(started, SpeechStarted)
    assert isinstance(stopped, SpeechStopped)
    assert turn is not None
    assert started.item_id == stopped.item_id == turn.item_id
    return started.audio_start_ms, stopped.audio_end_ms, turn.audio


def test_the_clock_goes_on_over_turns_as_it_was_seen_on_the_wire() -> None:
    heard = buffer(ServerVad())
    for start, stop in [(1760, 4256), (9248, 11744), (16736, 19232)]:
        begun, ended, audio = turn_of(heard, start, stop, 16)
        assert (begun, ended) == (start - 300, stop)
        assert audio == numbered(begun, ended - begun), "padding and closing silence included, nothing else"


def test_padding_stops_at_the_beginning() -> None:
    heard = buffer(ServerVad(prefix_padding_ms=300))
    assert turn_of(heard, 100, 500)[0] == 0


def test_a_detector_may_be_late() -> None:
    heard = buffer(ServerVad(prefix_padding_ms=300))
    feed(heard, 3_000 + DETECTION_LAG_MS)
    heard.speech_started(3_000)
    _, turn = heard.speech_stopped(3_500)
    assert turn is not None
    assert turn.audio == numbered(2_700, 800)


def test_while_nobody_speaks_little_is_kept() -> None:
    heard = buffer(ServerVad())
    feed(heard, 60_000)
    assert heard.held_ms <= 300 + DETECTION_LAG_MS + 20
    assert heard.total_ms == 60_000


def test_sound_after_the_decision_belongs_to_the_next_turn() -> None:
    heard = buffer(ServerVad())
    feed(heard, 1_000)
    heard.speech_started(900)
    feed(heard, 1_000)
    _, turn = heard.speech_stopped(1_700)
    assert turn is not None
    assert turn.end_ms == 1_700
    assert heard.held_ms == 300


def test_a_start_within_a_turn_and_a_stop_without_one_are_nothing() -> None:
    heard = buffer(ServerVad())
    feed(heard, 500)
    assert heard.speech_stopped(500) == ([], None)
    assert len(heard.speech_started(400)) == 1
    assert heard.speech_started(450) == []


def test_clear_drops_the_turn_under_way_but_not_the_time() -> None:
    heard = buffer(ServerVad())
    feed(heard, 500)
    (first,) = heard.speech_started(400)
    assert [event.type for event in heard.clear()] == ["input_audio_buffer.cleared"]
    assert (heard.held_ms, heard.total_ms, heard.speaking) == (0, 500, False)
    assert heard.speech_stopped(500) == ([], None)
    (second,) = heard.speech_started(500)
    assert isinstance(first, SpeechStarted)
    assert isinstance(second, SpeechStarted)
    assert second.item_id != first.item_id


@pytest.mark.parametrize("ms", [0, 1, 99])
def test_less_than_a_tenth_of_a_second_is_no_turn(ms: int) -> None:
    heard = buffer(None)
    heard.append(bytes(ms * MS))
    with pytest.raises(WireError, match=rf"at least 100ms of audio, but buffer only has {ms}\.00ms") as caught:
        heard.commit()
    assert caught.value.code is Code.COMMIT_EMPTY
    assert heard.held_ms == ms


def test_by_hand_everything_is_kept_and_committed() -> None:
    heard = buffer(None)
    feed(heard, 10_000)
    assert heard.speech_started(5_000) == []
    turn = heard.commit()
    assert (turn.start_ms, turn.end_ms) == (0, 10_000)
    assert turn.audio == numbered(0, 10_000)
    feed(heard, 100)
    assert heard.commit().start_ms == 10_000


def test_an_odd_number_of_bytes_is_not_lost() -> None:
    heard = buffer(None)
    heard.append(bytes(100 * MS + 10))
    assert len(heard.commit().audio) == 100 * MS + 10


def test_what_waits_for_a_commit_is_bounded() -> None:
    heard = buffer(None)
    heard.append(bytes(LIMIT_MS * MS))
    with pytest.raises(WireError):
        heard.append(bytes(MS))
    assert heard.held_ms == LIMIT_MS


def test_turn_detection_off_keeps_what_was_heard() -> None:
    heard = buffer(ServerVad())
    feed(heard, 500)
    heard.speech_started(400)
    heard.configure(None)
    feed(heard, 500)
    assert heard.speech_stopped(900) == ([], None)
    assert heard.commit().audio == numbered(100, 900)


def test_semantic_detection_pads_too() -> None:
    assert turn_of(buffer(SemanticVad()), 1_000, 2_000)[0] == 700


IDLE = ServerVad(idle_timeout_ms=5_000)


def test_the_idle_timer_waits_for_the_playback_then_for_the_timeout() -> None:
    heard = buffer(IDLE)
    assert heard.deadline() is None
    feed(heard, 1_000)
    heard.answered(1.0, playback_left_ms=2_000)
    assert heard.deadline() == 8.0
    feed(heard, 7_000)
    assert heard.expire(7.9) == ([], None)
    (event,), turn = heard.expire(8.0)
    assert isinstance(event, TimeoutTriggered)
    assert turn is not None
    assert (event.audio_start_ms, event.audio_end_ms) == (turn.start_ms, turn.end_ms) == (3_000, 8_000)
    assert turn.audio == numbered(3_000, 5_000)
    assert heard.deadline() is None


@pytest.mark.parametrize("what", ["speech", "busy", "off"])
def test_the_idle_timer_is_for_silence_alone(what: str) -> None:
    heard = buffer(IDLE)
    feed(heard, 1_000)
    heard.answered(1.0, 0)
    if what == "speech":
        heard.speech_started(900)
    elif what == "busy":
        heard.busy()
    else:
        heard.configure(ServerVad())
    assert heard.deadline() is None
    assert heard.expire(100.0) == ([], None)


def test_only_server_vad_with_a_timeout_has_an_idle_timer() -> None:
    for detection in (None, SemanticVad(), ServerVad()):
        heard = buffer(detection)
        heard.answered(1.0, 0)
        assert heard.deadline() is None
