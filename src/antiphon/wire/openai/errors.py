"""What goes wrong on the wire: one table of codes, and the error object that is sent for each.

Owns the codes, their HTTP status and the code a socket is closed with. The service publishes no closed list; the rows
are what clients and users have seen, so they are kept here alone, to be corrected in one place.
"""

from dataclasses import dataclass
from enum import StrEnum

from pydantic_core import ErrorDetails

from antiphon.errors import ProtocolError
from antiphon.wire.openai.shape import JsonObject


class Code(StrEnum):
    BETA_API_SHAPE_DISABLED = "beta_api_shape_disabled"
    INVALID_API_KEY = "invalid_api_key"
    MISSING_REQUIRED_PARAMETER = "missing_required_parameter"
    UNKNOWN_PARAMETER = "unknown_parameter"
    INVALID_VALUE = "invalid_value"
    INVALID_TYPE = "invalid_type"
    INVALID_EVENT = "invalid_event"
    RESPONSE_ACTIVE = "conversation_already_has_active_response"
    CANCEL_NOT_ACTIVE = "response_cancel_not_active"
    COMMIT_EMPTY = "input_audio_buffer_commit_empty"
    DUPLICATE_ITEM = "item_create_duplicate_item_id"
    RETRIEVE_UNKNOWN_ITEM = "item_retrieve_invalid_item_id"
    DELETE_UNKNOWN_ITEM = "item_delete_invalid_item_id"
    TRUNCATE_UNKNOWN_ITEM = "item_truncate_invalid_item_id"
    CANNOT_UPDATE_VOICE = "cannot_update_voice"
    SESSION_EXPIRED = "session_expired"
    CALL_NOT_FOUND = "call_id_not_found"
    INVALID_OFFER = "invalid_offer"
    MODEL_NOT_FOUND = "model_not_found"
    INSUFFICIENT_QUOTA = "insufficient_quota"
    CREDIT_EXHAUSTED = "credit_balance_exhausted"
    BILLING_LIMIT = "billing_hard_limit_reached"
    ACCOUNT_DEACTIVATED = "account_deactivated"
    RATE_LIMIT = "rate_limit_exceeded"
    INFERENCE_RATE_LIMIT = "inference_rate_limit_exceeded"
    SERVER_ERROR = "server_error"


@dataclass(frozen=True, slots=True)
class Row:
    """What a code means beside its name. ``close``: the socket is closed with this after the error was sent.

    ``fatal``: a client has nothing to gain from going on or from trying again at once. ``retry``: it may, later.
    """

    type: str = "invalid_request_error"
    status: int = 400
    close: int | None = None
    fatal: bool = False
    retry: bool = False


CLOSE_EXPIRED = 1001
CLOSE_INTERNAL = 1011
CLOSE_POLICY = 1008
"""What a refusal is closed with where the service's own code is not known: a client does not come back on it."""
CLOSE_AUTH = 3000
CLOSE_BETA = 4000

_ORDINARY = Row()
_ACCOUNT = Row(type="insufficient_quota", status=429, fatal=True)
CODES: dict[Code, Row] = {
    **dict.fromkeys(Code, _ORDINARY),
    Code.BETA_API_SHAPE_DISABLED: Row(close=CLOSE_BETA, fatal=True),
    Code.INVALID_API_KEY: Row(status=401, close=CLOSE_AUTH, fatal=True),
    Code.SESSION_EXPIRED: Row(close=CLOSE_EXPIRED, retry=True),
    Code.CALL_NOT_FOUND: Row(status=404),
    Code.MODEL_NOT_FOUND: Row(status=404, close=CLOSE_POLICY, fatal=True),
    Code.INSUFFICIENT_QUOTA: _ACCOUNT,
    Code.CREDIT_EXHAUSTED: _ACCOUNT,
    Code.BILLING_LIMIT: _ACCOUNT,
    Code.ACCOUNT_DEACTIVATED: Row(status=403, fatal=True),
    Code.RATE_LIMIT: Row(type="rate_limit_exceeded", status=429, retry=True),
    Code.INFERENCE_RATE_LIMIT: Row(type="rate_limit_exceeded", status=429, retry=True),
    Code.SERVER_ERROR: Row(type="server_error", status=500, retry=True),
}
"""The one table."""


class WireError(ProtocolError):
    """Something that is to be answered with an error object: an ``error`` event, or an HTTP body.

    ``param`` is the place of the fault in what was sent; ``event_id`` that of the client's event. Nothing has changed.
    """

    def __init__(self, code: Code, message: str, *, param: str | None = None, event_id: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.param = param
        self.event_id = event_id

    @property
    def row(self) -> Row:
        return CODES[self.code]

    def about(self, event_id: str | None) -> "WireError":
        """The same error, naming the client's event that it answers."""
        return WireError(self.code, self.message, param=self.param, event_id=event_id or self.event_id)

    def http_body(self) -> JsonObject:
        """The body of a refusal over HTTP; its status is ``row.status``."""
        return {"error": {"message": self.message, "type": self.row.type, "param": self.param, "code": self.code.value}}


def row_of(code: str | None) -> Row:
    """What is known of a code that a server sent; an unknown one is ordinary."""
    return CODES[Code(code)] if code in set(Code) else _ORDINARY


def beta_shape() -> WireError:
    """The refusal of the beta's header, subprotocol, endpoints and events."""
    return WireError(
        Code.BETA_API_SHAPE_DISABLED,
        "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API.",
    )


def missing(param: str) -> WireError:
    return WireError(Code.MISSING_REQUIRED_PARAMETER, f"Missing required parameter: '{param}'.", param=param)


def unknown(param: str) -> WireError:
    return WireError(Code.UNKNOWN_PARAMETER, f"Unknown parameter: '{param}'.", param=param)


def invalid(param: str, why: str) -> WireError:
    return WireError(Code.INVALID_VALUE, f"Invalid value for '{param}': {why}", param=param)


def from_validation(fault: ErrorDetails, path: str, *, root: str = "") -> WireError:
    """The first fault that pydantic found at ``path``, in the service's words; ``root`` is what the path lies in."""
    param = ".".join(part for part in (root, path) if part)
    match fault["type"]:
        case "missing":
            return missing(param)
        case "model_type" | "model_attributes_type" | "union_tag_not_found":
            expected = "an object" if fault["type"] != "union_tag_not_found" else "an object with a type"
            return WireError(Code.INVALID_TYPE, f"Invalid type for '{param}': expected {expected}.", param=param)
        case kind if kind.endswith("_type") or kind == "int_from_float":
            return WireError(Code.INVALID_TYPE, f"Invalid type for '{param}': {fault['msg']}.", param=param)
        case _:
            return invalid(param, f"{fault['msg']}.")
