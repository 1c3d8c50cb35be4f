"""Sessions that end before the call does, and services that misbehave."""

import json
import logging

import pytest

from antiphon.dialogue.effects import CreateResponse, TruncateItem
from antiphon.dialogue.events import (
    AgentItemStarted,
    ModelFailed,
    ResponseEnded,
    ResponseStarted,
    SpeechStarted,
    TurnCommitted,
    TurnDiscarded,
    UserTranscribed,
)
from antiphon.dialogue.items import AgentItem, NoticeItem, ToolCallItem, ToolOutputItem, UserItem
from antiphon.models.realtime import AgentAudio, ModelSetup
from antiphon.testing import ManualClock
from antiphon.wire.openai.conversation import Conversation
from antiphon.wire.openai.errors import Code
from antiphon.wire.openai.events_client import ItemCreate, ItemDelete, ResponseCreate, SessionUpdate
from antiphon.wire.openai.items import FunctionCall, FunctionCallOutput, Message
from tests.unit.providers.openai.talk import linked
from tests.unit.providers.openai.upstream import Peer, Reply, Upstream, upstream

HISTORY = (
    UserItem("item_1", "what time is it"),
    ToolCallItem("call_1", "clock", "{}"),
    ToolOutputItem("call_1", "noon"),
    AgentItem("item_2", "It is noon."),
    NoticeItem("notice_1", "The report is ready."),
)
SEEDED = [
    "user: what time is it",
    "call clock",
    "output noon",
    "assistant: It is noon.",
    "system: The report is ready.",
]


def known(conversation: Conversation) -> list[str]:
    """What a session knows, as lines."""
    lines = []
    for item in conversation.items:
        match item:
            case Message():
                part = item.content[0].wire()
                lines.append(f"{item.role}: {part.get('text') or part.get('transcript')}")
            case FunctionCall():
                lines.append(f"call {item.name}")
            case FunctionCallOutput():
                lines.append(f"output {item.output}")
            case _:
                lines.append(item.type)
    return lines


def sessions(served: Upstream, count: int) -> bool:
    """Are there so many sessions by now, the last of them configured?"""
    return len(served.peers) == count and bool(served.peer.heard(SessionUpdate))


async def test_it_begins_with_what_was_said_before() -> None:
    setup = ModelSetup("Be kind.", history=HISTORY, voice="cedar")
    async with upstream() as served, linked(served, setup) as link:
        await link.until(lambda: len(served.peer.heard(ItemCreate)) == 5)
        assert known(served.peer.state.conversation) == SEEDED
        assert served.peer.state.session.instructions == "Be kind."
        assert served.peer.state.session.audio.output.voice == "cedar"
        assert not served.peer.refusals
        headers = served.headers[0]
        assert headers["authorization"] == "Bearer sk-test-secret"
        assert "openai-beta" not in headers
        assert served.paths == ["/v1/realtime?model=gpt-realtime-2.1"]


async def expire(peer: Peer) -> None:
    await peer.refuse(Code.SESSION_EXPIRED)


async def drop(peer: Peer) -> None:
    peer.drop()


async def close_in_order(peer: Peer) -> None:
    await peer.socket.close(1000)


async def fail_inside(peer: Peer) -> None:
    await peer.socket.close(1011, "internal error")


async def send_too_much(peer: Peer) -> None:
    await peer.raw('{"type":"x","y":"' + "z" * (17 * 1024 * 1024) + '"}')


@pytest.mark.parametrize("lose", [expire, drop, close_in_order, fail_inside, send_too_much])
async def test_a_lost_session_is_followed_by_another_that_knows_what_was_said(lose) -> None:  # type: ignore[no-untyped-def]
    async with upstream(Reply("Good day.", pieces=2)) as served, linked(served, ModelSetup(history=HISTORY)) as link:
        await link.connection.create_response(CreateResponse("resp_1", HISTORY))
        await link.until(ResponseEnded)
        await link.connection.add_item(UserItem("item_3", "and now?"))
        await lose(served.peer)
        await link.until(lambda: sessions(served, 2))
        said = AgentItem(link.of(AgentItemStarted)[0].item_id, "Good day.")
        history = (*HISTORY, said, UserItem("item_3", "and now?"))
        await link.connection.create_response(CreateResponse("resp_2", history))
        await link.until(ResponseEnded, 2)
        assert known(served.peer.state.conversation)[:7] == [*SEEDED, "assistant: Good day.", "user: and now?"]
        assert [event.status for event in link.of(ResponseEnded)] == ["completed", "completed"]
        assert not link.of(ModelFailed)
        assert not served.peer.refusals


async def test_an_answer_that_had_not_begun_is_asked_for_again() -> None:
    async with upstream(Reply("Yes.", pieces=1)) as served, linked(served) as link:
        served.peer.state.responses.create(None, served.peer.state.session, served.peer.state._rules)  # it is busy
        await link.connection.create_response(CreateResponse("resp_1", ()))
        await link.until(lambda: served.peer.heard(ResponseCreate))
        served.peer.drop()
        await link.until(ResponseEnded)
        starts = [event.response_id for event in link.of(ResponseStarted)]
        assert starts == ["resp_1"]
        assert link.of(ResponseEnded) == [ResponseEnded("resp_1", "completed")]


async def test_an_answer_and_a_turn_that_were_under_way_end_honestly() -> None:
    async with upstream(Reply(hold=3), Reply("Yes.", pieces=1)) as served, linked(served) as link:
        await link.connection.create_response(CreateResponse("resp_1", ()))
        await link.until(AgentAudio, 3)
        await link.say(0.4)
        await link.until(SpeechStarted)
        served.peer.drop()
        await link.until(ResponseEnded)
        (ended,) = link.of(ResponseEnded)
        assert ended.status == "failed"
        assert "broke in the middle" in ended.message
        assert [event.item_id for event in link.of(TurnDiscarded)] == [link.of(SpeechStarted)[0].item_id]
        await link.until(lambda: sessions(served, 2))
        assert known(served.peer.state.conversation) == ["assistant: This is a"]
        # What was heard of it is known later: the new session is told so.
        (item,) = link.of(AgentItemStarted)
        await link.connection.truncate(TruncateItem(item.item_id, 300, "This"))
        await link.until(lambda: served.peer.heard(ItemDelete))
        await link.until(lambda: known(served.peer.state.conversation) == ["assistant: This"])
        assert not served.peer.refusals


async def test_a_turn_of_a_lost_session_is_known_by_its_words() -> None:
    async with upstream() as served, linked(served) as link:
        await link.say(0.5)
        await link.say(0.8, level=0.0)
        await link.until(UserTranscribed)
        assert link.of(TurnCommitted)
        served.peer.drop()
        await link.until(lambda: sessions(served, 2))
        assert known(served.peer.state.conversation) == ["user: hello"]


async def test_a_service_that_is_silent_is_left_for_another_session() -> None:
    clock = ManualClock()
    async with upstream(Reply(hold=1), Reply("Yes.", pieces=1)) as served, linked(served, clock=clock) as link:
        await link.connection.create_response(CreateResponse("resp_1", ()))
        await link.until(AgentAudio)
        await clock.advance(20.0)
        await link.until(ResponseEnded)
        await clock.advance(1.0)
        await link.until(lambda: sessions(served, 2))
        assert link.of(ResponseEnded)[0].status == "failed"
        assert not link.of(ModelFailed)


async def test_after_several_tries_the_model_is_unavailable_and_the_events_end() -> None:
    clock = ManualClock()
    async with upstream() as served, linked(served, clock=clock) as link:
        served.status = 503
        served.peer.drop()
        while not link.ended:
            tries = len(served.paths)
            await clock.advance(5.0)
            await link.until(lambda tries=tries: link.ended or len(served.paths) > tries)
        (failed,) = link.of(ModelFailed)
        assert failed.fatal
        assert failed.message == "OpenAI cannot be reached at the moment (HTTP 503)."
        assert len(served.paths) == 6


async def test_a_refusal_in_the_middle_ends_it_at_once() -> None:
    async with upstream() as served, linked(served) as link:
        await link.connection.create_response(CreateResponse("resp_1", ()))
        await link.until(AgentAudio)
        await served.peer.refuse(Code.INSUFFICIENT_QUOTA)
        await link.until(lambda: link.ended)
        assert link.of(ModelFailed) == [
            ModelFailed("model_refused", "The OpenAI account has used up its quota.", fatal=True)
        ]
        assert link.of(ResponseEnded)
        assert len(served.peers) == 1
        await link.connection.create_response(CreateResponse("resp_2", ()))  # nobody is there: nothing raises


async def test_a_failed_response_says_why() -> None:
    async with (
        upstream(Reply(fail=Code.RATE_LIMIT), Reply(fail=Code.CREDIT_EXHAUSTED)) as served,
        linked(served) as link,
    ):
        await link.connection.create_response(CreateResponse("resp_1", ()))
        await link.until(ResponseEnded)
        said = "OpenAI is being asked too much at the moment; try again shortly."
        assert link.of(ResponseEnded) == [ResponseEnded("resp_1", "failed", said)]
        await link.connection.create_response(CreateResponse("resp_2", ()))
        await link.until(ModelFailed)
        assert link.of(ModelFailed)[0].fatal


@pytest.mark.parametrize(
    "junk",
    [
        "", "not json", "[]", "{}", '{"type":7}', '{"type":"response.done"}', '{"type":"a.new.event","x":[1]}', "\x00",
        b"\xff\xfe", "[" * 5_000, '{"type":"response.output_audio.delta","response_id":"resp_9"}',
        json.dumps({"type": "error", "error": {"type": "t", "message": "Bearer sk-test-secret is odd"}}),
        json.dumps({"type": "response.created", "response": {"id": "resp_x", "status": "in_progress"}}),
        json.dumps({"type": "response.done", "response": {"id": "resp_x", "status": "no such"}}),
    ],
)  # fmt: skip
async def test_junk_is_overlooked(junk: str | bytes, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with upstream(Reply("Yes.", pieces=1)) as served, linked(served) as link:
        await served.peer.raw(junk)
        await link.connection.create_response(CreateResponse("resp_1", ()))
        await served.peer.raw(junk)
        await link.until(ResponseEnded)
        assert link.of(ResponseEnded) == [ResponseEnded("resp_1", "completed")]
    assert "sk-test" not in caplog.text
