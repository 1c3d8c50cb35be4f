from antiphon.dialogue.items import AgentItem, NoticeItem, ToolCallItem, ToolOutputItem, UserItem
from antiphon.dialogue.playback import Spoken
from antiphon.server.openai.history import Memory, history, unheard_question
from antiphon.wire.openai.items import (
    FunctionCall,
    FunctionCallOutput,
    InputAudio,
    InputText,
    Message,
    OutputAudio,
    OutputText,
)


def user(item_id: str, text: str) -> Message:
    return Message(id=item_id, role="user", content=[InputText(text=text)])


def heard(item_id: str, words: str | None) -> Message:
    return Message(id=item_id, role="user", content=[InputAudio(transcript=words)])


def agent(item_id: str, words: str | None) -> Message:
    return Message(id=item_id, role="assistant", content=[OutputAudio(transcript=words)])


def test_words_become_items_in_their_order() -> None:
    context = [
        Message(id="s", role="system", content=[InputText(text="Be kind.")]),
        heard("a", "hello"),
        agent("b", "Hi."),
        Message(id="c", role="assistant", content=[OutputText(text="Again.")]),
        user("d", "bye"),
    ]
    assert history(context, Memory()) == (
        NoticeItem("s", "Be kind."), UserItem("a", "hello"), AgentItem("b", "Hi."), AgentItem("c", "Again."),
        UserItem("d", "bye"),
    )  # fmt: skip


def test_a_call_needs_its_output_and_an_output_its_call() -> None:
    call = FunctionCall(id="c", name="look_up", arguments="{}", call_id="call_1")
    output = FunctionCallOutput(id="o", call_id="call_1", output="7")
    assert history([user("a", "x"), call], Memory()) == (UserItem("a", "x"),)
    assert history([user("a", "x"), output], Memory()) == (UserItem("a", "x"),)
    whole = history([user("a", "x"), call, output], Memory())
    assert whole[1:] == (ToolCallItem("call_1", "look_up", "{}"), ToolOutputItem("call_1", "7"))


def test_what_our_own_tools_gave_lies_where_they_were_called() -> None:
    memory = Memory()
    pair = (ToolCallItem("own", "clock", "{}"), ToolOutputItem("own", "noon"))
    memory.called("a", *pair)
    assert history([user("a", "time?"), agent("b", "Noon.")], memory) == (
        UserItem("a", "time?"), *pair, AgentItem("b", "Noon."),
    )  # fmt: skip
    memory.forget("a")
    assert history([agent("b", "Noon.")], memory) == (AgentItem("b", "Noon."),)


def test_of_a_truncated_item_the_words_that_were_heard_are_known() -> None:
    memory = Memory()
    memory.spoken["b"] = Spoken("b", "r", 0.0, "One two. Three four.", [(0, 0), (8, 800), (20, 2000)], 2000)
    memory.truncated("b", 800)
    memory.truncated("unknown", 100)
    assert history([user("a", "count"), agent("b", None)], memory)[1] == AgentItem("b", "One two.")
    memory.truncated("b", 0)
    assert history([user("a", "count"), agent("b", None)], memory) == (UserItem("a", "count"),)


def test_a_question_in_which_nothing_was_understood() -> None:
    assert unheard_question([user("a", "hello"), heard("b", "")])
    assert unheard_question([heard("b", None)])
    assert not unheard_question([heard("b", "hello")])
    assert not unheard_question([heard("b", ""), agent("c", "Yes?")])
    assert not unheard_question([])
