"""The canonical sequences: which events, in which order. The lists are the protocol's, not this code's."""

import pytest

from antiphon.wire.openai.events_server import ItemAdded, ItemDone, ItemTruncated
from antiphon.wire.openai.events_server_response import OutputItemDone, ResponseDone
from tests.unit.wire.openai.talk import Talk, silence, user_text

ADDED_DONE = ["conversation.item.added", "conversation.item.done"]
BEGINS = ["response.created", "response.output_item.added", "conversation.item.added"]
ENDS = ["conversation.item.done", "response.output_item.done"]
DONE = ["response.done", "rate_limits.updated"]
SPOKEN_END = ["response.output_audio.done", "response.output_audio_transcript.done", "response.content_part.done"]


def test_connect() -> None:
    talk = Talk()
    talk.take(talk.state.opened())
    talk.say(type="session.update", session={"type": "realtime", "instructions": "be brief"})
    assert talk.seen() == ["session.created", "session.updated"]


def test_text_turn() -> None:
    talk = Talk(session={"output_modalities": ["text"]})
    talk.say(type="conversation.item.create", item=user_text())
    response = talk.ask()
    item_id, events = response.add_message()
    talk.take([*events, *response.text(item_id, "Good "), *response.text(item_id, "day")])
    talk.take(talk.state.completed(response.id, talk.now))
    assert talk.seen() == [
        *ADDED_DONE,
        *BEGINS,
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        *ENDS,
        *DONE,
    ]


def test_audio_response_on_a_websocket() -> None:
    talk = Talk()
    response = talk.ask()
    item_id, events = response.add_message()
    talk.take([*events, *response.text(item_id, "Good day")])
    talk.take(talk.state.sounded(response.id, item_id, silence(200), talk.now))
    talk.take(talk.state.completed(response.id, talk.now))
    assert talk.seen() == [
        *BEGINS,
        "response.content_part.added",
        "response.output_audio_transcript.delta",
        "response.output_audio.delta",
        *SPOKEN_END,
        *ENDS,
        *DONE,
    ]


def test_a_turn_found_by_the_server_interrupts_and_is_answered() -> None:
    talk = Talk()
    response = talk.ask()
    _, events = response.add_message()
    talk.take([*events])
    talk.hear(1_000)
    talk.seen()
    talk.take(talk.state.speech_started(900, talk.now))
    talk.hear(1_000)
    talk.take(talk.state.speech_stopped(1_900))
    assert talk.seen() == [
        "input_audio_buffer.speech_started",
        *SPOKEN_END,
        *ENDS,
        *DONE,
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        *ADDED_DONE,
        "response.created",
    ]


def test_function_call_and_its_output() -> None:
    talk = Talk()
    response = talk.ask()
    item_id, events = response.add_call("look_up", "call_x")
    talk.take([*events, *response.arguments(item_id, '{"id"'), *response.arguments(item_id, ": 1}")])
    talk.take([*response.close(item_id)])
    talk.take(talk.state.completed(response.id, talk.now))
    talk.say(type="conversation.item.create", item={"type": "function_call_output", "call_id": "call_x", "output": "1"})
    talk.ask()
    assert talk.seen() == [
        *BEGINS,
        "response.function_call_arguments.delta",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        *ENDS,
        *DONE,
        *ADDED_DONE,
        "response.created",
    ]


def test_the_output_of_a_call_sent_before_the_response_is_done_follows_it() -> None:
    talk = Talk()
    response = talk.ask()
    item_id, _ = response.add_call("look_up", "call_x")
    talk.take([*response.close(item_id)])
    talk.seen()
    talk.say(type="conversation.item.create", item={"type": "function_call_output", "call_id": "call_x", "output": "1"})
    assert talk.seen() == []
    talk.take(talk.state.completed(response.id, talk.now))
    assert talk.seen() == [*DONE, *ADDED_DONE]


def test_a_spoken_message_and_two_calls_in_one_response() -> None:
    talk = Talk()
    response = talk.ask()
    spoken, _ = response.add_message()
    response.text(spoken, "One moment")
    for name in ("first", "second"):
        response.add_call(name)
    talk.seen()
    talk.take(talk.state.completed(response.id, talk.now))
    assert [outcome.output_index for outcome in talk.outcomes if isinstance(outcome, OutputItemDone)] == [0, 1, 2]
    done = next(outcome for outcome in talk.outcomes if isinstance(outcome, ResponseDone))
    assert [item.type for item in done.response.output] == ["message", "function_call", "function_call"]
    assert not [kind for kind in talk.seen()[3:] if "content_part" in kind and "done" not in kind]


def test_audio_response_over_webrtc_stops_sounding_after_it_is_done() -> None:
    talk = Talk("webrtc")
    response = talk.ask()
    item_id, events = response.add_message()
    talk.take([*events, *response.text(item_id, "Good")])
    assert talk.state.queued(response.id, item_id, 400)
    talk.take(talk.state.sent(20))
    talk.take([*response.text(item_id, " day")])
    talk.take(talk.state.completed(response.id, talk.now))
    talk.take(talk.state.sent(360))
    assert talk.seen() == [
        *BEGINS,
        "response.content_part.added",
        "response.output_audio_transcript.delta",
        "output_audio_buffer.started",
        "response.output_audio_transcript.delta",
        *SPOKEN_END,
        *ENDS,
        *DONE,
    ]
    talk.take(talk.state.sent(20))
    assert talk.seen() == ["output_audio_buffer.stopped"]


@pytest.mark.parametrize("generated", [False, True])
def test_barge_in_over_webrtc_clears_and_truncates(generated: bool) -> None:
    talk = Talk("webrtc")
    response = talk.ask()
    item_id, _ = response.add_message()
    talk.state.queued(response.id, item_id, 1_000)
    talk.take(talk.state.sent(320))
    if generated:
        talk.take(talk.state.completed(response.id, talk.now))
    talk.seen()
    talk.hear(500)
    talk.take(talk.state.speech_started(480, talk.now))
    truncated = [outcome for outcome in talk.outcomes if isinstance(outcome, ItemTruncated)]
    assert [event.audio_end_ms for event in truncated] == [320]
    closing = [] if generated else [*SPOKEN_END, *ENDS, *DONE]
    assert talk.seen() == [
        "input_audio_buffer.speech_started",
        *closing,
        "output_audio_buffer.cleared",
        "conversation.item.truncated",
    ]


def test_barge_in_on_a_websocket_only_cancels() -> None:
    talk = Talk()
    response = talk.ask()
    item_id, _ = response.add_message()
    talk.take(talk.state.sounded(response.id, item_id, silence(500), talk.now))
    talk.seen()
    talk.hear(500)
    talk.take(talk.state.speech_started(480, talk.now))
    assert talk.seen() == ["input_audio_buffer.speech_started", *SPOKEN_END, *ENDS, *DONE]


def test_a_client_cancels_and_clears() -> None:
    talk = Talk("webrtc")
    response = talk.ask()
    item_id, _ = response.add_message()
    talk.state.queued(response.id, item_id, 1_000)
    talk.take(talk.state.sent(100))
    talk.seen()
    talk.say(type="response.cancel")
    done = next(outcome for outcome in talk.outcomes if isinstance(outcome, ResponseDone))
    assert done.response.status == "cancelled"
    assert done.response.status_details is not None
    assert done.response.status_details.reason == "client_cancelled"
    talk.say(type="output_audio_buffer.clear")
    assert talk.seen() == [
        *SPOKEN_END,
        *ENDS,
        *DONE,
        "output_audio_buffer.cleared",
        "conversation.item.truncated",
    ]


def test_push_to_talk_commits_without_an_answer() -> None:
    talk = Talk(session={"audio": {"input": {"turn_detection": None}}})
    talk.say(type="input_audio_buffer.clear")
    talk.hear(400)
    talk.take(talk.state.speech_started(100, talk.now))
    talk.say(type="input_audio_buffer.commit")
    assert talk.seen() == ["input_audio_buffer.cleared", "input_audio_buffer.committed", *ADDED_DONE]


def test_out_of_band_says_nothing_of_the_conversation() -> None:
    talk = Talk()
    beside = talk.ask(conversation="none", output_modalities=["text"], metadata={"topic": "mood"})
    item_id, events = beside.add_message()
    talk.take([*events, *beside.text(item_id, "cheerful")])
    talk.take(talk.state.completed(beside.id, talk.now))
    assert talk.seen() == [
        "response.created",
        "response.output_item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.done",
    ]
    assert talk.state.conversation.items == ()


def test_an_idle_timeout_commits_the_silence_and_is_answered() -> None:
    idle = {"type": "server_vad", "idle_timeout_ms": 5_000}
    talk = Talk(session={"audio": {"input": {"turn_detection": idle}}})
    response = talk.ask()
    talk.take(talk.state.completed(response.id, talk.now))
    talk.hear(5_000)
    talk.seen()
    talk.now = talk.state.deadline()
    assert talk.now == 5.0
    talk.take(talk.state.expire(talk.now))
    assert talk.seen() == [
        "input_audio_buffer.timeout_triggered",
        "input_audio_buffer.committed",
        *ADDED_DONE,
        "response.created",
    ]


def test_the_items_of_a_response_say_what_they_follow() -> None:
    talk = Talk()
    talk.say(type="conversation.item.create", item=user_text(id="mine"))
    response = talk.ask()
    talk.outcomes.clear()
    _, events = response.add_message()
    talk.take([*events, *talk.state.completed(response.id, talk.now)])
    about = [outcome for outcome in talk.outcomes if isinstance(outcome, ItemAdded | ItemDone)]
    assert [event.previous_item_id for event in about] == ["mine", "mine"]
