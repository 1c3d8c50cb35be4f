"""Text frames to events and back: what arrives on a socket or a data channel, what leaves on one.

Owns parsing (a typed event, or the ``WireError`` to be answered with) and writing. Knows no state: whether an event is
allowed now is said elsewhere.
"""

import json
from collections.abc import Iterable
from types import UnionType
from typing import cast, get_args

from pydantic import ValidationError
from pydantic_core import from_json

from antiphon.wire.openai import errors, ids
from antiphon.wire.openai.errors import Code, WireError
from antiphon.wire.openai.events_base import ServerEvent, UnknownEvent
from antiphon.wire.openai.events_client import MAX_EVENT_ID, AnyClientEvent, ClientEvent, ResponseCreate
from antiphon.wire.openai.events_server import AnyServerEvent
from antiphon.wire.openai.events_server_input import DtmfReceived
from antiphon.wire.openai.events_server_response import OutputAudioDelta
from antiphon.wire.openai.ids import IdSource
from antiphon.wire.openai.shape import JsonObject, Shape, first_fault, unknown_fields

_BETA_EVENTS = {"transcription_session.update"}


def _by_type(union: UnionType) -> dict[str, type[Shape]]:
    return {shape.model_fields["type"].default: shape for shape in cast("Iterable[type[Shape]]", get_args(union))}


CLIENT_EVENTS = _by_type(AnyClientEvent)
"""``type`` to the class of every client event."""

SERVER_EVENTS = _by_type(AnyServerEvent)
"""``type`` to the class of every server event."""


def parse_client(frame: str | bytes) -> AnyClientEvent:
    """What a client says. Raises ``WireError``: the error to answer with; the session goes on (but see ``row.close``).

    A type that does not exist is an error too: the service does not overlook what it is told to do.
    """
    raw = _object(frame)
    event_id = _event_id(raw)
    try:
        kind = _kind(raw)
        if kind in _BETA_EVENTS:
            raise errors.beta_shape()
        if kind not in CLIENT_EVENTS:
            raise errors.invalid("type", f"'{kind[:100]}' is not an event of this API.")
        event = _event(CLIENT_EVENTS[kind], raw)
        if isinstance(event, ResponseCreate) and event.response is not None:
            # An item may carry what its origin knew of it; what is asked of the response may not.
            for path in unknown_fields(event.response.model_copy(update={"input": None}), "response"):
                raise errors.unknown(path)
    except WireError as error:
        raise error.about(event_id) from None
    return cast("AnyClientEvent", event)


def parse_server(frame: str | bytes) -> AnyServerEvent | UnknownEvent:
    """What a server says. Raises ``WireError`` for what is not in the protocol: to be logged, never to be sent."""
    raw = _object(frame)
    kind = _kind(raw)
    if kind not in SERVER_EVENTS:
        return UnknownEvent(kind, raw)
    return cast("AnyServerEvent", _event(SERVER_EVENTS[kind], raw))


def stamped(event: ServerEvent | UnknownEvent, next_id: IdSource) -> ServerEvent | UnknownEvent:
    """The event with an id of its own, if its kind has one and it has none yet. Stamp once, send on every channel."""
    if isinstance(event, UnknownEvent | DtmfReceived) or event.event_id is not None:
        return event
    return event.model_copy(update={"event_id": next_id(ids.EVENT)})


def frame_of(event: ClientEvent | ServerEvent | UnknownEvent) -> str:
    """The text that says ``event``."""
    return json.dumps(event.raw if isinstance(event, UnknownEvent) else event.wire(), separators=(",", ":"))


def goes_on_data_channel(event: ServerEvent | UnknownEvent) -> bool:
    """Sound never goes on a data channel, nor to a sideband; that it is done does."""
    return not isinstance(event, OutputAudioDelta)


def _object(frame: str | bytes) -> JsonObject:
    try:
        raw = from_json(frame, allow_inf_nan=False)
    except ValueError:
        raise WireError(Code.INVALID_EVENT, "The frame is not valid JSON.") from None
    if not isinstance(raw, dict):
        raise WireError(Code.INVALID_EVENT, "The frame is not a JSON object.")
    return raw


def _kind(raw: JsonObject) -> str:
    kind = raw.get("type")
    if kind is None:
        raise errors.missing("type")
    if not isinstance(kind, str):
        raise WireError(Code.INVALID_TYPE, "Invalid type for 'type': expected a string.", param="type")
    return kind


def _event_id(raw: JsonObject) -> str | None:
    event_id = raw.get("event_id")
    return event_id if isinstance(event_id, str) and len(event_id) <= MAX_EVENT_ID else None


def _event(shape: type[Shape], raw: JsonObject) -> Shape:
    try:
        return shape.model_validate(raw)
    except ValidationError as error:
        raise errors.from_validation(*first_fault(error, raw)) from None
