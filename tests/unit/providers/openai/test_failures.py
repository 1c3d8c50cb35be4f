"""One sentence for each failure, and no key in any."""

import pytest

from antiphon.errors import ModelRefused, ModelUnavailable
from antiphon.providers.openai import failures
from antiphon.wire.openai.errors import Code


@pytest.mark.parametrize(
    "text",
    ["Incorrect key sk-proj-abc_123.", "Bearer xyz", "the key ek_12*****34 is used up", "sk-a sk-b", "my own key"],
)
def test_keys_are_taken_out(text: str) -> None:
    said = failures.sentence(None, text, "my own key")
    assert said.startswith("OpenAI says: ")
    for part in ("abc", "xyz", "12*", "sk-a", "sk-b", "own"):
        assert part not in said


def test_a_long_message_is_cut_and_an_empty_one_replaced() -> None:
    assert len(failures.sentence("odd", "x\n" * 5_000)) < 400
    assert failures.sentence(None, None) == "OpenAI could not answer."


@pytest.mark.parametrize("code", [Code.INSUFFICIENT_QUOTA, Code.INVALID_API_KEY, Code.MODEL_NOT_FOUND])
def test_what_will_not_change_by_trying_again_is_a_refusal(code: Code) -> None:
    assert isinstance(failures.refusal_or_failure(code, "sk-x"), ModelRefused)
    assert isinstance(failures.of_status(429, code, "sk-x"), ModelRefused)


@pytest.mark.parametrize("code", [Code.RATE_LIMIT, Code.SERVER_ERROR])
def test_what_may_is_not(code: Code) -> None:
    assert isinstance(failures.refusal_or_failure(code, ""), ModelUnavailable)


@pytest.mark.parametrize("close_code", [None, 1000, 1001, 1006, 1009, 1011, 1012])
def test_most_ends_of_a_socket_are_no_refusal(close_code: int | None) -> None:
    assert failures.of_close(close_code, "") is None


@pytest.mark.parametrize("close_code", [1008, 3000, 4000])
def test_some_are(close_code: int) -> None:
    assert isinstance(failures.of_close(close_code, "because"), ModelRefused)
