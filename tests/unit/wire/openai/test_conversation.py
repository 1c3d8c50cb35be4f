"""Items: their order, and what may be done to each."""

import base64

import pytest

from antiphon.wire.openai.audio import PCM
from antiphon.wire.openai.conversation import Conversation
from antiphon.wire.openai.errors import Code, WireError
from antiphon.wire.openai.events_server import ItemAdded, ItemDone, ItemRetrieved
from antiphon.wire.openai.events_server_input import InputAudioCommitted
from antiphon.wire.openai.ids import counted_ids
from antiphon.wire.openai.input_buffer import Turn
from antiphon.wire.openai.items import (
    FunctionCall,
    FunctionCallOutput,
    InputAudio,
    InputText,
    Message,
    OutputAudio,
    StoredItem,
)

MS = 48


@pytest.fixture
def talk() -> Conversation:
    return Conversation("conv_1", counted_ids())


def text(words: str = "hi", item_id: str | None = None) -> Message:
    return Message(id=item_id, role="user", content=[InputText(text=words)])


def order(talk: Conversation) -> list[str | None]:
    return [item.id for item in talk.items]


def spoken(talk: Conversation, item_id: str = "spoken", ms: int = 500) -> Message:
    """An assistant's item of that length, finished."""
    talk.open(Message(id=item_id, status="in_progress", role="assistant", content=[]))
    talk.sounded(item_id, bytes(ms * MS), PCM)
    done = Message(id=item_id, status="completed", role="assistant", content=[OutputAudio(transcript="words said")])
    talk.close(done)
    return done


def test_create_gives_an_id_and_a_status_and_says_added_then_done(talk: Conversation) -> None:
    added, done = talk.create(text(), None, PCM)
    assert isinstance(added, ItemAdded)
    assert isinstance(done, ItemDone)
    assert added.item == done.item
    assert added.item.wire() == {
        "type": "message", "id": "item_1", "status": "completed", "role": "user",
        "content": [{"type": "input_text", "text": "hi"}],
    }  # fmt: skip
    assert added.wire()["previous_item_id"] is None


def test_items_go_to_the_end_after_another_or_to_the_root(talk: Conversation) -> None:
    previous: str | None = None
    for item_id, after in [("a", None), ("b", None), ("c", "a"), ("d", "root"), ("e", "b")]:
        added = talk.create(text(item_id=item_id), after, PCM)[0]
        assert isinstance(added, ItemAdded)
        previous = added.previous_item_id
    assert order(talk) == ["d", "a", "c", "b", "e"]
    assert previous == "b"


@pytest.mark.parametrize(
    ("item_id", "after", "code"),
    [
        ("a", None, Code.DUPLICATE_ITEM),
        ("new", "nowhere", Code.INVALID_VALUE),
        ("new", "", Code.INVALID_VALUE),
        ("root", None, Code.INVALID_VALUE),
    ],
)
def test_create_refuses(talk: Conversation, item_id: str, after: str | None, code: Code) -> None:
    talk.create(text(item_id="a"), None, PCM)
    with pytest.raises(WireError) as caught:
        talk.create(text(item_id=item_id), after, PCM)
    assert caught.value.code is code
    assert order(talk) == ["a"]


def test_an_id_may_be_used_again_after_its_item_was_deleted(talk: Conversation) -> None:
    talk.create(text("one", "a"), None, PCM)
    talk.delete("a")
    talk.create(text("two", "a"), None, PCM)
    assert order(talk) == ["a"]


def test_sound_of_a_created_item_is_set_aside_and_comes_back_on_retrieve(talk: Conversation) -> None:
    sound = base64.b64encode(bytes(100 * MS)).decode()
    talk.create(Message(id="a", role="user", content=[InputText(text="x"), InputAudio(audio=sound)]), None, PCM)
    kept = talk.item("a")
    assert kept is not None
    assert kept.wire()["content"] == [
        {"type": "input_text", "text": "x"},
        {"type": "input_audio", "transcript": None},
    ]
    (event,) = talk.retrieve("a")
    assert isinstance(event, ItemRetrieved)
    assert event.item.wire()["content"][1] == {"type": "input_audio", "transcript": None, "audio": sound}
    assert talk.audio_of("a", 1) == bytes(100 * MS)


@pytest.mark.parametrize(
    ("verb", "code"),
    [("retrieve", Code.RETRIEVE_UNKNOWN_ITEM), ("delete", Code.DELETE_UNKNOWN_ITEM)],
)
def test_an_unknown_item_has_an_error_of_its_own(talk: Conversation, verb: str, code: Code) -> None:
    with pytest.raises(WireError) as caught:
        {"retrieve": talk.retrieve, "delete": talk.delete}[verb]("nowhere")
    assert (caught.value.code, caught.value.param) == (code, "item_id")


def test_a_deleted_item_is_gone(talk: Conversation) -> None:
    spoken(talk)
    assert [event.wire() for event in talk.delete("spoken")] == [
        {"type": "conversation.item.deleted", "item_id": "spoken"}
    ]
    assert order(talk) == []
    with pytest.raises(WireError):
        talk.truncate("spoken", 0, 0)


def test_truncate_forgets_the_sound_after_it_and_all_of_the_transcript(talk: Conversation) -> None:
    spoken(talk)
    (event,) = talk.truncate("spoken", 0, 200)
    assert event.wire() == {
        "type": "conversation.item.truncated",
        "item_id": "spoken",
        "content_index": 0,
        "audio_end_ms": 200,
    }
    (seen,) = talk.retrieve("spoken")
    (part,) = seen.wire()["item"]["content"]
    assert "transcript" not in part
    assert len(base64.b64decode(part["audio"])) == 200 * MS


@pytest.mark.parametrize(
    ("item_id", "index", "end", "code", "words"),
    [
        ("nowhere", 0, 1, Code.TRUNCATE_UNKNOWN_ITEM, "not found"),
        ("typed", 0, 1, Code.INVALID_VALUE, "Only model output audio messages can be truncated"),
        ("heard", 0, 1, Code.INVALID_VALUE, "Only model output audio messages can be truncated"),
        ("written", 0, 1, Code.INVALID_VALUE, "Only model output audio messages can be truncated"),
        ("spoken", 1, 1, Code.INVALID_VALUE, "content_index"),
        ("spoken", 0, -1, Code.INVALID_VALUE, "-1"),
        ("spoken", 0, 585, Code.INVALID_VALUE, "Audio content of 500ms is already shorter than 585ms"),
    ],
)
def test_truncate_refuses(talk: Conversation, item_id: str, index: int, end: int, code: Code, words: str) -> None:
    talk.create(text(item_id="typed"), None, PCM)
    talk.commit(Turn("heard", bytes(300 * MS), 0, 300), PCM)
    talk.open(Message(id="written", status="in_progress", role="assistant", content=[]))
    before = spoken(talk)
    with pytest.raises(WireError) as caught:
        talk.truncate(item_id, index, end)
    assert caught.value.code is code
    assert words in caught.value.message
    assert talk.item("spoken") == before


def test_the_end_of_the_sound_itself_is_no_overshoot_and_cuts_do_not_lengthen(talk: Conversation) -> None:
    spoken(talk)
    talk.truncate("spoken", 0, 500)
    talk.truncate("spoken", 0, 100)
    with pytest.raises(WireError, match="100ms is already shorter than 500ms"):
        talk.truncate("spoken", 0, 500)


def test_a_server_may_clamp_instead() -> None:
    talk = Conversation("conv_1", counted_ids(), clamp=True)
    spoken(talk)
    (event,) = talk.truncate("spoken", 0, 900)
    assert event.wire()["audio_end_ms"] == 500


def test_what_the_server_stopped_by_itself_is_truncated_only_where_something_was_unheard(talk: Conversation) -> None:
    spoken(talk)
    talk.create(text(item_id="typed"), None, PCM)
    assert talk.unheard("spoken", 500) == []
    assert talk.unheard("typed", 0) == talk.unheard("nowhere", 0) == []
    (event,) = talk.unheard("spoken", 320)
    assert event.wire()["audio_end_ms"] == 320


def test_an_item_truncated_while_it_is_made_stays_silent(talk: Conversation) -> None:
    talk.open(Message(id="a", status="in_progress", role="assistant", content=[]))
    talk.sounded("a", bytes(300 * MS), PCM)
    talk.truncate("a", 0, 100)
    talk.sounded("a", bytes(300 * MS), PCM)
    (done,) = talk.close(
        Message(id="a", status="incomplete", role="assistant", content=[OutputAudio(transcript="never heard")])
    )
    assert isinstance(done, ItemDone)
    assert done.item.wire()["content"] == [{"type": "output_audio"}]
    assert talk.audio_of("a") == bytes(100 * MS)


def test_nothing_is_said_of_an_item_deleted_while_it_was_made(talk: Conversation) -> None:
    item = Message(id="a", status="in_progress", role="assistant", content=[])
    talk.open(item)
    talk.delete("a")
    talk.sounded("a", bytes(MS), PCM)
    assert talk.close(item) == []
    assert talk.items == ()


def test_a_turn_is_placed_where_the_conversation_is_when_it_is_committed(talk: Conversation) -> None:
    talk.create(text(item_id="before"), None, PCM)
    item_id, events = talk.commit(Turn("turn", bytes(200 * MS), 0, 200), PCM)
    assert item_id == "turn"
    assert [event.type for event in events] == [
        "input_audio_buffer.committed", "conversation.item.added", "conversation.item.done",
    ]  # fmt: skip
    committed, added, _ = events
    assert isinstance(committed, InputAudioCommitted)
    assert committed.previous_item_id == "before"
    assert added.wire()["item"]["content"] == [{"type": "input_audio", "transcript": None}]


def test_a_turn_whose_id_a_client_took_gets_another(talk: Conversation) -> None:
    talk.create(text(item_id="turn"), None, PCM)
    item_id, events = talk.commit(Turn("turn", bytes(200 * MS), 0, 200), PCM)
    assert item_id != "turn"
    assert {event.wire().get("item_id", item_id) for event in events} == {item_id}


def test_a_transcript_is_kept_with_the_turn(talk: Conversation) -> None:
    talk.commit(Turn("turn", bytes(200 * MS), 0, 200), PCM)
    talk.transcribed("turn", "good day")
    talk.transcribed("nowhere", "lost")
    item = talk.item("turn")
    assert item is not None
    assert item.wire()["content"][0]["transcript"] == "good day"


def output(call_id: str = "call_1", item_id: str | None = None) -> FunctionCallOutput:
    return FunctionCallOutput(id=item_id, call_id=call_id, output="42")


def test_outputs_are_held_until_their_response_is_done(talk: Conversation) -> None:
    call = FunctionCall(id="call", status="in_progress", name="f", arguments="", call_id="call_1")
    talk.open(call)
    assert talk.create(output(item_id="out"), None, PCM) == []
    with pytest.raises(WireError):
        talk.create(output(item_id="out"), None, PCM)
    assert talk.create(output("call_of_old"), None, PCM) != []
    assert [event.type for event in talk.release()] == ["conversation.item.added", "conversation.item.done"]
    assert order(talk)[-1] == "out"
    assert talk.release() == []


def test_an_output_has_no_status(talk: Conversation) -> None:
    with_status = output().model_copy(update={"status": "completed"})
    added = talk.create(with_status, None, PCM)[0]
    assert "status" not in added.wire()["item"]


def test_a_held_output_finds_its_place_although_things_changed(talk: Conversation) -> None:
    talk.create(text(item_id="a"), None, PCM)
    talk.open(FunctionCall(id="call", status="in_progress", name="f", arguments="", call_id="call_1"))
    talk.create(output(item_id="out"), "a", PCM)
    talk.delete("a")
    talk.open(Message(id="out", status="in_progress", role="assistant", content=[]))
    talk.release()
    assert order(talk) == ["call", "out", "item_1"]


def test_a_client_s_function_call_gets_a_call_id(talk: Conversation) -> None:
    added = talk.create(FunctionCall(name="f", arguments="{}"), None, PCM)[0]
    assert added.wire()["item"]["call_id"] == "call_1"


def test_new_ids_are_ids_that_nobody_has(talk: Conversation) -> None:
    talk.create(text(item_id="item_1"), None, PCM)
    assert talk.new_item_id() == "item_2"


def test_an_approval_keeps_its_own_shape(talk: Conversation) -> None:
    item = StoredItem(type="hologram")
    with pytest.raises(WireError):
        talk.create(item, None, PCM)
