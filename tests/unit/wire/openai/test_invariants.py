"""Whatever a client says and a model makes, in any order: the machines keep their word."""

import base64
import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.wire.openai import events_server_response as ev
from antiphon.wire.openai import frames
from antiphon.wire.openai.errors import Code, WireError
from antiphon.wire.openai.events_base import ServerEvent
from antiphon.wire.openai.events_server import Error
from antiphon.wire.openai.served_effects import EndSession, StartResponse, StopResponse
from antiphon.wire.openai.served_state import Transport
from tests.unit.wire.openai.invariants import check_deltas, check_items, check_responses, check_sound
from tests.unit.wire.openai.talk import Talk, silence, user_text

ITEM = st.sampled_from([f"item_{n}" for n in range(1, 9)] + ["mine", "root", "nowhere"])
CALL = st.sampled_from(["call_1", "call_2", "call_other"])
CREATED = st.one_of(
    st.builds(user_text, st.just("hi")),
    st.builds(lambda i: user_text(id=i), ITEM),
    st.builds(lambda c: {"type": "function_call_output", "call_id": c, "output": "1"}, CALL),
    st.builds(lambda i, c: {"type": "function_call_output", "id": i, "call_id": c, "output": "1"}, ITEM, CALL),
    st.just({"type": "message", "role": "system", "content": []}),
    st.just({"type": "message", "role": "assistant", "content": [{"type": "output_audio", "transcript": "no"}]}),
    st.just({"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": "AAA="}]}),
)
TURNS = st.sampled_from([
    None,
    {"type": "server_vad", "idle_timeout_ms": 5_000},
    {"type": "server_vad", "interrupt_response": False},
    {"type": "server_vad", "create_response": False},
    {"type": "semantic_vad", "eagerness": "high"},
])  # fmt: skip
SESSION = st.one_of(
    st.builds(lambda t: {"type": "realtime", "audio": {"input": {"turn_detection": t}}}, TURNS),
    st.sampled_from([
        {},
        {"type": "realtime", "output_modalities": ["text"]},
        {"type": "realtime", "output_modalities": ["audio", "text"]},
        {"type": "realtime", "audio": {"output": {"voice": "cedar"}}},
        {"type": "realtime", "audio": {"output": {"format": {"type": "audio/pcmu"}}}},
        {"type": "realtime", "modalities": ["text"]},
    ]),
)  # fmt: skip
RESPONSE = st.sampled_from([
    {},
    {"conversation": "none", "metadata": {"a": "b"}},
    {"input": []},
    {"input": [{"type": "item_reference", "id": "item_1"}]},
    {"output_modalities": ["text"]},
])  # fmt: skip
CLIENT = st.one_of(
    st.builds(lambda s: {"type": "session.update", "session": s}, SESSION),
    st.builds(lambda n: {"type": "input_audio_buffer.append", "audio": base64.b64encode(silence(n)).decode()},
              st.integers(0, 400)),
    st.sampled_from([{"type": t} for t in
                     ("input_audio_buffer.commit", "input_audio_buffer.clear", "output_audio_buffer.clear",
                      "response.cancel")]),
    st.builds(lambda i, p: {"type": "conversation.item.create", "item": i, "previous_item_id": p},
              CREATED, st.none() | ITEM),
    st.builds(lambda v, i: {"type": f"conversation.item.{v}", "item_id": i}, st.sampled_from(["retrieve", "delete"]),
              ITEM),
    st.builds(lambda i, n, ms: {"type": "conversation.item.truncate", "item_id": i, "content_index": n,
                                "audio_end_ms": ms}, ITEM, st.integers(0, 1), st.integers(-1, 700)),
    st.builds(lambda r: {"type": "response.create", "response": r}, RESPONSE),
)  # fmt: skip
MODEL = st.sampled_from([
    "message", "message", "call", "text", "text", "sound", "sound", "arguments", "close", "complete", "fail", "cut",
    "send", "send", "listen", "speech", "silence", "late",
])  # fmt: skip
ASKED = st.builds(lambda r: {"type": "response.create", "response": r}, RESPONSE)
STEPS = st.lists(
    st.tuples(st.sampled_from([True, False, False]), ASKED | CLIENT, MODEL, st.integers(0, 5)),
    min_size=30,
    max_size=60,
)


def act(talk: Talk, what: str, which: int) -> None:
    """One thing that a model, a voice or a clock does."""
    state = talk.state
    if what == "send":
        talk.take(state.sent(100.0 * which))
    elif what == "listen":
        talk.hear(50 * which)
    elif what == "speech":
        talk.take(state.speech_started(max(0, state.input.total_ms - 20 * which), talk.now))
    elif what == "silence":
        talk.take(state.speech_stopped(max(0, state.input.total_ms - 10 * which)))
    elif what == "late":
        talk.now += which
        talk.take(state.expire(talk.now))
    elif state.responses.open:
        make(talk, what, state.responses.open[which % len(state.responses.open)], which)


def make(talk: Talk, what: str, response_id: str, which: int) -> None:
    state, response = talk.state, talk.opened(response_id)
    items = [o.item.id for o in talk.outcomes if isinstance(o, ev.OutputItemAdded) and o.response_id == response_id]
    item_id = items[-1 - which % min(2, len(items))] if items else None
    if what == "message":
        talk.take([*response.add_message()[1]])
    elif what == "call":
        talk.take([*response.add_call("tool")[1]])
    elif what == "complete":
        talk.take(state.completed(response_id, talk.now))
    elif what == "cut":
        talk.take(state.cut(response_id, "max_output_tokens", talk.now))
    elif what == "fail":
        talk.take(state.failed(response_id, WireError(Code.RATE_LIMIT, "slow down"), talk.now))
    elif item_id is not None and what == "text":
        talk.take([*response.text(item_id, f"word{which} ")])
    elif item_id is not None and what == "arguments":
        talk.take([*response.arguments(item_id, f"{which}")])
    elif item_id is not None and what == "close":
        talk.take([*response.close(item_id)])
    elif item_id is not None and state.output is None:
        talk.take(state.sounded(response_id, item_id, silence(100), talk.now))
    elif item_id is not None:
        state.queued(response_id, item_id, 100.0)


@settings(max_examples=300, deadline=None)
@given(steps=STEPS, transport=st.sampled_from(["websocket", "webrtc"]))
def test_nothing_a_client_or_a_model_does_breaks_the_machines(
    steps: list[tuple[bool, dict[str, object], str, int]], transport: Transport
) -> None:
    talk = Talk(transport, session={"audio": {"input": {"turn_detection": {"type": "server_vad"}}}})
    for by_client, said, what, which in steps:
        if by_client:
            known: dict[str, object] = {}
            if "item_id" in said and which:
                there = [item.id for item in talk.state.conversation.items] or ["nowhere"]
                known["item_id"] = there[which % len(there)]
            before = (talk.state.session, talk.state.conversation.items, talk.state.responses.open)
            count = len(talk.outcomes)
            talk.say(**{**said, **known, "event_id": "ours"})
            answered = talk.outcomes[count:]
            if isinstance(answered[0] if answered else None, Error):
                after = (talk.state.session, talk.state.conversation.items, talk.state.responses.open)
                assert before == after, "an error changes nothing"
                assert isinstance(answered[0], Error)
                assert answered[0].error.event_id == "ours"
        else:
            act(talk, what, which)
    for response_id in talk.state.responses.open:
        talk.take(talk.state.completed(response_id, talk.now))
    events = [outcome for outcome in talk.outcomes if isinstance(outcome, ServerEvent)]
    check_responses(events, all_done=True)
    check_deltas(events)
    check_items(talk, events)
    if not any(isinstance(e, ev.ResponseCreated) and e.response.conversation_id is None for e in events):
        check_sound(events)
    started = {effect.plan.response_id for effect in talk.effects() if isinstance(effect, StartResponse)}
    assert started == {e.response.id for e in events if isinstance(e, ev.ResponseCreated)}
    assert {effect.response_id for effect in talk.effects() if isinstance(effect, StopResponse)} <= started
    assert not [effect for effect in talk.effects() if isinstance(effect, EndSession)]
    for event in events:
        frame = frames.frame_of(frames.stamped(event, talk.ids))
        assert frames.frame_of(frames.parse_server(frame)) == frame


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KNOWN_FIELDS = st.sampled_from([
    "type", "event_id", "session", "audio", "item", "item_id", "previous_item_id", "content_index", "audio_end_ms",
    "response", "response_id", "delta", "part", "error", "output_index", "call_id", "transcript", "usage",
])  # fmt: skip
KNOWN_TYPES = st.sampled_from([*frames.CLIENT_EVENTS, *frames.SERVER_EVENTS])


@settings(max_examples=300, deadline=None)
@given(frame=st.binary(max_size=200) | st.text(max_size=200))
def test_any_bytes_are_an_event_or_a_wire_error(frame: bytes | str) -> None:
    for parse in (frames.parse_client, frames.parse_server):
        with contextlib.suppress(WireError):
            parse(frame)


@settings(max_examples=500, deadline=None)
@given(kind=KNOWN_TYPES, fields=st.dictionaries(KNOWN_FIELDS, JSON, max_size=6))
def test_any_json_is_an_event_or_a_wire_error(kind: str, fields: dict[str, object]) -> None:
    frame = json.dumps({**fields, "type": kind})
    talk = Talk()
    with contextlib.suppress(WireError):
        said = frames.parse_client(frame)
        assert set(json.loads(frames.frame_of(said))) == {"type", *fields}, "what is not known is kept"
        talk.take(talk.state.handle(said, 0.0))
    with contextlib.suppress(WireError):
        event = frames.parse_server(frame)
        assert set(json.loads(frames.frame_of(event))) == {"type", *fields}, "what is not known is kept"


@pytest.mark.parametrize("depth", [150, 5_000, 100_000])
def test_deep_nesting_is_refused_or_carried_not_fatal(depth: int) -> None:
    frame = '{"type":"session.update","session":' + '{"type":' * depth + "1" + "}" * depth + "}"
    talk = Talk()
    if depth > 190:  # the parser's own bound is 200
        with pytest.raises(WireError) as caught:
            frames.parse_client(frame)
        assert caught.value.code is Code.INVALID_EVENT
    else:
        talk.take(talk.state.handle(frames.parse_client(frame), 0.0))
        assert talk.errors()
