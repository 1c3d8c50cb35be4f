from antiphon.dialogue.items import AgentItem, NoticeItem, ToolCallItem, ToolOutputItem, UserItem
from antiphon.dialogue.transcript import Transcript

CALL, OUTPUT = ToolCallItem("c1", "look_up", "{}"), ToolOutputItem("c1", "found")


def test_items_keep_their_place_when_their_words_change() -> None:
    transcript = Transcript()
    transcript.put(UserItem("u1", ""))
    transcript.put(AgentItem("a1", "Hi."))
    transcript.put(UserItem("u1", "hello"))
    assert transcript.history() == (UserItem("u1", "hello"), AgentItem("a1", "Hi."))


def test_items_without_words_are_no_part_of_the_history() -> None:
    transcript = Transcript()
    transcript.put(UserItem("u1", ""))
    transcript.put(AgentItem("a1", " \n"))
    assert transcript.history() == ()
    assert "u1" in transcript


def test_a_call_appears_with_its_output_right_after_it() -> None:
    transcript = Transcript()
    transcript.call(CALL)
    transcript.put(UserItem("u1", "hello"))
    assert transcript.history() == (UserItem("u1", "hello"),)
    transcript.output(OUTPUT)
    assert transcript.history() == (CALL, OUTPUT, UserItem("u1", "hello"))


def test_an_output_without_its_call_is_no_part_of_the_history() -> None:
    transcript = Transcript()
    transcript.output(OUTPUT)
    assert transcript.history() == ()


def test_what_was_removed_was_never_said() -> None:
    transcript = Transcript()
    transcript.put(AgentItem("a1", "Hi."))
    assert transcript.history() == (AgentItem("a1", "Hi."),)
    transcript.remove("a1")
    transcript.remove("a1")
    assert transcript.history() == ()
    assert "a1" not in transcript


def test_the_history_is_made_anew_only_when_something_changed() -> None:
    transcript = Transcript()
    transcript.put(UserItem("u1", "hello"))
    first = transcript.history()
    transcript.call(CALL)
    assert transcript.history() is first
    transcript.output(OUTPUT)
    assert transcript.history() is not first


def test_a_notice_stands_where_it_was_given() -> None:
    transcript = Transcript()
    transcript.call(CALL)
    transcript.put(NoticeItem("notice_1", "The task is done."))
    transcript.put(UserItem("u1", "hello"))
    transcript.output(OUTPUT)
    assert transcript.history() == (CALL, OUTPUT, NoticeItem("notice_1", "The task is done."), UserItem("u1", "hello"))
