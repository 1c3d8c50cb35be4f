import json
from typing import Any

import pytest

from antiphon.server.openai.abilities import Abilities
from antiphon.wire.openai.errors import Code, WireError
from antiphon.wire.openai.frames import parse_client

ALL = Abilities(hears=True, speaks=True)
IMAGE = {"type": "input_image", "image_url": "data:image/png;base64,iVBORw0KGgo="}
SOUND = {"type": "input_audio", "audio": ""}


def check(event: dict[str, Any], abilities: Abilities = ALL) -> None:
    abilities.check(parse_client(json.dumps(event)))


def update(**session: Any) -> dict[str, Any]:
    return {"type": "session.update", "session": {"type": "realtime", **session}}


def create(part: dict[str, Any]) -> dict[str, Any]:
    return {"type": "conversation.item.create", "item": {"type": "message", "role": "user", "content": [part]}}


@pytest.mark.parametrize(
    ("event", "param"),
    [
        (update(tool_choice="required"), "session.tool_choice"),
        (update(tool_choice={"type": "function", "name": "f"}), "session.tool_choice"),
        (update(tools=[{"type": "mcp", "server_label": "s"}]), "session.tools[0].type"),
        (update(audio={"output": {"speed": 1.2}}), "session.audio.output.speed"),
        ({"type": "response.create", "response": {"tool_choice": "required"}}, "response.tool_choice"),
        (create(IMAGE), "item.content"),
        (
            {"type": "response.create", "response": {"input": [create(SOUND)["item"]]}},
            "response.input",
        ),
    ],
)
def test_what_no_agent_can_do_is_refused(event: dict[str, Any], param: str) -> None:
    with pytest.raises(WireError) as refused:
        check(event)
    assert (refused.value.code, refused.value.param) == (Code.INVALID_VALUE, param)


@pytest.mark.parametrize(
    "event",
    [
        update(tool_choice="auto", tools=[{"type": "function", "name": "f"}], audio={"output": {"speed": 1.0}}),
        update(tools="no list", audio=5),  # the protocol's own fault, told by its own rules
        create({"type": "input_text", "text": "hello"}),
        create(SOUND),
        {"type": "response.create"},
        {"type": "input_audio_buffer.commit"},
    ],
)
def test_what_is_possible_passes(event: dict[str, Any]) -> None:
    check(event)


def test_an_agent_that_only_reads_and_writes() -> None:
    silent = Abilities(hears=False, speaks=False)
    for event in (
        create(SOUND),
        {"type": "input_audio_buffer.append", "audio": ""},
        {"type": "input_audio_buffer.commit"},
        update(output_modalities=["audio"]),
    ):
        with pytest.raises(WireError):
            check(event, silent)
    check(update(output_modalities=["text"]), silent)
