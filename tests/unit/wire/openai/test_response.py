"""One response: its deltas, its items, its end."""

import base64
from typing import TypeVar

import pytest

from antiphon.wire.openai import events_server_response as ev
from antiphon.wire.openai.audio import PCM
from antiphon.wire.openai.conversation import Conversation
from antiphon.wire.openai.events_base import ServerEvent
from antiphon.wire.openai.ids import counted_ids
from antiphon.wire.openai.response import OpenResponse
from antiphon.wire.openai.response_shape import Response
from antiphon.wire.openai.session_shape import Modality
from antiphon.wire.openai.usage import Counted, usage
from tests.unit.wire.openai.talk import kinds, silence


def response(modality: Modality = "audio", *, conversation: Conversation | None = None) -> OpenResponse:
    return OpenResponse(Response(id="resp_1", status="in_progress"), modality, PCM, counted_ids(), conversation)


Found = TypeVar("Found", bound=ServerEvent)


def only(events: list[ServerEvent], kind: type[Found]) -> Found:
    (found,) = [event for event in events if isinstance(event, kind)]
    return found


def test_parts_have_the_names_of_parts_and_items_those_of_items() -> None:
    made = response()
    item_id, events = made.add_message()
    assert only(events, ev.OutputItemAdded).item.wire()["content"] == []
    assert only(events, ev.ContentPartAdded).part.wire() == {"type": "audio", "transcript": ""}
    made.text(item_id, "Good ")
    made.text(item_id, "day")
    closing = made.close(item_id)
    assert only(closing, ev.ContentPartDone).part.wire() == {"type": "audio", "transcript": "Good day"}
    assert only(closing, ev.TranscriptDone).transcript == "Good day"
    assert only(closing, ev.OutputItemDone).item.wire() == {
        "type": "message", "id": item_id, "status": "completed", "role": "assistant",
        "content": [{"type": "output_audio", "transcript": "Good day"}],
    }  # fmt: skip


def test_a_written_message() -> None:
    made = response("text")
    item_id, events = made.add_message()
    assert only(events, ev.ContentPartAdded).part.wire() == {"type": "text", "text": ""}
    assert [event.wire()["delta"] for event in made.text(item_id, "Hi")] == ["Hi"]
    assert made.audio(item_id, silence(20)) == []
    closing = made.close(item_id)
    assert only(closing, ev.OutputTextDone).text == "Hi"
    assert only(closing, ev.OutputItemDone).item.wire()["content"] == [{"type": "output_text", "text": "Hi"}]


def test_text_that_says_nothing_is_no_event() -> None:
    made = response()
    item_id, _ = made.add_message()
    assert made.text(item_id, "") == made.audio(item_id, b"") == []


def test_sound_is_base64_and_is_counted() -> None:
    made = response()
    item_id, _ = made.add_message()
    delta = only(made.audio(item_id, silence(250)), ev.OutputAudioDelta)
    assert base64.b64decode(delta.delta) == silence(250)
    made.audio_elsewhere(item_id, 150.0)
    done = only(made.end("cancelled", None, None), ev.ResponseDone)
    assert done.response.usage == usage(Counted(audio_out_ms=400))


def test_a_call_s_arguments_add_up() -> None:
    made = response()
    item_id, events = made.add_call("look_up", "call_x")
    assert only(events, ev.OutputItemAdded).item.wire()["arguments"] == ""
    for piece in ('{"a"', ": 1}"):
        assert only(made.arguments(item_id, piece), ev.ArgumentsDelta).call_id == "call_x"
    done = only(made.close(item_id), ev.ArgumentsDone)
    assert (done.name, done.call_id, done.arguments) == ("look_up", "call_x", '{"a": 1}')


def test_no_arguments_are_still_done() -> None:
    made = response()
    item_id, _ = made.add_call("now")
    assert only(made.close(item_id), ev.ArgumentsDone).arguments == ""


def test_items_may_be_made_side_by_side() -> None:
    made = response()
    spoken, _ = made.add_message()
    call, _ = made.add_call("f")
    made.text(spoken, "one ")
    made.arguments(call, "{}")
    made.text(spoken, "two")
    events = made.end("completed", None, None)
    assert only(events, ev.TranscriptDone).transcript == "one two"
    assert [item.status for item in only(events, ev.ResponseDone).response.output] == ["completed", "completed"]


@pytest.mark.parametrize("status", ["cancelled", "failed", "incomplete"])
def test_what_was_open_at_a_bad_end_is_incomplete_and_what_was_closed_is_not(status: str) -> None:
    made = response()
    first, _ = made.add_message()
    made.close(first)
    second, _ = made.add_message()
    made.text(second, "half a")
    events = made.end(status, None, None)  # type: ignore[arg-type]  # one of the three
    done = only(events, ev.ResponseDone).response
    assert [item.status for item in done.output] == ["completed", "incomplete"]
    assert only(events, ev.TranscriptDone).transcript == "half a"


def test_what_comes_late_changes_nothing() -> None:
    made = response(conversation=Conversation("conv_1", counted_ids()))
    item_id, _ = made.add_message()
    made.close(item_id)
    assert made.text(item_id, "late") == made.audio(item_id, silence(20)) == made.close(item_id) == []
    made.end("completed", None, None)
    assert made.end("failed", None, None) == []
    late_id, events = made.add_message()
    assert events == []
    assert made.text(late_id, "later") == made.add_call("f")[1] == []
    assert made.done is not None
    assert made.done.status == "completed"
    assert len(made.done.output) == 1


def test_out_of_band_is_stored_nowhere() -> None:
    made = response()
    item_id, events = made.add_message()
    assert kinds([*events, *made.close(item_id)]).count("conversation.item.added") == 0


def test_sound_is_stored_with_the_item() -> None:
    conversation = Conversation("conv_1", counted_ids())
    made = response(conversation=conversation)
    item_id, _ = made.add_message()
    made.audio(item_id, silence(100))
    assert conversation.audio_of(item_id) == silence(100)
