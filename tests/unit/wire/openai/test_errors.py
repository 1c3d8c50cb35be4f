"""The table of codes and the error objects made from it."""

import pytest

from antiphon.errors import ProtocolError
from antiphon.wire.openai import errors
from antiphon.wire.openai.errors import CODES, Code, WireError
from antiphon.wire.openai.events_server import error_event


def test_every_code_has_a_row() -> None:
    assert set(CODES) == set(Code)


def test_an_error_event_says_every_field() -> None:
    error = WireError(Code.INVALID_VALUE, "no", param="session.speed").about("event_7")
    assert error_event(error).wire() == {
        "type": "error",
        "error": {
            "type": "invalid_request_error",
            "message": "no",
            "code": "invalid_value",
            "param": "session.speed",
            "event_id": "event_7",
        },
    }


def test_a_refusal_over_http_has_the_same_words_and_its_status() -> None:
    error = WireError(Code.CALL_NOT_FOUND, "no such call")
    assert error.row.status == 404
    assert error.http_body() == {
        "error": {
            "message": "no such call",
            "type": "invalid_request_error",
            "param": None,
            "code": "call_id_not_found",
        }
    }


def test_it_is_one_of_our_errors() -> None:
    assert isinstance(errors.beta_shape(), ProtocolError)


@pytest.mark.parametrize(
    ("code", "close"),
    [
        (Code.BETA_API_SHAPE_DISABLED, 4000),
        (Code.INVALID_API_KEY, 3000),
        (Code.SESSION_EXPIRED, 1001),
        (Code.INVALID_VALUE, None),
        (Code.RESPONSE_ACTIVE, None),
    ],
)
def test_which_errors_close_a_socket(code: Code, close: int | None) -> None:
    assert CODES[code].close == close


@pytest.mark.parametrize(
    ("code", "fatal"),
    [("insufficient_quota", True), ("rate_limit_exceeded", False), ("invented_tomorrow", False), (None, False)],
)
def test_what_a_client_makes_of_a_code(code: str | None, fatal: bool) -> None:
    assert errors.row_of(code).fatal is fatal
