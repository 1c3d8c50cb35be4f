"""Whatever the service sends, in whatever order, what is told keeps the promise of ``models.realtime``."""

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from antiphon.dialogue.dialogue import Dialogue
from antiphon.dialogue.effects import TruncateItem
from antiphon.dialogue.events import (
    AgentItemStarted,
    AgentSpeechEnded,
    AgentText,
    ResponseEnded,
    ResponseStarted,
    ToolCalled,
)
from antiphon.errors import ProtocolError
from antiphon.models.realtime import AgentAudio
from antiphon.providers.openai.answer import Outcome
from antiphon.providers.openai.answers import Answers
from antiphon.providers.openai.configuration import RESPONSE
from antiphon.providers.openai.turns import Turns
from antiphon.wire.openai import events_server_input as hearing
from antiphon.wire.openai import events_server_response as answering
from antiphon.wire.openai import ids
from antiphon.wire.openai.events_client import ClientEvent, ResponseCreate
from antiphon.wire.openai.events_server import Error, ErrorDetail
from antiphon.wire.openai.items import FunctionCall, Message
from antiphon.wire.openai.response_shape import Response, ResponseRequest

OURS, THEIRS, ITEMS, CALLS = ("r1", "r2"), ("resp_a", "resp_b", "resp_c"), ("i1", "i2", "i3"), ("c1", "c2")
STATUSES = ("completed", "cancelled", "failed", "incomplete", "in_progress")
SOUND = ("AAAA", "", "AAA=", "?", "AAAAAAAA")


def _items() -> st.SearchStrategy[Message | FunctionCall]:
    status = st.sampled_from(("completed", "incomplete", "in_progress", None))
    message = st.builds(
        lambda item, status: Message(id=item, role="assistant", content=[], status=status),
        st.sampled_from(ITEMS),
        status,
    )
    call = st.builds(
        lambda item, call, status: FunctionCall(id=item, name="f", arguments="{", call_id=call, status=status),
        st.sampled_from(ITEMS), st.sampled_from((*CALLS, None)), status,
    )  # fmt: skip
    return st.one_of(message, call)


def _responses() -> st.SearchStrategy[Response]:
    return st.builds(
        lambda wire, ours, status, output: Response(
            id=wire, status=status, output=output, metadata=None if ours is None else {RESPONSE: ours}
        ),
        st.sampled_from(THEIRS), st.sampled_from((*OURS, None, "x")), st.sampled_from(STATUSES),
        st.lists(_items(), max_size=2),
    )  # fmt: skip


def _part(shape: type, **fields: st.SearchStrategy[str]) -> st.SearchStrategy[object]:
    return st.builds(
        shape, response_id=st.sampled_from(THEIRS), item_id=st.sampled_from(ITEMS), output_index=st.just(0),
        content_index=st.just(0), **fields,
    )  # fmt: skip


def _moves() -> st.SearchStrategy[object]:
    wire = st.sampled_from(THEIRS)
    refusal = st.sampled_from(
        ("conversation_already_has_active_response", "response_cancel_not_active", "server_error", "odd", None)
    )
    return st.one_of(
        st.tuples(st.just("ask"), st.sampled_from(OURS)),
        st.tuples(st.just("cancel"), st.sampled_from(OURS)),
        st.tuples(st.sampled_from(("lost", "renewed", "late")), st.just("")),
        st.tuples(st.just("truncate"), st.sampled_from(ITEMS)),
        st.tuples(st.just("refuse"), refusal),
        st.builds(answering.ResponseCreated, response=_responses()),
        st.builds(answering.ResponseDone, response=_responses()),
        st.builds(answering.OutputItemAdded, response_id=wire, output_index=st.just(0), item=_items()),
        st.builds(answering.OutputItemDone, response_id=wire, output_index=st.just(0), item=_items()),
        _part(answering.TranscriptDelta, delta=st.sampled_from(("", "so "))),
        _part(answering.OutputTextDelta, delta=st.sampled_from(("", "so "))),
        _part(answering.OutputAudioDelta, delta=st.sampled_from(SOUND)),
        _part(answering.OutputAudioDone),
        st.builds(
            answering.ArgumentsDone, response_id=wire, item_id=st.sampled_from(ITEMS), output_index=st.just(0),
            call_id=st.sampled_from(CALLS), name=st.just("f"), arguments=st.just("{"),
        ),
    )  # fmt: skip


class Run:
    """Moves made, and all that came of them."""

    def __init__(self) -> None:
        self.answers = Answers(ids.counted_ids())
        self.now, self.linked = 0.0, True
        self.asked: list[str] = []
        self.out: list[Outcome] = []

    def make(self, move: object) -> None:
        self.now += 0.1
        match move:
            case ("ask", str() as name):
                name = f"{name}_{len(self.asked)}" if name in self.asked else name
                self.asked.append(name)
                request = ResponseRequest(metadata={RESPONSE: name})
                self.out += self.answers.ask(name, request, self.now)
            case ("cancel", str() as name):
                self.out += self.answers.cancel(name, self.now)
            case ("lost", _):
                self.linked = False
                self.out += self.answers.lost()
            case ("renewed", _) if not self.linked:
                self.linked = True
                self.out += self.answers.renewed(self.now)
            case ("late", _):
                self.now += 11.0
                self.out += self.answers.expire(self.now)
            case ("truncate", str() as item):
                self.out += self.answers.truncate(TruncateItem(item, 1, "so"))
            case ("refuse", code):
                creates = [event.event_id for event in self.out if isinstance(event, ResponseCreate)]
                detail = ErrorDetail(
                    type="t",
                    message="m",
                    code=None if code is None else str(code),
                    event_id=creates[-1] if creates else None,
                )
                self.out += self.answers.told(Error(error=detail), self.now)
            case answering.ServerEvent() if self.linked:
                try:
                    self.out += self.answers.told(move, self.now)
                except ProtocolError:
                    return
            case _:
                return


def check(told: list[Outcome], asked: list[str]) -> None:
    """Started once, then its items each begun once and over at most once, then ended once; nothing of it after that."""
    begun, over = Counter[str](), Counter[str]()
    state: dict[str, str] = {}
    for event in told:
        match event:
            case ResponseStarted(name):
                assert name in asked
                assert name not in state
                state[name] = "open"
            case ResponseEnded(name):
                assert state[name] == "open"
                state[name] = "ended"
            case AgentItemStarted(name, item):
                assert state[name] == "open"
                begun[item] += 1
            case AgentText(name, item) | AgentAudio(name, item):
                assert state[name] == "open"
                assert begun[item] == 1
            case AgentSpeechEnded(name, item):
                assert state[name] == "open"
                assert begun[item] == 1
                over[item] += 1
            case ToolCalled(name):
                assert state[name] == "open"
            case _:
                pass
    assert not begun or max(begun.values()) == 1
    assert not over or max(over.values()) == 1
    calls = [event.call_id for event in told if isinstance(event, ToolCalled)]
    assert len(set(calls)) == len(calls)


@settings(max_examples=400, deadline=None)
@given(st.lists(_moves(), max_size=60))
def test_whatever_the_service_sends_the_contract_holds(moves: list[object]) -> None:
    run = Run()
    for move in moves:
        run.make(move)
    check(run.out, run.asked)
    # Nothing is owed for ever: a session that is lost and patience that ends close all that is open.
    run.make(("lost", ""))
    run.make(("renewed", ""))
    for _ in run.asked:
        run.make(("late", ""))
    check(run.out, run.asked)
    ended = {event.response_id for event in run.out if isinstance(event, ResponseEnded)}
    assert ended == set(run.asked)


def _hearing() -> st.SearchStrategy[object]:
    item = st.sampled_from(("u1", "u2", "u3"))
    return st.one_of(
        st.just("discard"),
        st.builds(hearing.SpeechStarted, audio_start_ms=st.just(0), item_id=item),
        st.builds(hearing.SpeechStopped, audio_end_ms=st.just(0), item_id=item),
        st.builds(hearing.InputAudioCommitted, item_id=item),
        st.builds(hearing.TranscriptionDelta, item_id=item, delta=st.sampled_from(("so", None))),
        st.builds(
            hearing.TranscriptionCompleted, item_id=item, content_index=st.just(0), transcript=st.just("so"),
            usage=st.just(hearing.DurationUsage(seconds=1.0)),
        ),
        st.builds(
            hearing.TranscriptionFailed, item_id=item, content_index=st.just(0),
            error=st.just(hearing.TranscriptionError()),
        ),
    )  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(_hearing(), max_size=40))
def test_whatever_turns_the_service_hears_a_dialogue_takes_them(moves: list[object]) -> None:
    turns, dialogue = Turns(500), Dialogue()
    for move in moves:
        out = turns.discard() if move == "discard" else turns.told(move)  # type: ignore[arg-type]
        for event in out:
            if not isinstance(event, ClientEvent):
                dialogue.handle(event, 0.0)  # raises IllegalTransition for what cannot be
