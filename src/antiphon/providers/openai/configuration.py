"""From what a connection begins with to what the service is told: the session, and each request for a response. Pure.

The service finds the turns (its VAD) and answers none of them by itself: ``create_response`` and ``interrupt_response``
are off. Who speaks when has one owner, the dialogue: it asks for each answer and stops each one, so that
``conversation_already_has_active_response`` cannot be met and no answer is made to half a sentence. It costs the way
of one message to the service for each answer.
"""

from dataclasses import dataclass

from antiphon.dialogue.effects import CreateResponse
from antiphon.models.parts import ToolSpec
from antiphon.models.realtime import ModelSetup
from antiphon.wire.openai.audio import PCM
from antiphon.wire.openai.events_client import SessionUpdate
from antiphon.wire.openai.response_shape import ResponseRequest
from antiphon.wire.openai.session_shape import (
    FunctionTool,
    InputTranscription,
    SemanticVad,
    ServerVad,
)
from antiphon.wire.openai.shape import JsonObject

RESPONSE = "antiphon_response"
"""The key in a response's metadata that carries the dialogue's own name for it; the service echoes metadata."""


@dataclass(frozen=True, slots=True)
class Voicing:
    """How a session hears and speaks. ``turn_detection`` and ``transcription`` as in the protocol."""

    voice: str
    turn_detection: ServerVad | SemanticVad
    transcription: InputTranscription | None

    @property
    def silence_ms(self) -> int:
        """The silence that ends a turn; 0 where the service does not say."""
        found = self.turn_detection
        return found.silence_duration_ms if isinstance(found, ServerVad) else 0


def session_update(setup: ModelSetup, voicing: Voicing) -> SessionUpdate:
    """The whole of our session. ``event_id`` is fixed, so that its refusal can be told from other errors."""
    detection = voicing.turn_detection.filled().wire()
    if detection.get("idle_timeout_ms") is None:
        detection.pop("idle_timeout_ms", None)
    detection |= {"create_response": False, "interrupt_response": False}
    transcription = None if voicing.transcription is None else voicing.transcription.wire()
    session: JsonObject = {
        "type": "realtime",
        "output_modalities": ["audio"],
        "instructions": setup.instructions,
        "tools": [_tool(tool) for tool in setup.tools],
        "audio": {
            "input": {"format": PCM.wire(), "transcription": transcription, "turn_detection": detection},
            "output": {"format": PCM.wire(), "voice": setup.voice or voicing.voice},
        },
    }
    return SessionUpdate(event_id=SESSION_UPDATE_ID, session=session)


SESSION_UPDATE_ID = "event_antiphon_session"


def response_request(request: CreateResponse, instructions: str) -> ResponseRequest:
    """What the dialogue asks for, in the protocol. The history is not sent: the service has it.

    Words to be spoken as they are (``say``) are asked for in an empty context and without tools, so that nothing else
    can be answered; the service keeps what was spoken in the conversation all the same.
    """
    metadata = {RESPONSE: request.response_id}
    if request.say is not None:
        words = f"Say exactly the following, word for word, and nothing else:\n\n{request.say}"
        return ResponseRequest(instructions=words, input=[], tool_choice="none", metadata=metadata)
    if request.prompt is not None:
        led = f"{instructions}\n\n{request.prompt}".strip()
        return ResponseRequest(instructions=led, metadata=metadata)
    return ResponseRequest(metadata=metadata)


def _tool(tool: ToolSpec) -> JsonObject:
    return FunctionTool(name=tool.name, description=tool.description, parameters=dict(tool.parameters)).wire()
