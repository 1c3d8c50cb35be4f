"""When a client may ask for a response."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.wire.openai import frames
from antiphon.wire.openai.errors import Code, WireError
from antiphon.wire.openai.events_base import ServerEvent
from antiphon.wire.openai.events_client import ResponseCreate
from antiphon.wire.openai.events_server import Error, error_event
from antiphon.wire.openai.events_server_response import ResponseCreated, ResponseDone
from antiphon.wire.openai.ids import counted_ids
from antiphon.wire.openai.response_sequencer import PATIENCE_S, RETRY_S, TAG, ResponseSequencer
from antiphon.wire.openai.response_shape import Response, ResponseRequest
from tests.unit.wire.openai.talk import Talk


@pytest.fixture
def sequencer() -> ResponseSequencer:
    return ResponseSequencer(counted_ids())


def created(
    response_id: str, ours: ResponseCreate | None = None, conversation: str | None = "conv_1"
) -> ResponseCreated:
    metadata = ours.response.metadata if ours is not None and ours.response is not None else None
    return ResponseCreated(
        response=Response(id=response_id, status="in_progress", conversation_id=conversation, metadata=metadata)
    )


def done(response_id: str) -> ResponseDone:
    return ResponseDone(response=Response(id=response_id, status="completed", conversation_id="conv_1"))


def refusal(ours: ResponseCreate, code: Code = Code.RESPONSE_ACTIVE) -> Error:
    return error_event(WireError(code, "no", event_id=ours.event_id))


def test_the_first_is_sent_and_the_second_waits_until_the_first_is_done(sequencer: ResponseSequencer) -> None:
    (first,) = sequencer.ask(None, 0.0)
    assert sequencer.ask(ResponseRequest(instructions="more"), 0.1) == []
    assert sequencer.told(created("resp_1", first), 0.2) == []
    assert sequencer.active == "resp_1"
    (second,) = sequencer.told(done("resp_1"), 1.0)
    assert second.response is not None
    assert second.response.instructions == "more"
    assert sequencer.waiting == 0


def test_a_request_waits_for_a_response_that_the_server_began_itself(sequencer: ResponseSequencer) -> None:
    sequencer.told(created("resp_1"), 0.0)
    assert sequencer.ask(None, 0.1) == []
    assert len(sequencer.told(done("resp_1"), 1.0)) == 1


def test_a_server_that_was_first_costs_nothing_but_time(sequencer: ResponseSequencer) -> None:
    (ours,) = sequencer.ask(ResponseRequest(instructions="mine"), 0.0)
    assert sequencer.told(created("resp_1"), 0.1) == []
    error = refusal(ours)
    assert sequencer.absorbs(error)
    assert sequencer.told(error, 0.2) == []
    (again,) = sequencer.told(done("resp_1"), 1.0)
    assert again.response is not None
    assert again.response.instructions == "mine"
    assert again.event_id != ours.event_id


def test_a_response_done_before_ours_was_read_does_not_release_a_second(sequencer: ResponseSequencer) -> None:
    (ours,) = sequencer.ask(None, 0.0)
    sequencer.ask(None, 0.0)
    sequencer.told(created("resp_1"), 0.1)
    assert sequencer.told(done("resp_1"), 0.2) == [], "ours is on its way still"
    sequencer.told(created("resp_2", ours), 0.3)
    assert len(sequencer.told(done("resp_2"), 0.4)) == 1


def test_another_refusal_is_the_caller_s_business_and_the_next_may_go(sequencer: ResponseSequencer) -> None:
    (ours,) = sequencer.ask(None, 0.0)
    sequencer.ask(ResponseRequest(instructions="next"), 0.0)
    error = refusal(ours, Code.INVALID_VALUE)
    assert not sequencer.absorbs(error)
    (following,) = sequencer.told(error, 0.1)
    assert following.response is not None
    assert following.response.instructions == "next"


def test_errors_of_others_are_not_ours(sequencer: ResponseSequencer) -> None:
    sequencer.ask(None, 0.0)
    stranger = error_event(WireError(Code.RESPONSE_ACTIVE, "no", event_id="theirs"))
    assert not sequencer.absorbs(stranger)
    assert sequencer.told(stranger, 0.1) == []


def test_a_refusal_that_names_nothing_we_know_is_tried_again_after_a_pause(sequencer: ResponseSequencer) -> None:
    (ours,) = sequencer.ask(None, 0.0)
    assert sequencer.told(refusal(ours), 1.0) == []
    assert sequencer.deadline() == 1.0 + RETRY_S
    assert sequencer.expire(1.0) == []
    assert len(sequencer.expire(1.0 + RETRY_S)) == 1


def test_a_server_that_echoes_nothing_holds_us_up_only_for_a_while(sequencer: ResponseSequencer) -> None:
    sequencer.ask(None, 0.0)
    sequencer.ask(None, 0.0)
    sequencer.told(created("resp_1"), 0.1)
    sequencer.told(done("resp_1"), 1.0)
    assert sequencer.deadline() == PATIENCE_S
    assert sequencer.expire(PATIENCE_S - 0.1) == []
    assert len(sequencer.expire(PATIENCE_S)) == 1


def test_out_of_band_goes_at_once_and_does_not_count(sequencer: ResponseSequencer) -> None:
    sequencer.ask(None, 0.0)
    (beside,) = sequencer.ask(ResponseRequest(conversation="none", metadata={"topic": "mood"}), 0.0)
    assert beside.response is not None
    assert beside.response.metadata == {"topic": "mood", TAG: beside.event_id}
    sequencer.told(created("resp_9", beside, conversation=None), 0.1)
    assert sequencer.active is None


def test_what_waits_may_be_forgotten(sequencer: ResponseSequencer) -> None:
    sequencer.told(created("resp_1"), 0.0)
    sequencer.ask(None, 0.0)
    sequencer.forget()
    assert sequencer.told(done("resp_1"), 1.0) == []


@settings(max_examples=150, deadline=None)
@given(steps=st.lists(st.sampled_from(["ask", "server", "deliver", "reply", "finish"]), min_size=5, max_size=60))
def test_against_a_real_server_no_request_is_lost_and_no_refusal_is_left_over(steps: list[str]) -> None:
    """Two machines, a line with delay in both directions, a server that also answers by itself."""
    talk = Talk()
    sequencer = ResponseSequencer(counted_ids())
    to_server: list[ResponseCreate] = []
    told = 0
    asked = 0
    refused: list[Error] = []

    def deliver() -> None:
        talk.take(talk.state.handle(frames.parse_client(frames.frame_of(to_server.pop(0))), talk.now))

    def reply() -> None:
        nonlocal told
        event = talk.outcomes[told]
        told += 1
        if not isinstance(event, ServerEvent):
            return
        if isinstance(event, Error) and not sequencer.absorbs(event):
            refused.append(event)
        to_server.extend(sequencer.told(event, talk.now))

    for step in [*steps, *["deliver", *["reply"] * 12, "finish"] * (2 * len(steps) + 2)]:
        if step == "ask":
            asked += 1
            to_server.extend(sequencer.ask(ResponseRequest(), talk.now))
        elif step == "server" and talk.state.responses.active is None:
            talk.hear(500)
            talk.take(talk.state.speech_started(400, talk.now))
            talk.take(talk.state.speech_stopped(talk.state.input.total_ms))
        elif step == "deliver" and to_server:
            deliver()
        elif step == "reply" and told < len(talk.outcomes):
            reply()
        elif step == "finish" and talk.state.responses.active is not None:
            talk.take(talk.state.completed(talk.state.responses.active, talk.now))
    ours = [
        outcome for outcome in talk.outcomes
        if isinstance(outcome, ResponseCreated) and TAG in (outcome.response.metadata or {})
    ]  # fmt: skip
    assert refused == []
    assert (len(ours), sequencer.waiting) == (asked, 0)
