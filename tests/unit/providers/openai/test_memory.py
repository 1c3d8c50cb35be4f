"""What a new session is told."""

from antiphon.dialogue.effects import TruncateItem
from antiphon.dialogue.events import AgentItemStarted, AgentText, ToolCalled, TurnCommitted, UserTranscribed
from antiphon.dialogue.items import AgentItem, ToolCallItem, ToolOutputItem, UserItem
from antiphon.providers.openai.memory import UNKNOWN_WORDS, Memory, item_create, wire_id
from antiphon.wire.openai import items as wire
from antiphon.wire.openai.events_client import ItemCreate, ItemDelete


def spoken(*words: str) -> Memory:
    memory = Memory((UserItem("u0", "hello"),))
    memory.told(AgentItemStarted("r1", "a1"))
    for word in words:
        memory.told(AgentText("r1", "a1", word))
    return memory


def test_it_follows_what_is_told() -> None:
    memory = spoken("Good ", "day.")
    memory.told(UserTranscribed("u1", "what", final=False))
    memory.told(TurnCommitted("u1"))
    memory.told(UserTranscribed("u1", "what now", final=True))
    memory.told(ToolCalled("r2", "c1", "clock", "{}"))
    memory.add(ToolOutputItem("c1", "noon"))
    assert memory.items == (
        UserItem("u0", "hello"), AgentItem("a1", "Good day."), UserItem("u1", "what now"),
        ToolCallItem("c1", "clock", "{}"), ToolOutputItem("c1", "noon"),
    )  # fmt: skip


def test_words_known_before_the_commit_are_kept() -> None:
    memory = Memory(())
    memory.told(UserTranscribed("u1", "hello there", final=True))
    memory.told(TurnCommitted("u1"))
    assert memory.items == (UserItem("u1", "hello there"),)


def test_what_was_not_said_or_is_an_orphan_is_not_told() -> None:
    memory = spoken()
    memory.add(ToolOutputItem("c9", "of a call nobody remembers"))
    assert memory.items == (UserItem("u0", "hello"),)


def test_1_only_what_was_heard_is_told() -> None:
    memory = spoken("One two three.")
    says = memory.truncated(TruncateItem("a1", 300, "One"))
    assert memory.items[1] == AgentItem("a1", "One")
    assert says[0] == ItemDelete(item_id="a1")
    assert isinstance(says[1], ItemCreate)
    assert says[1].previous_item_id == "u0"
    assert memory.truncated(TruncateItem("a1", 0, "")) == [ItemDelete(item_id="a1")]
    assert memory.items == (UserItem("u0", "hello"),)
    assert memory.truncated(TruncateItem("a1", 0, "")) == []


def test_what_changed_while_a_session_was_opened_is_told_after_it() -> None:
    memory = spoken("One two three.")
    told = memory.items
    memory.truncated(TruncateItem("a1", 300, "One"))
    memory.add(UserItem("u1", "go on"))
    kinds = [type(event) for event in memory.since(told)]
    assert kinds == [ItemDelete, ItemCreate, ItemCreate]
    memory.replace((UserItem("u1", "go on"),))
    assert [event.item_id for event in memory.since(told) if isinstance(event, ItemDelete)] == ["u0", "a1"]
    assert memory.since(memory.items) == []


def test_ids_fit_and_stay_apart() -> None:
    long = [wire_id(f"{'x' * 40}{number}") for number in range(3)]
    assert len(set(long)) == 3
    assert all(len(item_id) <= 32 for item_id in [*long, wire_id("has space"), wire_id("")])
    assert wire_id("item_1") == "item_1"


def test_a_turn_whose_words_nobody_knows_is_told_as_that() -> None:
    item = item_create(UserItem("u1", "")).item
    assert isinstance(item, wire.Message)
    assert item.content == [wire.InputText(text=UNKNOWN_WORDS)]
