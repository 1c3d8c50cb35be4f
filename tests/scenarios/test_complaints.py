"""What users of such systems complain of again and again (3 to 12), as scenarios; names carry project and thread."""

from antiphon.dialogue import effects as x
from antiphon.dialogue import events as e
from antiphon.dialogue.state import CANCELLED_OUTPUT, Rules
from antiphon.dialogue.turns import AgentTurn
from tests.scenarios.stage import SENTENCE, Stage, of, speaking

# 3. Dead air


def test_3_after_an_interruption_the_next_turn_is_answered__livekit_3418() -> None:
    stage = speaking(audio_ms=None)
    assert of(x.CancelResponse, stage.at(11.0, e.SpeechStarted("u2"))) == [x.CancelResponse("resp_1")]
    stage.at(11.5, e.PlaybackFlushed("a1", 1000), e.SpeechStopped("u2"), e.TurnCommitted("u2"))
    assert len(stage.all(x.CreateResponse)) == 1  # the first has not ended yet
    assert len(of(x.CreateResponse, stage.at(11.6, e.ResponseEnded("resp_1", "cancelled")))) == 1
    assert stage.dialogue.agent is AgentTurn.THINKING


def test_3_a_cancelled_response_that_never_ends_is_given_up__agents_js_1791() -> None:
    stage = speaking(audio_ms=None)
    stage.at(11.0, e.SpeechStarted("u2"), e.SpeechStopped("u2"), e.TurnCommitted("u2"), e.PlaybackFlushed("a1", 900))
    assert of(x.CreateResponse, stage.wait(14.1)) != []


def test_3_sound_that_never_ends_is_given_up__livekit_3418() -> None:
    stage = speaking()
    effects = stage.wait(30.0)
    assert [error.code for error in of(x.ShowError, effects)] == ["playback_stalled"]
    assert stage.dialogue.agent is AgentTurn.IDLE
    assert stage.dialogue.deadline() is None


def test_3_something_to_say_is_said_as_soon_as_the_agent_is_done() -> None:
    """Nothing else has to happen for it."""
    stage = speaking()
    stage.at(11.0, e.SayRequested("And now the news."))
    (ask,) = of(x.CreateResponse, stage.at(14.8, e.PlaybackEnded("a1", 4800)))
    assert ask.say == "And now the news."


# 4. Tools


def tooled() -> Stage:
    stage = Stage()
    stage.says(1.0, "where is my order")
    stage.at(1.5, e.ResponseStarted("resp_1"), e.ToolCalled("resp_1", "c1", "look_up", "{}"))
    return stage


def test_4_an_interrupted_tool_is_settled_at_once__pipecat_5779() -> None:
    stage = tooled()
    effects = stage.at(2.0, e.SpeechStarted("u2"))
    assert of(x.CancelTool, effects) == [x.CancelTool("c1")]
    assert [item.item.output for item in of(x.AddItem, effects)] == [CANCELLED_OUTPUT]  # type: ignore[union-attr]
    assert [tool.state for tool in stage.all(x.ShowTool)] == ["running", "cancelled"]


def test_4_the_next_request_has_the_output_of_every_call__livekit_5092() -> None:
    stage = tooled()
    stage.at(2.0, e.ResponseEnded("resp_1", "completed"), e.SpeechStarted("u2"), e.SpeechStopped("u2"))
    (ask,) = of(x.CreateResponse, stage.at(3.0, e.UserTranscribed("u2", "never mind", True), e.TurnCommitted("u2")))
    assert len(ask.history) == 4
    assert stage.remembered()[1:3] == ["call: c1", f"output: c1 {CANCELLED_OUTPUT}"]


def test_4_a_call_that_arrives_after_the_interruption_gets_an_output_too__livekit_4413() -> None:
    stage = tooled()
    stage.at(2.0, e.SpeechStarted("u2"))
    effects = stage.at(2.1, e.ToolCalled("resp_1", "c2", "look_up", "{}"))
    assert [type(effect) for effect in effects] == [x.AddItem]
    assert stage.at(2.2, e.ToolSettled("c2", "late", True)) == []


def test_4_the_result_of_a_cancelled_tool_changes_nothing__pipecat_5779() -> None:
    stage = tooled()
    stage.at(2.0, e.SpeechStarted("u2"))
    before = stage.remembered()
    assert stage.at(2.5, e.ToolSettled("c1", "found", True)) == []
    assert stage.remembered() == before


# 5. Stale replies


def test_5_a_stale_reply_is_not_spoken_after_a_newer_turn__agents_js_2059() -> None:
    stage = Stage()
    stage.says(1.0, "what time is it")
    stage.says(3.0, "and in Rome", "u2")
    stage.at(3.05, e.ResponseStarted("resp_1"))
    late = stage.at(3.1, e.AgentText("resp_1", "a1", "It is noon."), e.AgentSpeechEnded("resp_1", "a1", 900))
    assert late == []
    assert of(x.FlushPlayout, stage.at(3.1, e.AgentItemStarted("resp_1", "a1"))) == [x.FlushPlayout("a1")]
    assert of(x.CreateResponse, stage.at(3.2, e.ResponseEnded("resp_1", "cancelled"))) != []
    assert stage.remembered() == ["user: what time is it", "user: and in Rome"]


def test_5_two_turns_in_a_row_are_answered_once__livekit_4219() -> None:
    stage = Stage()
    stage.says(1.0, "what time is it")
    stage.at(1.2, e.TextTyped("u2", "p", "in Rome"), e.TextTyped("u3", "p", "please"))
    stage.at(1.3, e.ResponseStarted("resp_1"), e.ResponseEnded("resp_1", "cancelled"))
    assert [ask.response_id for ask in stage.all(x.CreateResponse)] == ["resp_1", "resp_2"]
    stage.at(2, e.ResponseStarted("resp_2"), e.ResponseEnded("resp_2", "completed"))
    assert len(stage.all(x.CreateResponse)) == 2


# 6. conversation_already_has_active_response


def test_6_no_response_is_asked_for_while_one_is_open__openai_agents_python_1466() -> None:
    stage = tooled()
    assert of(x.CreateResponse, stage.at(1.6, e.ToolSettled("c1", "found", True))) == []
    assert len(of(x.CreateResponse, stage.at(1.7, e.ResponseEnded("resp_1", "completed")))) == 1


def test_6_typed_text_waits_for_the_cancelled_response__livekit_1056() -> None:
    stage = tooled()
    assert of(x.CreateResponse, stage.at(2.0, e.TextTyped("u2", "p", "hello"))) == []
    assert len(of(x.CreateResponse, stage.at(2.2, e.ResponseEnded("resp_1", "cancelled")))) == 1


def test_6_text_typed_while_the_model_begins_by_itself_waits_for_that__pipecat_3960() -> None:
    stage = Stage(Rules(creates_responses=True))
    stage.says(1.0, "hello")
    assert of(x.CreateResponse, stage.at(1.01, e.TextTyped("u2", "p", "are you there"))) == []
    assert stage.at(1.1, e.ResponseStarted("own")) == [x.CancelResponse("own")]
    assert len(of(x.CreateResponse, stage.at(1.2, e.ResponseEnded("own", "cancelled")))) == 1


# 11. A blip is not the end


def test_11_a_lost_device_ends_neither_the_answer_nor_the_turn__streamcore_38() -> None:
    stage = speaking()
    assert stage.at(11.0, e.ParticipantLeft("p", "lost"), e.ParticipantJoined("p2", "p")) == []
    assert stage.dialogue.agent is AgentTurn.SPEAKING
    stage.at(14.8, e.PlaybackEnded("a1", 4800))
    assert stage.remembered()[-1] == f"agent: {SENTENCE}"


def test_11_a_new_session_goes_on_where_the_lost_one_was__livekit_2358() -> None:
    stage = speaking()
    stage.at(11.0, e.PlaybackReported("p", "a1", 950), e.ReminderSet("r", 90.0, "Tea!"))
    effects = stage.at(60.0, e.SessionOpened("s2", "Ada"))
    assert of(x.CreateResponse, effects) == []
    assert stage.remembered() == ["user: count to ten", "agent: one two"]
    assert stage.dialogue.deadline() == (90.0, "reminder r")
    stage.says(62.0, "go on", "u2")
    assert stage.dialogue.agent is AgentTurn.THINKING


# 12. Figures, order


def test_12_latency_is_measured_from_the_end_of_the_voice__livekit_3824() -> None:
    stage = Stage()
    stage.at(1.0, e.SpeechStarted("u1"))
    stage.at(2.5, e.SpeechStopped("u1", 500))  # silent since 2.0
    stage.at(2.6, e.UserTranscribed("u1", "hello", True), e.TurnCommitted("u1"))
    stage.at(2.7, e.ResponseStarted("resp_1"), e.AgentItemStarted("resp_1", "a1"))
    stage.at(2.9, e.AgentText("resp_1", "a1", "Hi."))
    stage.at(3.2, e.PlaybackStarted("a1"))
    assert stage.all(x.ShowLatency) == [x.ShowLatency("u1", 500.0, 600.0, 900.0, 1200.0)]


def test_12_the_latency_of_an_unanswered_turn_is_not_charged_to_the_next__livekit_3824() -> None:
    stage = Stage()
    stage.says(1.0, "hello")
    stage.at(1.1, e.InterruptPressed("p"), e.ResponseEnded("resp_1", "cancelled"))
    stage.at(60.0, e.TurnCommitted("u2"))  # push to talk: no voice was told
    stage.answers(60.5, "Yes?", "resp_2")
    assert [(figure.item_id, figure.first_audio_ms) for figure in stage.all(x.ShowLatency)] == [("u2", 500.0)]


def test_12_a_late_transcript_stands_before_the_reply_it_caused__pipecat_1788() -> None:
    stage = Stage()
    stage.at(1.0, e.SpeechStarted("u1"))
    stage.at(2.0, e.SpeechStopped("u1"), e.TurnCommitted("u1"))
    stage.answers(2.5, "Hi.", audio_ms=400)
    stage.at(3.0, e.UserTranscribed("u1", "hello", True))
    assert stage.remembered() == ["user: hello", "agent: Hi."]
    assert list(stage.lines()) == ["u1", "a1"]
