import pytest

from antiphon.dialogue.tool_calls import ToolCall, ToolCalls
from antiphon.errors import IllegalTransition


def call(call_id: str) -> ToolCall:
    return ToolCall(call_id, "look_up", "{}", "resp_1", 0.0)


def test_a_call_is_settled_once() -> None:
    calls = ToolCalls()
    calls.begin(call("c1"))
    assert calls.settle("c1") == call("c1")
    assert calls.settle("c1") is None
    assert calls.open == {}


def test_a_call_that_was_never_made_is_not_settled() -> None:
    assert ToolCalls().settle("c1") is None


@pytest.mark.parametrize("settled", [False, True])
def test_a_call_is_not_made_twice(settled: bool) -> None:
    calls = ToolCalls()
    calls.begin(call("c1"))
    if settled:
        calls.settle("c1")
    before = dict(calls.open)
    with pytest.raises(IllegalTransition):
        calls.begin(call("c1"))
    assert calls.open == before


def test_cancelling_closes_all_oldest_first() -> None:
    calls = ToolCalls()
    for call_id in ("c2", "c1", "c3"):
        calls.begin(call(call_id))
    assert [one.call_id for one in calls.cancel_all()] == ["c2", "c1", "c3"]
    assert calls.cancel_all() == []
    assert calls.settle("c1") is None


def test_a_detached_call_is_not_waited_for_and_finishes_once() -> None:
    calls = ToolCalls()
    calls.begin(call("c1"))
    calls.detach("c1")
    assert (calls.open, calls.background) == ({}, {"c1": call("c1")})
    assert calls.running("c1") == call("c1")
    assert calls.settle("c1") is None
    assert calls.cancel_all() == []
    assert calls.finish("c1") == call("c1")
    assert calls.finish("c1") is None
    assert calls.running("c1") is None
    with pytest.raises(IllegalTransition):
        calls.begin(call("c1"))
