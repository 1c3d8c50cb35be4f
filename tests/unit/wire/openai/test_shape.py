"""What is kept of an object, what is written of it, and where a fault in it is said to be."""

import pytest
from pydantic import ValidationError

from antiphon.wire.openai.items import OutputAudio, ShownPart
from antiphon.wire.openai.session_shape import AudioInput, ServerVad, Session
from antiphon.wire.openai.shape import first_fault, unknown_fields


def test_absent_and_null_stay_two_things() -> None:
    assert AudioInput.model_validate({"transcription": None}).wire() == {"transcription": None}
    assert AudioInput.model_validate({}).wire() == {}


def test_type_is_written_even_when_it_was_not_set() -> None:
    assert ServerVad(threshold=0.4).wire() == {"type": "server_vad", "threshold": 0.4}


def test_fields_that_are_not_known_are_kept_at_any_depth() -> None:
    raw = {"format": {"type": "audio/pcm", "rate": 24_000, "depth": 16}, "colour": "blue"}
    assert AudioInput.model_validate(raw).wire() == raw


def test_parts_have_no_nulls() -> None:
    assert ShownPart(type="audio", transcript="", text=None).wire() == {"type": "audio", "transcript": ""}
    assert OutputAudio(transcript=None, audio=None).wire() == {"type": "output_audio"}


def test_filled_writes_the_defaults() -> None:
    assert ServerVad().filled().wire() == {
        "type": "server_vad",
        "threshold": 0.5,
        "prefix_padding_ms": 300,
        "silence_duration_ms": 500,
        "idle_timeout_ms": None,
        "create_response": True,
        "interrupt_response": True,
    }


def test_unknown_fields_are_found_where_they_are() -> None:
    session = Session.model_validate(
        {
            "type": "realtime",
            "voice": "x",
            "audio": {"input": {"colour": 1}},
            "tools": [{"type": "function", "name": "f", "strict": True}],
        }
    )
    assert sorted(unknown_fields(session, "session")) == [
        "session.audio.input.colour",
        "session.tools[0].strict",
        "session.voice",
    ]


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ({"type": "realtime", "audio": {"input": {"turn_detection": {"type": "server_vad", "threshold": 2}}}},
         "audio.input.turn_detection.threshold"),
        ({"type": "realtime", "tools": [{"type": "function"}]}, "tools[0].name"),
        ({}, "type"),
    ],
)  # fmt: skip
def test_the_place_of_a_fault_is_one_in_the_frame(raw: dict[str, object], path: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Session.model_validate(raw)
    assert first_fault(caught.value, raw)[1] == path
