"""Frames in and out: every event there and back, and what is said of a frame that is none."""

import json
from typing import Any

import pytest

from antiphon.wire.openai import frames, ids
from antiphon.wire.openai.errors import Code, WireError
from antiphon.wire.openai.events_base import UnknownEvent
from antiphon.wire.openai.events_client import ItemCreate, SessionUpdate
from antiphon.wire.openai.events_server import SessionCreated
from antiphon.wire.openai.events_server_input import DtmfReceived, InputAudioCleared
from antiphon.wire.openai.events_server_response import OutputAudioDelta, OutputAudioDone, ResponseDone

PART = {"response_id": "resp_1", "item_id": "item_1", "output_index": 0, "content_index": 0}
ITEM_PLACE = {"response_id": "resp_1", "item_id": "item_1", "output_index": 0}
ITEM = {"type": "message", "id": "item_1", "role": "user", "status": "completed",
        "content": [{"type": "input_audio", "transcript": None}]}  # fmt: skip
RESPONSE = {
    "object": "realtime.response", "id": "resp_1", "status": "failed", "conversation_id": None, "output": [ITEM],
    "status_details": {"type": "failed", "error": {"type": "server_error", "code": None}}, "usage": None,
    "metadata": {"a": "b"}, "max_output_tokens": "inf",
}  # fmt: skip
WRITTEN = "conversation.item.input_audio_transcription"

SERVER_FRAMES: dict[str, dict[str, Any]] = {
    "error": {"error": {"type": "server_error", "message": "x", "code": None, "param": None, "event_id": None}},
    "session.created": {"session": {"id": "sess_1", "type": "realtime", "new_field": [1]}},
    "session.updated": {"session": {"id": "sess_1", "audio": {"input": {"turn_detection": None}}}},
    "conversation.created": {"conversation": {"id": "conv_1", "object": "realtime.conversation"}},
    "conversation.item.created": {"item": ITEM, "previous_item_id": None},
    "conversation.item.added": {"item": ITEM, "previous_item_id": "item_0"},
    "conversation.item.done": {"item": ITEM, "previous_item_id": None},
    "conversation.item.retrieved": {"item": ITEM},
    "conversation.item.truncated": {"item_id": "item_1", "content_index": 0, "audio_end_ms": 120},
    "conversation.item.deleted": {"item_id": "item_1"},
    "rate_limits.updated": {"rate_limits": [{"name": "tokens", "limit": 9, "remaining": 8, "reset_seconds": 0.002}]},
    "mcp_list_tools.in_progress": {"item_id": "item_1"},
    "mcp_list_tools.completed": {"item_id": "item_1"},
    "mcp_list_tools.failed": {"item_id": "item_1"},
    "input_audio_buffer.speech_started": {"audio_start_ms": 1460, "item_id": "item_1"},
    "input_audio_buffer.speech_stopped": {"audio_end_ms": 4256, "item_id": "item_1"},
    "input_audio_buffer.committed": {"item_id": "item_1", "previous_item_id": None},
    "input_audio_buffer.cleared": {},
    "input_audio_buffer.timeout_triggered": {"audio_start_ms": 0, "audio_end_ms": 6000, "item_id": "item_1"},
    "input_audio_buffer.dtmf_event_received": {"event": "9", "received_at": 1_763_000_000},
    f"{WRITTEN}.delta": {"item_id": "item_1", "content_index": 0, "delta": "He"},
    f"{WRITTEN}.segment": {"item_id": "item_1", "content_index": 0, "id": "seg", "text": "Hi", "speaker": "A",
                           "start": 0.5, "end": 1.25},
    f"{WRITTEN}.completed": {"item_id": "item_1", "content_index": 0, "transcript": "Hi",
                             "usage": {"type": "duration", "seconds": 2.5}},
    f"{WRITTEN}.failed": {"item_id": "item_1", "content_index": 0, "error": {"message": "unintelligible"}},
    "response.created": {"response": RESPONSE},
    "response.done": {"response": RESPONSE},
    "response.output_item.added": {"response_id": "resp_1", "output_index": 0, "item": ITEM},
    "response.output_item.done": {"response_id": "resp_1", "output_index": 0, "item": ITEM},
    "response.content_part.added": {**PART, "part": {"type": "audio", "transcript": ""}},
    "response.content_part.done": {**PART, "part": {"type": "text", "text": "Hi"}},
    "response.output_text.delta": {**PART, "delta": "H"},
    "response.output_text.done": {**PART, "text": "Hi"},
    "response.output_audio.delta": {**PART, "delta": "AAA="},
    "response.output_audio.done": PART,
    "response.output_audio_transcript.delta": {**PART, "delta": "H"},
    "response.output_audio_transcript.done": {**PART, "transcript": "Hi"},
    "response.function_call_arguments.delta": {**ITEM_PLACE, "call_id": "call_1", "delta": "{"},
    "response.function_call_arguments.done": {**ITEM_PLACE, "call_id": "call_1", "name": "f", "arguments": "{}"},
    "response.mcp_call_arguments.delta": {**ITEM_PLACE, "delta": "{"},
    "response.mcp_call_arguments.done": {**ITEM_PLACE, "arguments": "{}"},
    "response.mcp_call.in_progress": {"item_id": "item_1", "output_index": 0},
    "response.mcp_call.completed": {"item_id": "item_1", "output_index": 0},
    "response.mcp_call.failed": {"item_id": "item_1", "output_index": 0},
    "output_audio_buffer.started": {"response_id": "resp_1"},
    "output_audio_buffer.stopped": {"response_id": "resp_1"},
    "output_audio_buffer.cleared": {"response_id": "resp_1"},
}  # fmt: skip

CLIENT_FRAMES: dict[str, dict[str, Any]] = {
    "session.update": {"session": {"type": "realtime", "audio": {"input": {"turn_detection": None}}}},
    "input_audio_buffer.append": {"audio": "AAA="},
    "input_audio_buffer.commit": {},
    "input_audio_buffer.clear": {},
    "output_audio_buffer.clear": {},
    "conversation.item.create": {"item": ITEM, "previous_item_id": "root"},
    "conversation.item.retrieve": {"item_id": "item_1"},
    "conversation.item.truncate": {"item_id": "item_1", "content_index": 0, "audio_end_ms": 1500},
    "conversation.item.delete": {"item_id": "item_1"},
    "response.create": {"response": {"conversation": "none", "input": [{"type": "item_reference", "id": "item_1"}],
                                     "metadata": {"topic": "mood"}}},
    "response.cancel": {"response_id": "resp_1"},
}  # fmt: skip


def test_every_event_is_in_the_samples() -> None:
    assert set(SERVER_FRAMES) == set(frames.SERVER_EVENTS)
    assert set(CLIENT_FRAMES) == set(frames.CLIENT_EVENTS)


@pytest.mark.parametrize("kind", SERVER_FRAMES)
def test_a_server_event_is_written_as_it_was_read(kind: str) -> None:
    raw = {"type": kind, "event_id": "event_1", "newer_field": None, **SERVER_FRAMES[kind]}
    event = frames.parse_server(json.dumps(raw))
    assert type(event) is frames.SERVER_EVENTS[kind]
    assert json.loads(frames.frame_of(event)) == raw


@pytest.mark.parametrize("kind", CLIENT_FRAMES)
def test_a_client_event_is_written_as_it_was_read(kind: str) -> None:
    raw = {"type": kind, "event_id": "mine", "newer_field": {"a": 1}, **CLIENT_FRAMES[kind]}
    event = frames.parse_client(json.dumps(raw).encode())
    assert type(event) is frames.CLIENT_EVENTS[kind]
    assert json.loads(frames.frame_of(event)) == raw


@pytest.mark.parametrize("kind", [kind for kind in SERVER_FRAMES if SERVER_FRAMES[kind]])
def test_a_server_event_without_its_fields_is_no_event(kind: str) -> None:
    with pytest.raises(WireError) as caught:
        frames.parse_server(json.dumps({"type": kind}))
    assert caught.value.code is Code.MISSING_REQUIRED_PARAMETER


def test_an_unknown_server_event_survives_as_it_is() -> None:
    raw = {"type": "response.hologram.delta", "event_id": "event_1", "delta": {"x": [1, None]}}
    event = frames.parse_server(json.dumps(raw))
    assert event == UnknownEvent("response.hologram.delta", raw)
    assert json.loads(frames.frame_of(event)) == raw
    assert frames.stamped(event, ids.counted_ids()) == event


@pytest.mark.parametrize(
    ("frame", "code", "param"),
    [
        ("", Code.INVALID_EVENT, None),
        ("{", Code.INVALID_EVENT, None),
        ("[]", Code.INVALID_EVENT, None),
        ('"response.create"', Code.INVALID_EVENT, None),
        (b"\xff\xfe", Code.INVALID_EVENT, None),
        ('{"type":"response.cancel","n":NaN}', Code.INVALID_EVENT, None),
        ("{}", Code.MISSING_REQUIRED_PARAMETER, "type"),
        ('{"type":7}', Code.INVALID_TYPE, "type"),
        ('{"type":"response.shout"}', Code.INVALID_VALUE, "type"),
        ('{"type":"conversation.item.created","item":{}}', Code.INVALID_VALUE, "type"),
        ('{"type":"transcription_session.update","session":{}}', Code.BETA_API_SHAPE_DISABLED, None),
        ('{"type":"session.update"}', Code.MISSING_REQUIRED_PARAMETER, "session"),
        ('{"type":"session.update","session":[]}', Code.INVALID_TYPE, "session"),
        ('{"type":"conversation.item.create"}', Code.MISSING_REQUIRED_PARAMETER, "item"),
        ('{"type":"conversation.item.create","item":{"type":"message","content":[]}}',
         Code.MISSING_REQUIRED_PARAMETER, "item.role"),
        ('{"type":"conversation.item.create","item":{"type":"message","role":"robot","content":[]}}',
         Code.INVALID_VALUE, "item.role"),
        ('{"type":"conversation.item.truncate","item_id":"i","content_index":0,"audio_end_ms":"9"}',
         Code.INVALID_TYPE, "audio_end_ms"),
        ('{"type":"conversation.item.truncate","item_id":"i","content_index":0,"audio_end_ms":9.5}',
         Code.INVALID_TYPE, "audio_end_ms"),
        ('{"type":"response.create","response":{"modalities":["text"]}}', Code.UNKNOWN_PARAMETER,
         "response.modalities"),
        ('{"type":"response.create","response":{"conversation":"other"}}', Code.INVALID_VALUE,
         "response.conversation"),
        ('{"type":"response.create","response":{"metadata":{"a":1}}}', Code.INVALID_TYPE, "response.metadata.a"),
    ],
)  # fmt: skip
def test_what_is_said_of_a_bad_frame(frame: str | bytes, code: Code, param: str | None) -> None:
    with pytest.raises(WireError) as caught:
        frames.parse_client(frame)
    assert (caught.value.code, caught.value.param) == (code, param)


def test_the_error_names_the_event_that_was_wrong() -> None:
    with pytest.raises(WireError) as caught:
        frames.parse_client('{"type":"response.shout","event_id":"mine"}')
    assert caught.value.event_id == "mine"


@pytest.mark.parametrize("event_id", ["x" * 513, 7])
def test_an_event_id_that_is_none_is_refused_and_not_echoed(event_id: object) -> None:
    with pytest.raises(WireError) as caught:
        frames.parse_client(json.dumps({"type": "response.cancel", "event_id": event_id}))
    assert caught.value.event_id is None
    assert caught.value.param == "event_id"


@pytest.mark.parametrize(
    "metadata",
    [{f"k{n}": "v" for n in range(17)}, {"k" * 65: "v"}, {"k": "v" * 513}],
    ids=["pairs", "key", "value"],
)
def test_metadata_is_bounded(metadata: dict[str, str]) -> None:
    with pytest.raises(WireError) as caught:
        frames.parse_client(json.dumps({"type": "response.create", "response": {"metadata": metadata}}))
    assert caught.value.code is Code.INVALID_VALUE


def test_null_in_a_session_update_is_kept_apart_from_absence() -> None:
    event = frames.parse_client('{"type":"session.update","session":{"type":"realtime","tracing":null}}')
    assert isinstance(event, SessionUpdate)
    assert event.session == {"type": "realtime", "tracing": None}


def test_what_an_item_knows_of_its_origin_is_kept() -> None:
    raw = {"type": "function_call_output", "call_id": "c", "output": "1", "object": "realtime.item"}
    event = frames.parse_client(json.dumps({"type": "conversation.item.create", "item": raw}))
    assert isinstance(event, ItemCreate)
    assert event.item.wire() == raw


def test_a_server_event_gets_its_id_once_and_a_key_of_a_telephone_gets_none() -> None:
    next_id = ids.counted_ids()
    stamped = frames.stamped(InputAudioCleared(), next_id)
    assert json.loads(frames.frame_of(stamped)) == {"type": "input_audio_buffer.cleared", "event_id": "event_1"}
    assert frames.stamped(stamped, next_id) is stamped
    pressed = DtmfReceived(event="1", received_at=0)
    assert "event_id" not in json.loads(frames.frame_of(frames.stamped(pressed, next_id)))


def test_sound_never_goes_on_a_data_channel_and_its_end_does() -> None:
    assert not frames.goes_on_data_channel(OutputAudioDelta(**PART, delta="AAA="))
    assert frames.goes_on_data_channel(OutputAudioDone(**PART))


def test_usage_of_a_failed_response_may_be_null_or_half_there() -> None:
    for usage in (None, {}, {"total_tokens": 0}, {"input_token_details": None}):
        event = frames.parse_server(json.dumps({"type": "response.done", "response": {**RESPONSE, "usage": usage}}))
        assert isinstance(event, ResponseDone)


def test_a_session_that_is_not_understood_is_still_read() -> None:
    raw = {"id": "sess_1", "type": "realtime", "expires_at": 9, "audio": {"input": {"turn_detection": {"type": "new"}}}}
    event = frames.parse_server(json.dumps({"type": "session.created", "session": raw}))
    assert isinstance(event, SessionCreated)
    assert event.session.expires_at == 9
    assert event.session.wire() == raw
