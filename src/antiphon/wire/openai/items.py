"""Items of a conversation and their parts: what can be stored, and what a client may create.

The naming trap: a stored item has parts ``output_text`` and ``output_audio``; the ``part`` of an event about a part is
called ``text`` or ``audio`` (``ShownPart``). The null trap: strict clients refuse ``null`` in that ``part``, so it has
none; in a stored ``input_audio`` the ``transcript`` must be there and is ``null`` until it is known.
Types that are not known survive as they are. Knows no event and no order of items.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Tag

from antiphon.wire.openai import audio, errors
from antiphon.wire.openai.audio import AudioFormat
from antiphon.wire.openai.shape import Flag, JsonObject, Shape

Status = Literal["in_progress", "completed", "incomplete"]
Role = Literal["system", "user", "assistant"]


class Tagged(Shape):
    """Anything told apart by its ``type``; by itself, one whose ``type`` nobody here knows."""

    type: str


def _told_apart_by_type(*known: str) -> Discriminator:
    def tag(value: object) -> str:
        found = value.get("type") if isinstance(value, Mapping) else value.type if isinstance(value, Tagged) else None
        return found if isinstance(found, str) and found in known else "unknown"

    return Discriminator(tag)


# Parts


class InputText(Tagged):
    type: Literal["input_text"] = "input_text"
    text: str


class InputAudio(Tagged):
    """``audio`` (base64) only when a client creates it or asks for it back."""

    type: Literal["input_audio"] = "input_audio"
    audio: str | None = None
    transcript: str | None = None


class InputImage(Tagged):
    """``image_url`` is a data URI of a PNG or a JPEG; ``detail`` is ``auto`` (high), ``low`` or ``high``."""

    type: Literal["input_image"] = "input_image"
    image_url: str
    detail: str | None = None


class OutputText(Tagged):
    type: Literal["output_text"] = "output_text"
    text: str


class OutputAudio(Tagged):
    """No ``transcript`` after a truncation: nobody knows which of its words were heard. ``audio`` only on retrieve."""

    no_nulls = True
    type: Literal["output_audio"] = "output_audio"
    transcript: str | None = None
    audio: str | None = None


Part = Annotated[
    Annotated[InputText, Tag("input_text")]
    | Annotated[InputAudio, Tag("input_audio")]
    | Annotated[InputImage, Tag("input_image")]
    | Annotated[OutputText, Tag("output_text")]
    | Annotated[OutputAudio, Tag("output_audio")]
    | Annotated[Tagged, Tag("unknown")],
    _told_apart_by_type("input_text", "input_audio", "input_image", "output_text", "output_audio"),
]


class ShownPart(Shape):
    """The ``part`` of ``response.content_part.*``."""

    no_nulls = True
    type: Literal["text", "audio"]
    text: str | None = None
    transcript: str | None = None


# Items


class StoredItem(Tagged):
    """What every item may carry. A client may choose the ``id``; the ``status`` it sends has no effect."""

    id: str | None = None
    status: Status | None = None


class Message(StoredItem):
    type: Literal["message"] = "message"
    role: Role
    content: list[Part]


class FunctionCall(StoredItem):
    type: Literal["function_call"] = "function_call"
    name: str
    arguments: str
    call_id: str | None = None


class FunctionCallOutput(StoredItem):
    type: Literal["function_call_output"] = "function_call_output"
    call_id: str
    output: str


class McpListTools(StoredItem):
    type: Literal["mcp_list_tools"] = "mcp_list_tools"
    server_label: str
    tools: list[JsonObject]


class McpCall(StoredItem):
    type: Literal["mcp_call"] = "mcp_call"
    server_label: str
    name: str
    arguments: str
    approval_request_id: str | None = None
    output: str | None = None
    error: Any = None


class McpApprovalRequest(StoredItem):
    type: Literal["mcp_approval_request"] = "mcp_approval_request"
    server_label: str
    name: str
    arguments: str


class McpApprovalResponse(StoredItem):
    type: Literal["mcp_approval_response"] = "mcp_approval_response"
    approval_request_id: str
    approve: Flag
    reason: str | None = None


class ItemReference(StoredItem):
    """A stored item named by its id; only in the ``input`` of a ``response.create``."""

    type: Literal["item_reference"] = "item_reference"


Item = Annotated[
    Annotated[Message, Tag("message")]
    | Annotated[FunctionCall, Tag("function_call")]
    | Annotated[FunctionCallOutput, Tag("function_call_output")]
    | Annotated[McpListTools, Tag("mcp_list_tools")]
    | Annotated[McpCall, Tag("mcp_call")]
    | Annotated[McpApprovalRequest, Tag("mcp_approval_request")]
    | Annotated[McpApprovalResponse, Tag("mcp_approval_response")]
    | Annotated[ItemReference, Tag("item_reference")]
    | Annotated[StoredItem, Tag("unknown")],
    _told_apart_by_type(
        "message",
        "function_call",
        "function_call_output",
        "mcp_list_tools",
        "mcp_call",
        "mcp_approval_request",
        "mcp_approval_response",
        "item_reference",
    ),
]

_PARTS_OF: dict[str, tuple[type[Tagged], ...]] = {
    "system": (InputText,),
    "user": (InputText, InputAudio, InputImage),
    "assistant": (OutputText,),
}
_IMAGE = re.compile(r"data:image/(?:png;base64,iVBORw0KGgo|jpe?g;base64,/9j/)")
_CREATED_BY_CLIENTS = (Message, FunctionCall, FunctionCallOutput, McpApprovalResponse)


def check_created(item: StoredItem, input_format: AudioFormat, path: str = "item") -> None:
    """Raises ``WireError`` if a client may not create this item: its type, a part its role has not, sound that is not
    base64, a picture that is neither PNG nor JPEG. An assistant's sound cannot be created, only its words."""
    if not isinstance(item, _CREATED_BY_CLIENTS):
        raise errors.invalid(f"{path}.type", f"'{item.type}' cannot be created by a client.")
    if not isinstance(item, Message):
        return
    allowed = _PARTS_OF[item.role]
    for index, part in enumerate(item.content):
        where = f"{path}.content[{index}]"
        if not isinstance(part, allowed):
            raise errors.invalid(f"{where}.type", f"a message of role '{item.role}' has no part '{part.type}'.")
        if isinstance(part, InputAudio):
            if part.audio is None:
                raise errors.missing(f"{where}.audio")
            audio.decoded(part.audio, input_format, f"{where}.audio")
        elif isinstance(part, InputImage):
            _check_image(part, where)


def _check_image(part: InputImage, where: str) -> None:
    if not _IMAGE.match(part.image_url):
        raise errors.invalid(f"{where}.image_url", "expected a base64 data URI of a PNG or JPEG image.")
    if part.detail not in (None, "auto", "low", "high"):
        raise errors.invalid(f"{where}.detail", "supported values are 'auto', 'low' and 'high'.")


def with_status(item: StoredItem, status: Status) -> StoredItem:
    """The item, with this status."""
    return item.model_copy(update={"status": status})


def with_parts(message: Message, parts: list[Part]) -> Message:
    """The message, with these parts."""
    return message.model_copy(update={"content": parts})
