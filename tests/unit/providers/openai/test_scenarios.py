"""What users of such systems complain of, as far as it is the provider's to prevent.

A dialogue, a real WebSocket, and a service as strict as OpenAI's.
"""

import asyncio

from antiphon.dialogue.dialogue import Dialogue
from antiphon.dialogue.effects import AddItem, CreateResponse, TruncateItem
from antiphon.dialogue.events import (
    AgentItemStarted,
    AgentSpeechEnded,
    AgentText,
    InterruptPressed,
    RespondRequested,
    ResponseEnded,
    ResponseStarted,
    SayRequested,
    SpeechStarted,
    TextTyped,
    ToolCalled,
    TurnCommitted,
    UserTranscribed,
)
from antiphon.dialogue.items import UserItem
from antiphon.models.realtime import AgentAudio
from antiphon.wire.openai.events_client import ItemCreate, ItemDelete, ItemTruncate, ResponseCreate
from antiphon.wire.openai.items import FunctionCall, FunctionCallOutput, Message
from tests.unit.providers.openai.talk import Talk, linked, talking
from tests.unit.providers.openai.upstream import Peer, Reply, upstream


def sounds_of(peer: Peer, item_id: str) -> int:
    """How many milliseconds of the item the service remembers."""
    return len(peer.state.conversation.audio_of(item_id) or b"") // 48


async def spoken_to(talk: Talk, pieces: int = 5) -> str:
    """Until an answer is being spoken: its item."""
    await talk.happen(TextTyped("item_typed", "p", "tell me a story"))
    await talk.until_told(AgentAudio, pieces)
    return talk.of(AgentItemStarted)[-1].item_id


async def test_1_the_model_remembers_no_more_than_was_heard() -> None:
    async with upstream(Reply(hold=5)) as served, talking(served) as talk:
        item = await spoken_to(talk)
        await talk.play(item, 450)
        await talk.say(0.5)  # barge-in
        await talk.until(lambda: served.peer.heard(ItemTruncate))
        served.peer.go_on.set()
        await talk.until_told(ResponseEnded)
        assert served.peer.heard(ItemTruncate) == [ItemTruncate(item_id=item, content_index=0, audio_end_ms=300)], (
            "nobody reported what was played, so 150 ms less than was sent"
        )
        assert sounds_of(served.peer, item) == 300
        assert not served.peer.refusals


async def test_1_what_was_heard_to_its_end_is_remembered_whole() -> None:
    async with upstream(Reply("All of it.", pieces=3)) as served, talking(served) as talk:
        item = await spoken_to(talk, 3)
        await talk.until_told(ResponseEnded)
        await talk.play(item, 600, whole=True)
        await talk.say(0.5)
        await talk.until_told(SpeechStarted)
        assert not served.peer.heard(ItemTruncate)
        assert not served.peer.heard(ItemDelete)
        assert sounds_of(served.peer, item) == 600


async def test_2_a_truncation_is_never_past_the_sound_and_never_at_0() -> None:
    async with upstream(Reply("One two.", pieces=2)) as served, talking(served) as talk:
        first = await spoken_to(talk, 2)
        await talk.until_told(ResponseEnded)
        await talk.connection.truncate(TruncateItem(first, 99_999, "One two."))
        await talk.connection.truncate(TruncateItem(first, 99_999, "One two."))
        await talk.connection.truncate(TruncateItem(first, 0, ""))
        await talk.connection.truncate(TruncateItem("item_nobody_knows", 200, "what"))
        await talk.connection.add_item(UserItem("item_last", "after all that"))
        await talk.until(lambda: any(event.item.id == "item_last" for event in served.peer.heard(ItemCreate)))
        await talk.until(lambda: served.peer.state.conversation.item("item_last"))
        assert [event.audio_end_ms for event in served.peer.heard(ItemTruncate)] == [400]
        assert served.peer.heard(ItemDelete) == [ItemDelete(item_id=first)]
        assert not served.peer.refusals


async def test_2_an_item_that_nobody_heard_is_deleted() -> None:
    async with upstream(Reply(hold=2)) as served, talking(served) as talk:
        item = await spoken_to(talk, 2)
        await talk.happen(InterruptPressed("p"))
        await talk.until(lambda: served.peer.heard(ItemDelete))
        served.peer.go_on.set()
        await talk.until_told(ResponseEnded)
        assert [event.status for event in talk.of(ResponseEnded)] == ["cancelled"]
        assert served.peer.state.conversation.item(item) is None
        assert not served.peer.refusals


async def test_3_after_an_interruption_the_next_turn_is_answered_aloud() -> None:
    async with upstream(Reply(hold=5), Reply("Yes.", pieces=3)) as served, talking(served) as talk:
        item = await spoken_to(talk)
        await talk.play(item, 500)
        await talk.say(0.6)
        await talk.say(0.8, level=0.0)
        await talk.until_told(ResponseEnded, 2)
        served.peer.go_on.set()
        started = [event.response_id for event in talk.of(ResponseStarted)]
        assert [(e.response_id, e.status) for e in talk.of(ResponseEnded)] == [
            (started[0], "cancelled"), (started[1], "completed"),
        ]  # fmt: skip
        assert [event.audio_ms for event in talk.of(AgentSpeechEnded)] == [600]
        assert sum(e.audio.duration_ms for e in talk.of(AgentAudio) if e.response_id == started[1]) == 600
        assert not talk.errors()


async def test_4_a_call_gets_its_output_and_the_answer_that_follows() -> None:
    call = ("call_a", "clock", '{"zone": "UTC"}')
    async with upstream(Reply(pieces=0, calls=[call]), Reply("Noon.", pieces=1)) as served, talking(served) as talk:
        await talk.happen(TextTyped("item_typed", "p", "what time is it"))
        await talk.until_told(ResponseEnded, 2)
        (told,) = talk.of(ToolCalled)
        assert (told.call_id, told.name, told.arguments) == call
        items = served.peer.state.conversation.items
        kinds = [type(item) for item in items]
        assert kinds == [Message, FunctionCall, FunctionCallOutput, Message]
        assert isinstance(items[2], FunctionCallOutput)
        assert items[2].output == "the output of clock"
        assert not served.peer.refusals


async def test_4_a_call_that_was_interrupted_has_an_output_before_anything_is_asked_again() -> None:
    calls = [("call_a", "clock", "{}"), ("call_b", "clock", "{}")]
    replies = Reply(pieces=3, hold=1, calls=calls), Reply("Yes.", pieces=1)
    async with upstream(*replies) as served, talking(served) as talk:
        await spoken_to(talk, 1)
        served.peer.go_on.set()  # the answer is whole before the interruption is known
        await talk.happen(TextTyped("item_again", "p", "no, stop"))
        await talk.until_told(ResponseEnded, 2)
        assert {event.call_id for event in talk.of(ToolCalled)} == {"call_a", "call_b"}
        asked = [type(event) for event in served.peer.said if isinstance(event, ResponseCreate | ItemCreate)]
        assert asked == [ItemCreate, ResponseCreate, ItemCreate, ItemCreate, ItemCreate, ResponseCreate]
        items = served.peer.state.conversation.items
        outputs = [item.call_id for item in items if isinstance(item, FunctionCallOutput)]
        assert outputs == ["call_a", "call_b"]
        assert {refusal.error.code for refusal in served.peer.refusals} <= {"response_cancel_not_active"}


async def test_5_nothing_of_a_stale_answer_comes_after_a_newer_one() -> None:
    async with upstream(Reply(hold=5), Reply("Newer.", pieces=2)) as served, talking(served) as talk:
        await spoken_to(talk)
        await talk.happen(TextTyped("item_again", "p", "something else"))
        served.peer.go_on.set()
        await talk.until_told(ResponseEnded, 2)
        newer = talk.of(ResponseStarted)[1]
        after = talk.told[talk.told.index(newer) :]
        assert {e.response_id for e in after if isinstance(e, AgentAudio | AgentText)} == {newer.response_id}
        assert len(served.peer.heard(ResponseCreate)) == 2, "nothing is asked for twice"


async def test_6_a_second_response_is_never_asked_for_while_one_is_open() -> None:
    async with upstream(Reply(pieces=2, hold=1)) as served, linked(served) as link:
        for number in range(4):
            await link.connection.create_response(CreateResponse(f"resp_{number}", ()))
        await link.until(AgentAudio)
        assert len(served.peer.heard(ResponseCreate)) == 1
        await link.connection.cancel_response("resp_1")
        served.peer.go_on.set()
        await link.until(ResponseEnded, 4)
        assert [(event.response_id, event.status) for event in link.of(ResponseEnded)] == [
            ("resp_1", "cancelled"), ("resp_0", "completed"), ("resp_2", "completed"), ("resp_3", "completed"),
        ]  # fmt: skip
        assert len(served.peer.heard(ResponseCreate)) == 3
        assert not served.peer.refusals


async def test_the_service_neither_answers_nor_interrupts_by_itself() -> None:
    async with upstream(Reply("Hello.", pieces=1)) as served, talking(served) as talk:
        await talk.say(0.6)
        await talk.say(0.8, level=0.0)
        await talk.until_told(ResponseEnded)
        await talk.until_told(UserTranscribed)
        detection = served.peer.state.session.audio.input.turn_detection
        assert detection is not None
        assert not detection.create_response
        assert not detection.interrupt_response
        assert len(talk.of(TurnCommitted)) == len(talk.of(ResponseStarted)) == 1
        assert [(type(entry), entry.text) for entry in talk.dialogue.history()] == [
            (type(talk.dialogue.history()[0]), "hello"), (type(talk.dialogue.history()[1]), "Hello."),
        ]  # fmt: skip


async def test_words_to_be_spoken_and_prompts_go_to_the_model() -> None:
    async with upstream(Reply("Welcome!", pieces=1)) as served, talking(served) as talk:
        await talk.happen(SayRequested("Welcome!"))
        await talk.until_told(ResponseEnded)
        await talk.play(talk.of(AgentItemStarted)[0].item_id, 200, whole=True)
        await talk.happen(RespondRequested("Ask their name."))
        await talk.until_told(ResponseEnded, 2)
        say, prompt = (event.response for event in served.peer.heard(ResponseCreate))
        assert say.input == []
        assert say.tool_choice == "none"
        assert say.instructions.endswith("\n\nWelcome!")
        assert prompt.instructions == "Be kind.\n\nAsk their name."
        assert prompt.input is None


async def test_two_talks_at_once_do_not_mix() -> None:
    async with upstream(Reply(pieces=2)) as served, talking(served) as one, talking(served) as other:
        await asyncio.gather(spoken_to(one, 2), spoken_to(other, 2))
        assert {e.item_id for e in one.of(AgentItemStarted)}.isdisjoint(e.item_id for e in other.of(AgentItemStarted))
        assert isinstance(one.dialogue, Dialogue)
        assert [type(effect) for effect in one.effects if isinstance(effect, AddItem)] == [AddItem]
