"""Defaults of a session and what an update may do to it."""

from typing import Any

import pytest

from antiphon.wire.openai.errors import Code, WireError
from antiphon.wire.openai.response_shape import ResponseRequest
from antiphon.wire.openai.session import Rules, for_response, is_reasoning_model, new_session, updated
from antiphon.wire.openai.session_shape import SemanticVad, ServerVad, Session

RULES = Rules()
TOOL = {"type": "function", "name": "look_up", "parameters": {"type": "object"}}


def fresh(request: dict[str, Any] | None = None, **kwargs: Any) -> Session:
    return new_session("sess_1", "gpt-realtime-2.1", expires_at=4_000, request=request, rules=RULES, **kwargs)


def change(session: Session, *, spoke: bool = False, rules: Rules = RULES, **patch: Any) -> Session:
    return updated(session, {"type": session.type, **patch}, spoke=spoke, rules=rules)


def refused(session: Session, *, spoke: bool = False, rules: Rules = RULES, **patch: Any) -> tuple[Code, str | None]:
    before = session.wire()
    with pytest.raises(WireError) as caught:
        change(session, spoke=spoke, rules=rules, **patch)
    assert session.wire() == before
    return caught.value.code, caught.value.param


def test_a_new_session_shows_everything() -> None:
    wire = fresh().wire()
    pcm = {"type": "audio/pcm", "rate": 24_000}
    turns = ServerVad().filled().wire()
    assert wire == {
        "type": "realtime", "object": "realtime.session", "id": "sess_1", "expires_at": 4_000,
        "model": "gpt-realtime-2.1", "output_modalities": ["audio"], "instructions": "", "tools": [],
        "tool_choice": "auto", "max_output_tokens": "inf", "truncation": "auto", "tracing": None, "prompt": None,
        "include": None,
        "audio": {
            "input": {"format": pcm, "noise_reduction": None, "transcription": None, "turn_detection": turns},
            "output": {"format": pcm, "voice": "marin", "speed": 1.0},
        },
    }  # fmt: skip


def test_type_is_needed_in_every_update() -> None:
    with pytest.raises(WireError) as caught:
        updated(fresh(), {"instructions": "x"}, spoke=False, rules=RULES)
    assert (caught.value.code, caught.value.param) == (Code.MISSING_REQUIRED_PARAMETER, "session.type")


def test_only_what_is_present_changes() -> None:
    after = change(fresh(), instructions="be brief", audio={"output": {"speed": 1.2}})
    assert after.instructions == "be brief"
    assert after.audio.output.speed == 1.2
    assert after.audio.output.voice == "marin"
    assert isinstance(after.audio.input.turn_detection, ServerVad)


def test_turn_detection_and_arrays_are_replaced_not_merged() -> None:
    session = change(fresh(), tools=[TOOL], audio={"input": {"turn_detection": {"type": "server_vad", "threshold": 1}}})
    after = change(session, tools=[], audio={"input": {"turn_detection": {"type": "server_vad"}}})
    assert after.tools == []
    assert after.audio.input.turn_detection == ServerVad()
    semantic = change(after, audio={"input": {"turn_detection": {"type": "semantic_vad"}}})
    assert semantic.wire()["audio"]["input"]["turn_detection"] == SemanticVad().filled().wire()


def test_what_clears() -> None:
    session = change(
        fresh(), instructions="x", tools=[TOOL],
        audio={"input": {"transcription": {"model": "gpt-4o-transcribe"}, "noise_reduction": {"type": "near_field"}}},
    )  # fmt: skip
    cleared = {"turn_detection": None, "noise_reduction": None, "transcription": None}
    after = change(session, instructions="", tools=[], audio={"input": cleared})
    assert after.wire()["audio"]["input"] == {**cleared, "format": {"type": "audio/pcm", "rate": 24_000}}
    assert after.instructions == ""


@pytest.mark.parametrize(
    ("patch", "code", "param"),
    [
        ({"modalities": ["text"]}, Code.UNKNOWN_PARAMETER, "session.modalities"),
        ({"voice": "ash"}, Code.UNKNOWN_PARAMETER, "session.voice"),
        ({"temperature": 0.8}, Code.UNKNOWN_PARAMETER, "session.temperature"),
        ({"input_audio_format": "pcm16"}, Code.UNKNOWN_PARAMETER, "session.input_audio_format"),
        ({"id": "sess_2"}, Code.UNKNOWN_PARAMETER, "session.id"),
        ({"audio": {"input": {"colour": 1}}}, Code.UNKNOWN_PARAMETER, "session.audio.input.colour"),
        ({"tools": [{**TOOL, "strict": True}]}, Code.UNKNOWN_PARAMETER, "session.tools[0].strict"),
        ({"tools": [{"type": "function"}]}, Code.MISSING_REQUIRED_PARAMETER, "session.tools[0].name"),
        ({"output_modalities": ["audio", "text"]}, Code.INVALID_VALUE, "session.output_modalities"),
        ({"output_modalities": []}, Code.INVALID_VALUE, "session.output_modalities"),
        ({"max_output_tokens": 0}, Code.INVALID_VALUE, "session.max_output_tokens"),
        ({"model": "gpt-realtime-1.5"}, Code.INVALID_VALUE, "session.model"),
        ({"instructions": None}, Code.INVALID_TYPE, "session.instructions"),
        ({"audio": None}, Code.INVALID_TYPE, "session.audio"),
        ({"audio": {"output": {"speed": 9}}}, Code.INVALID_VALUE, "session.audio.output.speed"),
        ({"audio": {"input": {"turn_detection": {"type": "loud"}}}}, Code.INVALID_VALUE,
         "session.audio.input.turn_detection"),
        ({"audio": {"input": {"turn_detection": {"type": "server_vad", "threshold": "high"}}}}, Code.INVALID_TYPE,
         "session.audio.input.turn_detection.threshold"),
        ({"audio": {"input": {"turn_detection": {"type": "server_vad", "idle_timeout_ms": 4_000}}}},
         Code.INVALID_VALUE, "session.audio.input.turn_detection.idle_timeout_ms"),
        ({"audio": {"input": {"turn_detection": {"type": "semantic_vad", "threshold": 0.5}}}},
         Code.UNKNOWN_PARAMETER, "session.audio.input.turn_detection.threshold"),
        ({"type": "transcription"}, Code.INVALID_VALUE, "session.type"),
    ],
)  # fmt: skip
def test_refused_and_nothing_changed(patch: dict[str, Any], code: Code, param: str) -> None:
    assert refused(fresh(), **patch) == (code, param)


def test_the_voice_stays_once_it_was_heard() -> None:
    session = fresh()
    assert change(session, audio={"output": {"voice": "cedar"}}).audio.output.voice == "cedar"
    voice = {"output": {"voice": "cedar"}}
    assert refused(session, spoke=True, audio=voice) == (Code.CANNOT_UPDATE_VOICE, "session.audio.output.voice")
    assert change(session, spoke=True, audio={"output": {"voice": "marin"}}) == session


def test_voices_may_be_a_closed_list() -> None:
    rules = Rules(voices=frozenset({"marin", "ash"}))
    assert refused(fresh(), rules=rules, audio={"output": {"voice": "bob"}})[0] is Code.INVALID_VALUE
    assert change(fresh(), rules=rules, audio={"output": {"voice": "ash"}}).audio.output.voice == "ash"


@pytest.mark.parametrize("patch", [{"reasoning": {"effort": "low"}}, {"parallel_tool_calls": True}])
def test_reasoning_fields_are_for_reasoning_models(patch: dict[str, Any]) -> None:
    assert refused(fresh(), rules=Rules(reasoning=False), **patch)[0] is Code.INVALID_VALUE
    change(fresh(), **patch)


def test_max_output_tokens_is_bounded_by_the_model() -> None:
    assert change(fresh(), max_output_tokens=8_000).max_output_tokens == 8_000
    assert refused(fresh(), rules=Rules(reasoning=False), max_output_tokens=8_000)[0] is Code.INVALID_VALUE


def test_tracing_stays_once_it_is_on() -> None:
    session = change(fresh(), tracing="auto")
    assert refused(session, tracing=None) == (Code.INVALID_VALUE, "session.tracing")
    assert change(session, tracing="auto", instructions="x").tracing == "auto"


def test_another_model_may_be_ignored_for_clients_that_always_send_theirs() -> None:
    after = change(fresh(), rules=Rules(other_model="ignore"), model="built-in", instructions="x")
    assert (after.model, after.instructions) == ("gpt-realtime-2.1", "x")
    assert change(fresh(), model="gpt-realtime-2.1") == fresh()


@pytest.mark.parametrize(
    ("model", "reasons"),
    [
        ("gpt-realtime-2", True),
        ("gpt-realtime-2.1-mini", True),
        ("gpt-realtime-1.5", False),
        ("gpt-realtime-2025-08-28", False),
        ("gpt-realtime", False),
    ],
)
def test_which_models_reason(model: str, reasons: bool) -> None:
    assert is_reasoning_model(model) is reasons


def test_a_transcription_session_has_only_what_it_hears() -> None:
    session = fresh({"audio": {"input": {"transcription": {"model": "gpt-4o-transcribe"}}}}, kind="transcription")
    assert session.wire()["object"] == "realtime.transcription_session"
    assert set(session.wire()["audio"]) == {"input"}
    assert refused(session, instructions="x") == (Code.UNKNOWN_PARAMETER, "session.instructions")
    assert refused(session, audio={"output": {}}) == (Code.UNKNOWN_PARAMETER, "session.audio.output")


def test_streaming_transcribers_have_no_turn_detection() -> None:
    writing = {"transcription": {"model": "gpt-live-transcribe"}}
    session = fresh({"audio": {"input": writing}}, kind="transcription")
    assert session.audio.input.turn_detection is None
    with_turns = {"input": {**writing, "turn_detection": {"type": "server_vad"}}}
    assert refused(session, audio=with_turns) == (Code.INVALID_VALUE, "session.audio.input.turn_detection")


def test_a_response_has_its_own_settings_on_top() -> None:
    session = fresh({"instructions": "be kind", "tools": [TOOL]})
    request = ResponseRequest.model_validate(
        {"instructions": "be brief", "tools": [], "output_modalities": ["text"], "conversation": "none",
         "metadata": {"a": "b"}, "tool_choice": None}
    )  # fmt: skip
    seen = for_response(session, request, spoke=False, rules=RULES)
    assert (seen.instructions, seen.tools, seen.output_modalities, seen.tool_choice) == (
        "be brief",
        [],
        ["text"],
        "auto",
    )
    assert "metadata" not in seen.wire()


def test_the_voice_lock_holds_for_a_response_too() -> None:
    request = ResponseRequest.model_validate({"audio": {"output": {"voice": "ash"}}})
    assert for_response(fresh(), request, spoke=False, rules=RULES).audio.output.voice == "ash"
    with pytest.raises(WireError) as caught:
        for_response(fresh(), request, spoke=True, rules=RULES)
    assert caught.value.code is Code.CANNOT_UPDATE_VOICE


def test_a_transcription_session_gives_no_responses() -> None:
    with pytest.raises(WireError):
        for_response(fresh(kind="transcription"), ResponseRequest(), spoke=False, rules=RULES)
