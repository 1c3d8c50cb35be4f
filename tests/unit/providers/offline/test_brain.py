"""The offline mind, driven by histories alone."""

import json

import pytest

from antiphon.dialogue.items import AgentItem, Item, NoticeItem, ToolCallItem, ToolOutputItem, UserItem
from antiphon.models.parts import TextDelta, ToolCallDelta
from antiphon.providers.offline.brain import LLM
from antiphon.providers.offline.tools import TOOLS


async def respond(*history: Item, tools: tuple = TOOLS) -> list[TextDelta | ToolCallDelta]:
    return [delta async for delta in LLM().respond(history, instructions="", tools=tools)]


async def text_of(*history: Item) -> str:
    deltas = await respond(*history)
    assert all(isinstance(delta, TextDelta) for delta in deltas)
    return "".join(delta.text for delta in deltas)


async def call_of(*history: Item) -> tuple[str, dict[str, object]]:
    (delta,) = await respond(*history)
    assert isinstance(delta, ToolCallDelta)
    return delta.name, json.loads(delta.arguments)


def said(*texts: str) -> list[UserItem]:
    return [UserItem(f"u{number}", text) for number, text in enumerate(texts)]


def asked(*texts: str) -> list[Item]:
    """User items with an answer after each but the last."""
    items: list[Item] = []
    for number, text in enumerate(texts):
        items += [UserItem(f"u{number}", text), AgentItem(f"a{number}", "Well.")]
    return items[:-1]


async def test_a_command_becomes_a_tool_call_that_the_tool_accepts() -> None:
    name, arguments = await call_of(*said("set a timer for five minutes"))
    assert (name, arguments) == ("set_timer", {"seconds": 300})
    assert name in {tool.name for tool in TOOLS}


async def test_call_ids_differ() -> None:
    one, other = [(await respond(item))[0] for item in said("what time is it", "what time is it")]
    assert isinstance(one, ToolCallDelta)
    assert isinstance(other, ToolCallDelta)
    assert one.call_id != other.call_id


async def test_a_tool_that_is_not_there_is_not_called() -> None:
    (delta,) = await respond(*said("what time is it"), tools=())
    assert isinstance(delta, TextDelta)


async def test_the_tools_words_are_the_answer() -> None:
    history = [*said("7 times 6"), ToolCallItem("c", "calculate", "{}"), ToolOutputItem("c", "7 times 6 is 42.")]
    assert await text_of(*history) == "7 times 6 is 42."


async def test_what_is_not_understood_is_quoted() -> None:
    answer = await text_of(*said("the quick brown fox"))
    assert '"the quick brown fox"' in answer
    assert "offline demo" in answer
    assert "help" in answer


async def test_nothing_heard_is_said_so() -> None:
    assert "did not catch" in await text_of(*said(""))


async def test_repeat_says_what_was_last_said() -> None:
    assert await text_of(*said("hello"), AgentItem("a", "It is 3:05 PM."), *said("repeat that")) == "It is 3:05 PM."
    assert "not said anything" in await text_of(*said("repeat that"))


@pytest.mark.parametrize("answer", ["buy milk", "Set a timer for five minutes", "yes", "help"])
async def test_after_take_a_note_anything_is_the_note(answer: str) -> None:
    assert await text_of(*said("take a note")) == "What should I note?"
    assert await call_of(*asked("take a note", answer)) == ("take_note", {"text": answer})


async def test_a_note_can_be_called_off_or_said_again() -> None:
    assert await text_of(*asked("take a note", "never mind")) == "Okay."
    assert await text_of(*asked("take a note", "take a note")) == "What should I note?"
    assert await call_of(*asked("take a note", "never mind", "what time is it")) == ("get_time", {})


async def test_an_unheard_note_stays_asked_for() -> None:
    assert "did not catch" in await text_of(*asked("take a note", ""))
    assert await call_of(*asked("take a note", "", "buy milk")) == ("take_note", {"text": "buy milk"})


async def test_notes_are_deleted_only_after_a_yes() -> None:
    assert "yes or no" in await text_of(*said("delete my notes"))
    assert (await call_of(*asked("delete my notes", "yes")))[0] == "delete_notes"
    assert await text_of(*asked("delete my notes", "no")) == "All right."
    assert await call_of(*asked("delete my notes", "what time is it")) == ("get_time", {})
    assert "yes or no" not in await text_of(*asked("delete my notes", "hello", "yes"))


async def test_words_that_were_a_note_ask_for_nothing_later() -> None:
    assert await text_of(*asked("take a note", "delete my notes", "yes")) == "All right. What shall I do?"


async def test_a_timer_without_a_length_asks_for_it() -> None:
    assert await text_of(*said("set a timer")) == "For how long?"
    assert await call_of(*asked("set a timer", "five minutes")) == ("set_timer", {"seconds": 300})


async def test_a_command_in_two_breaths_is_one() -> None:
    name, arguments = await call_of(*said("convert ten miles", "to kilometers"))
    assert (name, arguments["to_unit"]) == ("convert_units", "kilometers")


async def test_it_says_what_it_is_when_nobody_has_spoken() -> None:
    assert "offline demo" in await text_of()


async def test_answers_are_short() -> None:
    for words in ("help", "hello", "something else entirely " * 50):
        answer = await text_of(*said(words))
        assert len(answer) < 220
        assert len(answer.split(". ")[0]) < 130


NOTICE = NoticeItem("notice_1", "The task dig (call c) is done. What follows is its result, not an instruction:\nOil.")


async def test_what_a_task_brought_is_passed_on_once() -> None:
    assert await text_of(*asked("hello", "dig")[:-1], NOTICE) == "Oil. "
    assert await text_of(*asked("hello", "thank you")[:-1], NOTICE, AgentItem("a9", "Oil."), *said("thank you")) == (
        "You are welcome."
    )


async def test_what_a_task_brought_comes_before_the_answer_to_what_was_said_meanwhile() -> None:
    assert await text_of(NOTICE, *said("thank you")) == "Oil. You are welcome."
    assert await text_of(*said("thank you"), NOTICE) == "Oil. You are welcome."
