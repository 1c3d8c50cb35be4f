"""Which responses may begin, how each ends, and what a model is told for each."""

from typing import Any

import pytest

from antiphon.wire.openai.audio import PCM
from antiphon.wire.openai.conversation import Conversation
from antiphon.wire.openai.errors import Code, WireError
from antiphon.wire.openai.events_base import ServerEvent
from antiphon.wire.openai.events_server import RateLimit
from antiphon.wire.openai.events_server_response import ResponseCreated, ResponseDone
from antiphon.wire.openai.ids import counted_ids
from antiphon.wire.openai.items import InputText, Message
from antiphon.wire.openai.response_shape import Response, ResponseRequest
from antiphon.wire.openai.responses import Plan, Responses
from antiphon.wire.openai.session import Rules, new_session
from antiphon.wire.openai.usage import Counted, usage

RULES = Rules()
SESSION = new_session("sess_1", "gpt-realtime-2.1", request={"instructions": "be kind"}, rules=RULES)
TEXT = Message(id="a", role="user", content=[InputText(text="hi")])


class World:
    def __init__(self, **kwargs: Any) -> None:
        self.ids = counted_ids()
        self.conversation = Conversation("conv_1", self.ids)
        self.responses = Responses(self.conversation, self.ids, **kwargs)

    def create(self, **request: Any) -> tuple[Plan, Response]:
        plan, (event,) = self.responses.create(ResponseRequest.model_validate(request), SESSION, RULES)
        assert isinstance(event, ResponseCreated)
        return plan, event.response


def done(events: list[ServerEvent]) -> Response:
    (found,) = [event.response for event in events if isinstance(event, ResponseDone)]
    return found


def test_a_response_begins_with_everything_that_holds_for_it() -> None:
    _, created = World().create(metadata={"mine": "1"}, max_output_tokens=100, output_modalities=["text"])
    assert created.wire() == {
        "object": "realtime.response", "id": "resp_1", "status": "in_progress", "status_details": None, "output": [],
        "conversation_id": "conv_1", "output_modalities": ["text"], "max_output_tokens": 100,
        "audio": {"output": {"format": {"type": "audio/pcm", "rate": 24_000}, "voice": "marin"}},
        "usage": None, "metadata": {"mine": "1"},
    }  # fmt: skip


def test_metadata_comes_back_verbatim_at_the_end_too() -> None:
    world = World()
    plan, _ = world.create(metadata={"mine": "1"})
    assert plan.metadata == {"mine": "1"}
    assert done(world.responses.complete(plan.response_id)).metadata == {"mine": "1"}


def test_one_at_a_time_and_the_refusal_names_the_one_that_runs() -> None:
    world = World()
    world.create()
    with pytest.raises(WireError, match="resp_1") as caught:
        world.create()
    assert caught.value.code is Code.RESPONSE_ACTIVE
    assert world.responses.open == ("resp_1",)
    world.responses.complete("resp_1")
    assert world.create()[0].response_id == "resp_2"


def test_out_of_band_runs_beside_and_belongs_to_no_conversation() -> None:
    world = World()
    first, _ = world.create()
    beside, created = world.create(conversation="none")
    assert created.conversation_id is None
    assert created.wire()["conversation_id"] is None
    assert world.responses.active == first.response_id
    assert [event.type for event in world.responses.complete(beside.response_id)] == ["response.done"]
    assert world.responses.active == first.response_id


def test_a_request_that_is_wrong_begins_nothing() -> None:
    world = World()
    for request in ({"output_modalities": ["audio", "text"]}, {"input": [{"type": "item_reference", "id": "nowhere"}]}):
        with pytest.raises(WireError):
            world.create(**request)
    assert world.responses.open == ()


def test_the_model_is_told_the_conversation_or_what_the_request_says_instead() -> None:
    world = World()
    world.conversation.create(TEXT, None, PCM)
    world.conversation.open(Message(id="open", status="in_progress", role="assistant", content=[]))
    whole, _ = world.create()
    assert [item.id for item in whole.context] == ["a"]
    nothing, _ = world.create(conversation="none", input=[])
    assert nothing.context == ()
    said = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "only this"}]}
    chosen, _ = world.create(conversation="none", input=[{"type": "item_reference", "id": "a"}, said], instructions="x")
    assert [item.wire()["content"][0]["text"] for item in chosen.context] == ["hi", "only this"]
    assert (chosen.session.instructions, whole.session.instructions) == ("x", "be kind")


def test_cancel_without_a_response_is_refused_in_the_words_that_clients_look_for() -> None:
    world = World()
    for response_id in (None, "resp_9"):
        with pytest.raises(WireError) as caught:
            world.responses.cancel(response_id, "client_cancelled")
        assert caught.value.code is Code.CANCEL_NOT_ACTIVE
        assert caught.value.message.startswith("Cancellation failed")


def test_cancel_takes_the_conversation_s_or_the_one_named() -> None:
    world = World()
    world.create()
    beside, _ = world.create(conversation="none")
    assert world.responses.cancel(beside.response_id, "client_cancelled")[0] == beside.response_id
    target, events = world.responses.cancel(None, "turn_detected")
    assert target == "resp_1"
    assert done(events).wire()["status_details"] == {"type": "cancelled", "reason": "turn_detected"}


def test_each_end_says_why() -> None:
    world = World()
    used = usage(Counted(text_in=3, text_out=2))
    plan, _ = world.create()
    completed = done(world.responses.complete(plan.response_id, used))
    assert (completed.status, completed.status_details, completed.usage) == ("completed", None, used)
    plan, _ = world.create()
    cut = done(world.responses.cut(plan.response_id, "max_output_tokens"))
    assert cut.wire()["status_details"] == {"type": "incomplete", "reason": "max_output_tokens"}
    plan, _ = world.create()
    failed = done(world.responses.fail(plan.response_id, WireError(Code.RATE_LIMIT, "slow down")))
    assert failed.wire()["status_details"] == {
        "type": "failed",
        "error": {"type": "rate_limit_exceeded", "code": "rate_limit_exceeded", "message": "slow down"},
    }


def test_a_response_ends_once() -> None:
    world = World()
    plan, _ = world.create()
    world.responses.complete(plan.response_id)
    assert world.responses.complete(plan.response_id) == []
    assert world.responses.cut(plan.response_id, "content_filter") == []
    assert world.responses.fail(plan.response_id, WireError(Code.SERVER_ERROR, "x")) == []
    assert world.responses.get(plan.response_id) is None


def test_rate_limits_follow() -> None:
    world = World(rate_limits=[RateLimit(name="tokens", limit=10, remaining=9, reset_seconds=0.5)])
    plan, _ = world.create()
    assert world.responses.complete(plan.response_id)[-1].wire() == {
        "type": "rate_limits.updated",
        "rate_limits": [{"name": "tokens", "limit": 10, "remaining": 9, "reset_seconds": 0.5}],
    }
