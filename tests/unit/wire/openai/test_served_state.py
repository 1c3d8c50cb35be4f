"""The machines together: what follows from what, beside the canonical sequences."""

import base64
import json

import pytest

from antiphon.wire.openai import events_server_response as ev
from antiphon.wire.openai.errors import Code, WireError
from antiphon.wire.openai.events_client import InputAudioAppend
from antiphon.wire.openai.events_server import ItemRetrieved, ItemTruncated, SessionUpdated
from antiphon.wire.openai.served_effects import (
    AudioReceived,
    EndSession,
    InputCleared,
    OutputCleared,
    SessionChanged,
    StartResponse,
    StopResponse,
    TurnTaken,
)
from tests.unit.wire.openai.talk import Talk, silence, user_text

MANUAL = {"audio": {"input": {"turn_detection": None}}}


def speak(talk: Talk, ms: int = 500) -> str:
    """A response that has spoken for ``ms``, still open: its item."""
    response = talk.ask()
    item_id, events = response.add_message()
    talk.take([*events])
    talk.take(talk.state.sounded(response.id, item_id, silence(ms), talk.now))
    return item_id


def update(talk: Talk, **session: object) -> None:
    talk.say(type="session.update", event_id="mine", session={"type": "realtime", **session})


def test_an_update_is_answered_once_with_everything() -> None:
    talk = Talk()
    update(talk, instructions="be brief")
    (event,) = [outcome for outcome in talk.outcomes if isinstance(outcome, SessionUpdated)]
    assert event.session == talk.state.session
    assert event.wire()["session"]["instructions"] == "be brief"
    (changed,) = [effect for effect in talk.effects() if isinstance(effect, SessionChanged)]
    assert (changed.before.instructions, changed.after.instructions) == ("", "be brief")


def test_a_refused_update_changes_nothing_and_names_the_event() -> None:
    talk = Talk()
    before = talk.state.session
    update(talk, modalities=["text"])
    (error,) = talk.errors()
    assert (error.error.code, error.error.param, error.error.event_id) == (
        "unknown_parameter", "session.modalities", "mine",
    )  # fmt: skip
    assert talk.state.session is before
    assert talk.effects() == []


def test_the_voice_is_locked_by_the_first_sound_not_by_the_first_response() -> None:
    talk = Talk()
    talk.ask()
    update(talk, audio={"output": {"voice": "ash"}})
    assert talk.errors() == []
    response_id = talk.state.responses.active or ""
    item_id, _ = talk.opened(response_id).add_message()
    talk.take(talk.state.sounded(response_id, item_id, silence(20), 0.0))
    update(talk, audio={"output": {"voice": "cedar"}})
    assert [error.error.code for error in talk.errors()] == ["cannot_update_voice"]


def test_sound_is_handed_out_to_be_decoded_and_comes_back_as_pcm() -> None:
    talk = Talk(session={"audio": {"input": {"format": {"type": "audio/pcmu"}, "turn_detection": None}}})
    sound = base64.b64encode(bytes(801)).decode()
    (effect,) = talk.state.handle(InputAudioAppend(audio=sound), 0.0)
    assert isinstance(effect, AudioReceived)
    assert (len(effect.data), effect.audio_format.type) == (801, "audio/pcmu")


def test_a_bad_append_is_an_error_and_nothing_is_heard() -> None:
    talk = Talk(session=MANUAL)
    talk.say(type="input_audio_buffer.append", audio="????")
    talk.say(type="input_audio_buffer.append", audio=base64.b64encode(b"abc").decode())
    assert [error.error.code for error in talk.errors()] == ["invalid_value", "invalid_value"]
    assert talk.state.input.total_ms == 0


def test_a_short_commit_is_refused_and_a_long_one_is_to_be_transcribed() -> None:
    talk = Talk(session=MANUAL)
    talk.hear(99)
    talk.say(type="input_audio_buffer.commit", event_id="mine")
    (error,) = talk.errors()
    assert (error.error.code, error.error.event_id) == ("input_audio_buffer_commit_empty", "mine")
    talk.hear(1)
    talk.say(type="input_audio_buffer.commit")
    (taken,) = [effect for effect in talk.effects() if isinstance(effect, TurnTaken)]
    assert (taken.turn.start_ms, taken.turn.end_ms, taken.turn.audio) == (0, 100, silence(100))
    assert [item.id for item in talk.state.conversation.items] == [taken.turn.item_id]
    assert talk.state.responses.open == ()


def test_a_clear_tells_the_detector_and_there_is_no_output_buffer_on_a_websocket() -> None:
    talk = Talk()
    talk.say(type="input_audio_buffer.clear")
    assert InputCleared() in talk.effects()
    talk.say(type="output_audio_buffer.clear")
    assert [error.error.code for error in talk.errors()] == ["invalid_value"]


def test_a_second_response_is_refused_and_the_first_goes_on() -> None:
    talk = Talk()
    item_id = speak(talk)
    talk.say(type="response.create", event_id="mine")
    (error,) = talk.errors()
    assert (error.error.code, error.error.event_id) == ("conversation_already_has_active_response", "mine")
    assert talk.state.responses.active is not None
    assert talk.opened(talk.state.responses.active).text(item_id, "still here")


def test_a_cancel_without_a_response_is_refused() -> None:
    talk = Talk()
    talk.say(type="response.cancel", event_id="mine")
    (error,) = talk.errors()
    assert (error.error.code, error.error.event_id) == ("response_cancel_not_active", "mine")


def test_the_model_is_stopped_by_a_cancel_and_by_a_voice() -> None:
    for voice in (False, True):
        talk = Talk()
        speak(talk)
        if voice:
            talk.hear(500)
            talk.take(talk.state.speech_started(400, 0.0))
        else:
            talk.say(type="response.cancel")
        assert StopResponse("resp_1") in talk.effects()
        done = next(outcome for outcome in talk.outcomes if isinstance(outcome, ev.ResponseDone))
        reason = "turn_detected" if voice else "client_cancelled"
        assert done.response.wire()["status_details"] == {"type": "cancelled", "reason": reason}
        assert [item.status for item in done.response.output] == ["incomplete"]


def test_a_voice_interrupts_only_where_the_session_says_so() -> None:
    talk = Talk(session={"audio": {"input": {"turn_detection": {"type": "server_vad", "interrupt_response": False}}}})
    speak(talk)
    talk.hear(1_000)
    talk.take(talk.state.speech_started(500, 0.0))
    assert talk.state.responses.active == "resp_1"
    talk.take(talk.state.speech_stopped(1_000))
    assert [error.error.code for error in talk.errors()] == ["conversation_already_has_active_response"]


def test_a_turn_is_answered_only_where_the_session_says_so() -> None:
    talk = Talk(session={"audio": {"input": {"turn_detection": {"type": "server_vad", "create_response": False}}}})
    talk.hear(1_000)
    talk.take(talk.state.speech_started(500, 0.0))
    talk.take(talk.state.speech_stopped(1_000))
    assert not [effect for effect in talk.effects() if isinstance(effect, StartResponse)]
    assert [effect for effect in talk.effects() if isinstance(effect, TurnTaken)]


def test_the_model_knows_the_turn_that_it_answers() -> None:
    talk = Talk()
    talk.say(type="conversation.item.create", item=user_text(id="before"))
    talk.hear(1_000)
    talk.take(talk.state.speech_started(500, 0.0))
    talk.take(talk.state.speech_stopped(1_000))
    (start,) = [effect for effect in talk.effects() if isinstance(effect, StartResponse)]
    (taken,) = [effect for effect in talk.effects() if isinstance(effect, TurnTaken)]
    assert [item.id for item in start.plan.context] == ["before", taken.turn.item_id]


def test_an_update_during_a_response_is_for_later_turns() -> None:
    talk = Talk()
    speak(talk)
    update(talk, instructions="later")
    talk.take(talk.state.completed("resp_1", 0.0))
    talk.ask()
    plans = [effect.plan for effect in talk.effects() if isinstance(effect, StartResponse)]
    assert [plan.session.instructions for plan in plans] == ["", "later"]


def test_what_was_not_heard_is_not_known_to_the_next_response() -> None:
    talk = Talk("webrtc")
    response = talk.ask()
    item_id, _ = response.add_message()
    response.text(item_id, "you never heard this")
    talk.state.queued(response.id, item_id, 1_000)
    talk.take(talk.state.sent(100))
    talk.hear(500)
    talk.take(talk.state.speech_started(400, 0.0))
    assert OutputCleared() in talk.effects()
    talk.take(talk.state.speech_stopped(500))
    plan = [effect for effect in talk.effects() if isinstance(effect, StartResponse)][-1].plan
    assert "never heard" not in json.dumps([item.wire() for item in plan.context])


def test_items_that_never_sounded_are_truncated_to_nothing() -> None:
    talk = Talk("webrtc")
    response = talk.ask()
    first, _ = response.add_message()
    second, _ = response.add_message()
    talk.state.queued(response.id, first, 200)
    talk.state.queued(response.id, second, 200)
    talk.take(talk.state.sent(150))
    talk.hear(500)
    talk.take(talk.state.speech_started(400, 0.0))
    cuts = [(e.item_id, e.audio_end_ms) for e in talk.outcomes if isinstance(e, ItemTruncated)]
    assert cuts == [(first, 150), (second, 0)]


def test_sound_for_what_is_no_spoken_message_is_not_taken() -> None:
    talk = Talk("webrtc")
    response = talk.ask(output_modalities=["text"])
    item_id, _ = response.add_message()
    call_id, _ = response.add_call("f")
    for target in (item_id, call_id, "nowhere"):
        assert not talk.state.queued(response.id, target, 20)
    assert not talk.state.queued("resp_9", item_id, 20)
    assert talk.state.sounded("resp_9", item_id, silence(20), 0.0) == []


def test_a_model_that_is_late_changes_nothing() -> None:
    talk = Talk()
    item_id = speak(talk)
    talk.say(type="response.cancel")
    talk.seen()
    talk.take(talk.state.sounded("resp_1", item_id, silence(20), 0.0))
    talk.take(talk.state.completed("resp_1", 0.0))
    talk.take(talk.state.failed("resp_1", WireError(Code.SERVER_ERROR, "x"), 0.0))
    assert talk.seen() == []


def test_a_failure_is_the_response_s_alone() -> None:
    talk = Talk()
    speak(talk)
    talk.take(talk.state.failed("resp_1", WireError(Code.RATE_LIMIT, "slow down"), 0.0))
    assert talk.errors() == []
    done = next(outcome for outcome in talk.outcomes if isinstance(outcome, ev.ResponseDone))
    assert done.response.status == "failed"
    assert talk.ask().id == "resp_2"


def test_after_an_hour_the_session_says_so_and_ends() -> None:
    talk = Talk(lifetime=60.0)
    assert talk.state.deadline() == 60.0
    assert talk.state.expire(59.0) == []
    talk.take(talk.state.expire(60.0))
    assert [error.error.code for error in talk.errors()] == ["session_expired"]
    assert talk.effects() == [EndSession(1001, "session_expired")]


def test_a_frame_of_the_beta_ends_the_session_with_its_own_code() -> None:
    talk = Talk()
    with pytest.raises(WireError) as caught:
        talk.say(type="transcription_session.update", session={})
    talk.take(talk.state.refuse(caught.value))
    assert talk.effects() == [EndSession(4000, "beta_api_shape_disabled")]


@pytest.mark.parametrize("spoken_ms", [0, 2_000])
def test_the_idle_timer_waits_until_a_client_has_played_what_it_got(spoken_ms: int) -> None:
    talk = Talk(session={"audio": {"input": {"turn_detection": {"type": "server_vad", "idle_timeout_ms": 5_000}}}})
    speak(talk, spoken_ms)
    talk.now = 0.5
    talk.take(talk.state.completed("resp_1", talk.now))
    assert talk.state.deadline() == max(0.5, spoken_ms / 1_000) + 5.0


def test_a_transcript_is_stored_with_its_turn() -> None:
    talk = Talk(session=MANUAL)
    talk.hear(200)
    talk.say(type="input_audio_buffer.commit")
    (item,) = talk.state.conversation.items
    talk.state.transcribed(item.id or "", "good day")
    (retrieved,) = talk.say(type="conversation.item.retrieve", item_id=item.id)
    assert isinstance(retrieved, ItemRetrieved)
    assert retrieved.item.wire()["content"][0]["transcript"] == "good day"


def test_both_outputs_of_two_calls_then_one_answer() -> None:
    talk = Talk()
    response = talk.ask()
    calls = [response.add_call(name)[0] for name in ("a", "b")]
    for call in calls:
        talk.take([*response.close(call)])
    talk.take(talk.state.completed(response.id, 0.0))
    outputs = [item for item in talk.state.conversation.items if item.type == "function_call"]
    for item in outputs:
        call_id = item.wire()["call_id"]
        talk.say(
            type="conversation.item.create", item={"type": "function_call_output", "call_id": call_id, "output": "1"}
        )
    talk.ask()
    plan = [effect for effect in talk.effects() if isinstance(effect, StartResponse)][-1].plan
    assert [item.type for item in plan.context] == ["function_call"] * 2 + ["function_call_output"] * 2
