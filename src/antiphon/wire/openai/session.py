"""The session object: its defaults, and what an update may change.

Owns the rules of changing it: what merges and what replaces, what never changes, what a model without reasoning has
not, what a transcription session has not. An update gives the whole new session or raises, and nothing has changed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pydantic import ValidationError

from antiphon.wire.openai import errors
from antiphon.wire.openai.errors import Code, WireError
from antiphon.wire.openai.response_shape import ResponseRequest
from antiphon.wire.openai.session_shape import (
    Audio,
    AudioInput,
    AudioOutput,
    ServerVad,
    Session,
    SessionType,
)
from antiphon.wire.openai.shape import JsonObject, first_fault, unknown_fields

MAX_TOKENS = 4_096
MAX_TOKENS_REASONING = 32_000

_SERVER_FIELDS = ("id", "object", "expires_at")
_TRANSCRIPTION_FIELDS = {"type", "include", "audio"}
_MERGED = {"audio", "audio.input", "audio.output"}
_RESPONSE_FIELDS = {"conversation", "input", "metadata"}
_STREAMING_TRANSCRIBERS = {"gpt-realtime-whisper", "gpt-live-transcribe"}
_REASONING = re.compile(r"gpt-realtime-2(\.\d+)?(-mini)?(-\d{4}-\d\d-\d\d)?")


@dataclass(frozen=True, slots=True)
class Rules:
    """What differs between models and servers.

    reasoning: the model takes ``reasoning`` and ``parallel_tool_calls``.
    other_model: an update that names another model is refused, as the service does, or its ``model`` ignored, for
    clients that always send the name they have built in.
    voices: the names that exist; None takes any.
    """

    reasoning: bool = True
    other_model: Literal["refuse", "ignore"] = "refuse"
    voices: frozenset[str] | None = None


def is_reasoning_model(model: str) -> bool:
    return _REASONING.fullmatch(model) is not None


def new_session(
    session_id: str,
    model: str,
    *,
    kind: SessionType = "realtime",
    expires_at: int = 0,
    request: Mapping[str, object] | None = None,
    rules: Rules,
) -> Session:
    """A session as it begins: the defaults, changed by ``request`` (as sent to ``client_secrets`` or ``calls``, where
    ``model`` and ``type`` are known to be those given here). ``expires_at`` is Unix seconds, 0: not started.

    Raises ``WireError`` for a request that an update would not be granted either.
    """
    plain: JsonObject = {"type": kind, "id": session_id, "expires_at": expires_at, "include": None}
    hearing = AudioInput(turn_detection=ServerVad().filled()).filled()
    if kind == "transcription":
        plain["object"] = "realtime.transcription_session"
        plain["audio"] = {"input": hearing.wire()}
    else:
        plain["object"] = "realtime.session"
        plain["audio"] = Audio(input=hearing, output=AudioOutput().filled()).wire()
        plain |= {
            "model": model, "output_modalities": ["audio"], "instructions": "", "tools": [], "tool_choice": "auto",
            "max_output_tokens": "inf", "truncation": "auto", "tracing": None, "prompt": None,
        }  # fmt: skip
    session = Session.model_validate(plain)
    return session if request is None else updated(session, {"type": kind, **request}, spoke=False, rules=rules)


def updated(session: Session, patch: Mapping[str, object], *, spoke: bool, rules: Rules) -> Session:
    """The session after a ``session.update``; ``spoke``: it has given sound, so its voice stays.

    Only what is present changes. ``audio`` and what is directly in it merge; anything deeper, and every array, is
    replaced. ``""``, ``[]`` and ``null`` clear. Raises ``WireError``.
    """
    if "type" not in patch:
        raise errors.missing("session.type")
    if patch["type"] != session.type:
        raise errors.invalid("session.type", f"this is a {session.type} session, and stays one.")
    for name in _SERVER_FIELDS:
        if name in patch:
            raise errors.unknown(f"session.{name}")
    if session.type == "transcription":
        patch = _for_transcription(patch)
    elif "model" in patch:
        patch = _same_model(session, patch, rules)
    return _merged(session, patch, "session", spoke, rules)


def for_response(session: Session, request: ResponseRequest, *, spoke: bool, rules: Rules) -> Session:
    """The session as one response sees it, with what its ``response.create`` says on top. Raises ``WireError``."""
    if session.type == "transcription":
        raise errors.invalid("type", "a transcription session gives no responses.")
    said = request.wire().items()
    patch = {name: value for name, value in said if name not in _RESPONSE_FIELDS and value is not None}
    return _merged(session, patch, "response", spoke, rules)


def _for_transcription(patch: Mapping[str, object]) -> Mapping[str, object]:
    for name in patch:
        if name not in _TRANSCRIPTION_FIELDS:
            raise errors.unknown(f"session.{name}")
    sound = patch.get("audio")
    if isinstance(sound, Mapping) and "output" in sound:
        raise errors.unknown("session.audio.output")
    hearing = sound.get("input") if isinstance(sound, Mapping) else None
    writing = hearing.get("transcription") if isinstance(hearing, Mapping) else None
    streams = isinstance(writing, Mapping) and writing.get("model") in _STREAMING_TRANSCRIBERS
    if streams and isinstance(sound, Mapping) and isinstance(hearing, Mapping) and "turn_detection" not in hearing:
        return {**patch, "audio": {**sound, "input": {**hearing, "turn_detection": None}}}
    return patch


def _same_model(session: Session, patch: Mapping[str, object], rules: Rules) -> Mapping[str, object]:
    if patch["model"] != session.model and rules.other_model == "refuse":
        raise errors.invalid("session.model", f"the model of a session cannot change; it is '{session.model}'.")
    return {name: value for name, value in patch.items() if name != "model"}


def _merged(session: Session, patch: Mapping[str, object], root: str, spoke: bool, rules: Rules) -> Session:
    merged = _merge(session.wire(), patch)
    try:
        after = Session.model_validate(merged)
    except ValidationError as error:
        raise errors.from_validation(*first_fault(error, merged), root=root) from None
    for path in unknown_fields(after, root):
        raise errors.unknown(path)
    after = _with_defaults(after)
    _check_model(after, patch, root, rules)
    _check_voice(session, after, root, spoke, rules)
    if session.tracing is not None and after.tracing != session.tracing:
        raise errors.invalid(f"{root}.tracing", "tracing cannot be changed once it is on.")
    return after


def _merge(old: JsonObject, patch: Mapping[str, object], path: str = "") -> JsonObject:
    merged = dict(old)
    for name, value in patch.items():
        inner = f"{path}{name}"
        before = merged.get(name)
        if inner in _MERGED and isinstance(value, Mapping) and isinstance(before, dict):
            merged[name] = _merge(before, value, f"{inner}.")
        else:
            merged[name] = value
    return merged


def _with_defaults(session: Session) -> Session:
    """A turn detection that was replaced shows the defaults of what it does not name."""
    turns = session.audio.input.turn_detection
    if turns is None:
        return session
    hearing = session.audio.input.model_copy(update={"turn_detection": turns.filled()})
    return session.model_copy(update={"audio": session.audio.model_copy(update={"input": hearing})})


def _check_model(after: Session, patch: Mapping[str, object], root: str, rules: Rules) -> None:
    if not rules.reasoning:
        for name in ("reasoning", "parallel_tool_calls"):
            if patch.get(name) is not None:
                raise errors.invalid(f"{root}.{name}", f"the model '{after.model}' has no such setting.")
    most = MAX_TOKENS_REASONING if rules.reasoning else MAX_TOKENS
    if after.max_output_tokens != "inf" and after.max_output_tokens > most:
        raise errors.invalid(f"{root}.max_output_tokens", f"expected at most {most}, or 'inf'.")
    hearing = after.audio.input
    if (
        hearing.transcription is not None
        and after.type == "transcription"
        and hearing.transcription.model in _STREAMING_TRANSCRIBERS
        and hearing.turn_detection is not None
    ):
        raise errors.invalid(
            f"{root}.audio.input.turn_detection", f"'{hearing.transcription.model}' needs it to be null."
        )


def _check_voice(before: Session, after: Session, root: str, spoke: bool, rules: Rules) -> None:
    voice = after.audio.output.voice
    if voice == before.audio.output.voice:
        return
    if isinstance(voice, str) and rules.voices is not None and voice not in rules.voices:
        raise errors.invalid(f"{root}.audio.output.voice", f"supported values are {', '.join(sorted(rules.voices))}.")
    if spoke:
        raise WireError(
            Code.CANNOT_UPDATE_VOICE,
            "Cannot update a conversation's voice if assistant audio is present.",
            param=f"{root}.audio.output.voice",
        )
